"""One generation of a trial among several: which of them, and why it is made."""

from dataclasses import dataclass

from harness.vocabulary import AttemptKind as AttemptKind


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """Which generation of a trial it is. The default is the first, and the only one where nothing asks for more."""

    kind: AttemptKind = AttemptKind.REPEAT
    """Why the trial is generated."""
    index: int = 0
    """Counted from 0 among the attempts of this kind."""
    of: str = ""
    """Of a confirmation: the slug of the attempt that it confirms."""

    def __str__(self) -> str:
        of = f" of {self.of}" if self.of else ""
        return f"{self.kind} {self.index}{of}"

    @property
    def answered_by(self) -> "Attempt":
        """The attempt whose result answers for this one: itself, or the one that a confirmation confirms."""
        if not self.of:
            return self
        kind, _, index = self.of.rpartition("-")
        return Attempt(AttemptKind(kind), int(index))

    @property
    def slug(self) -> str:
        """A name without spaces, unique among the attempts of a trial."""
        return f"{self.kind}-{self.index}" + (f"-{self.of}" if self.of else "")


FIRST = Attempt()
"""The first generation of a trial."""
