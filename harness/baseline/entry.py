"""What a manifest holds for a trial."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from harness.records import ImageRef, Recipe


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

    def __str__(self) -> str:
        return f"ignored until {self.until} ({self.owner}): {self.reason}"

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return today <= date.fromisoformat(self.until)
