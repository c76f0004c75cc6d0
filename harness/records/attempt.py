"""One generation of a trial among several: which of them, and why it is made."""

from dataclasses import dataclass
from enum import StrEnum


class AttemptKind(StrEnum):
    """Why a trial is generated (again)."""

    REPEAT = "repeat"
    """One of ``--repeats``: the same recipe again, to see whether it repeats."""
    SAMPLE = "sample"
    """One image of a set: an unseeded case is judged by several."""
    CONFIRMATION = "confirmation"
    """Generated to confirm a drift that a noise floor found."""
    TURN = "turn"
    """One turn of a benchmark."""
    RERUN = "rerun"
    """A test was executed again."""


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """Which generation of a trial it is. The default is the first, and the only one where nothing asks for more."""

    kind: AttemptKind = AttemptKind.REPEAT
    index: int = 0
    """Counted from 0 among the attempts of this kind."""
    of: int = 0
    """Of a confirmation: the index of the attempt that it confirms."""

    def __str__(self) -> str:
        of = f" of {self.of}" if self.kind is AttemptKind.CONFIRMATION and self.of else ""
        return f"{self.kind} {self.index}{of}"

    @property
    def slug(self) -> str:
        """A name without spaces, unique among the attempts of a trial."""
        of = f"-{self.of}" if self.kind is AttemptKind.CONFIRMATION else ""
        return f"{self.kind}-{self.index}{of}"


FIRST = Attempt()
"""The first generation of a trial."""
