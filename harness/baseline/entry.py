"""What a manifest holds for a trial."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from sys import intern
from typing import Any

from harness.records import Count, ImageRef, Reason, Recipe, TrialKey, canonical_json
from harness.vocabulary import Code


@dataclass(frozen=True, slots=True)
class Accepted:
    """An image a person accepted."""

    image: ImageRef
    """Its file is relative to the baselines folder."""
    recipe: Recipe
    """What it was generated of."""
    who: str
    """Who accepted it."""
    when: str
    """ISO 8601 UTC."""
    why: str
    """In their words."""
    run: str
    """The run it comes from."""
    proven: str
    """How it was shown to repeat."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """What the provider said of itself, as plain JSON values."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    """The part of the environment it holds for; empty: all."""
    noise_floor: Mapping[str, Any] | None = None
    """What calibration measured, or None."""
    findings: Mapping[str, str] | None = None
    """Of an image in a set: the result of each check."""
    judges: Mapping[str, str] | None = None
    """The digests of the judges of these results, by check; none of the built-in viewer of shapes."""
    not_generated: Mapping[str, Count] | None = None
    """Of the first image of a set: how many generations were ``refused`` and ``failed``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that a person accepted: what a policy test is to come to."""

    recipe: Recipe
    """What was refused."""
    who: str
    """Who accepted it."""
    when: str
    """ISO 8601 UTC."""
    why: str
    """In their words."""
    run: str
    """The run it comes from."""
    problem: str
    """What the provider said."""
    proven: str = ""
    """How often it was refused."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that someone answers for until a day."""

    reason: str
    """Why."""
    owner: str
    """Owner of this exception."""
    until: str
    """An ISO date, that day included."""
    who: str
    """Who entered it."""
    when: str
    """ISO 8601 UTC."""

    def __str__(self) -> str:
        return f"ignored until {self.until} ({self.owner}): {self.reason}"

    @property
    def as_reason(self) -> Reason:
        """What it adds to the reasons of a trial."""
        return Reason(Code.IGNORED, {"until": self.until, "owner": self.owner, "reason": self.reason})

    def holds(self, today: date) -> bool:
        """Return whether it still counts."""
        return today <= date.fromisoformat(self.until)


@dataclass(frozen=True, slots=True)
class TrialEntry:
    """One entry of a manifest's ``trials``: what was accepted for a trial and profile, images or a refusal."""

    case: str
    """The case's name."""
    variant: str
    """``base``, or ``key=value`` pairs."""
    accepted: tuple[Accepted, ...] = ()
    """First accepted first."""
    seed: int | None = None
    """None for a set."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    """The profile of all its images; not repeated in each image."""
    refused: Refusal | None = None
    """The accepted refusal, in the entry without a profile: it holds for all."""

    def images(self) -> tuple[Accepted, ...]:
        """Return the accepted images, each with the profile."""
        return tuple(replace(item, profile=self.profile) for item in self.accepted) if self.profile else self.accepted


@dataclass(frozen=True, slots=True)
class IgnoreEntry:
    """One entry of a manifest's ``ignored``."""

    case: str
    """The case's name."""
    variant: str
    """``base``, or ``key=value`` pairs."""
    ignore: Ignore
    """What is ignored, by whom and how long."""
    seed: int | None = None
    """None for a set."""


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
    """Return where an entry belongs."""
    key = TrialKey(suite, entry.case, entry.variant, entry.seed).shared()
    if isinstance(entry, IgnoreEntry):
        return Place("ignored", key)
    return Place("trials", key, intern(canonical_json(entry.profile)))
