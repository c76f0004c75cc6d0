"""Figures that every study counts the same way: shares, percentiles, costs."""

from collections.abc import Sequence
from math import ceil

from harness.judge import wilson
from harness.records import Share


def share(count: int, n: int) -> Share:
    """Return a share with its 95 % Wilson interval. Raises ValueError where ``count`` is not 0…n."""
    return Share(count, n, *wilson(count, n)) if n else Share(0, 0)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile: the smallest value that ``percent`` % of all values do not exceed."""
    # whole numbers: in floats, 0.95 of 20 is a little more than 19
    return sorted(values)[max(1, ceil(percent * len(values) / 100)) - 1]


def cost_of(costs: Sequence[float | None]) -> tuple[float | None, float | None]:
    """US dollars an image and in all; None where there are not images or the cost of any is unknown."""
    known = [cost for cost in costs if cost is not None]
    if not known or len(known) < len(costs):
        return None, None
    return sum(known) / len(known), sum(known)
