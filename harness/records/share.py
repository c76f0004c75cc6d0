"""A count of things out of all of them, with how sure the share is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``n``, with the 95 % Wilson interval of the share (0 to 1); None where n is 0."""

    count: int
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None where nothing was counted."""
        return self.count / self.n if self.n else None
