"""A count of things out of all of them, with how sure the share is."""

from dataclasses import dataclass

from harness.records.types import Count, Probability


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``n``, with the 95 % Wilson interval of the share."""

    count: Count
    """Those that count."""
    n: Count
    """All of them."""
    low: Probability | None = None
    """Lower end of the interval; None where n is 0."""
    high: Probability | None = None
    """Upper end of the interval; None where n is 0."""

    @property
    def rate(self) -> float | None:
        """The share, 0 to 1; None where nothing was counted."""
        return self.count / self.n if self.n else None
