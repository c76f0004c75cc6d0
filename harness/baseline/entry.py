"""What a manifest holds for a trial."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from harness.records import ImageRef, Reason, Recipe, TrialKey, canonical_json
from harness.vocabulary import Code


@dataclass(frozen=True, slots=True)
class Accepted:
    """An image a person accepted.

    ``image.file`` is relative to the baselines folder. ``who`` and ``why`` are theirs, ``when`` an ISO 8601 UTC time,
    ``run`` the run it comes from, ``proven`` how it was shown to repeat. ``profile`` is the part of the environment it
    holds for (empty: all), ``noise_floor`` what calibration measured, or None. Of an image in a set ``findings`` says
    what came of each check, and of the first one ``not_generated`` how many generations of the set were ``refused`` and
    ``failed``.
    """

    image: ImageRef
    recipe: Recipe
    who: str
    when: str
    why: str
    run: str
    proven: str
    environment: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    noise_floor: Mapping[str, Any] | None = None
    findings: Mapping[str, str] | None = None
    not_generated: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that someone answers for until a day. ``until`` is an ISO date, that day included."""

    reason: str
    owner: str
    until: str
    who: str
    when: str

    @property
    def as_reason(self) -> Reason:
        """What it adds to the reasons of a trial."""
        return Reason(Code.IGNORED, {"until": self.until, "owner": self.owner, "reason": self.reason})

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return today <= date.fromisoformat(self.until)


@dataclass(frozen=True, slots=True)
class TrialEntry:
    """One entry of a manifest's ``trials``: the images accepted for a trial and profile, first accepted first. The
    profile stands here, not in each image."""

    case: str
    variant: str
    accepted: tuple[Accepted, ...]
    seed: int | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)

    def images(self) -> tuple[Accepted, ...]:
        """The accepted images, each with the profile."""
        return tuple(replace(item, profile=self.profile) for item in self.accepted) if self.profile else self.accepted


@dataclass(frozen=True, slots=True)
class IgnoreEntry:
    """One entry of a manifest's ``ignored``."""

    case: str
    variant: str
    ignore: Ignore
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry belongs: its section, trial and profile (as canonical JSON; ``{}`` for none)."""

    section: str
    key: TrialKey
    profile: str = "{}"

    def __str__(self) -> str:
        name = str(self.key).removeprefix(f"{self.key.suite}/")
        which = "" if self.profile == "{}" else f" for {self.profile}"
        return f"{name}{which}" if self.section == "trials" else f"the ignore of {name}"

    @property
    def order(self) -> tuple[str, str, int, str]:
        """What entries are sorted by in the file."""
        return self.key.case, self.key.variant, -1 if self.key.seed is None else self.key.seed, self.profile


def place_of(suite: str, entry: TrialEntry | IgnoreEntry) -> Place:
    """Where an entry belongs."""
    key = TrialKey(suite, entry.case, entry.variant, entry.seed)
    if isinstance(entry, IgnoreEntry):
        return Place("ignored", key)
    return Place("trials", key, canonical_json(entry.profile))
