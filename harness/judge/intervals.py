"""Intervals of a share: how sure a count can be."""

from math import sqrt
from statistics import NormalDist

LEVEL = 0.95
"""How often an interval holds the share, on average over shares."""


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of ``successes`` of ``n`` (Wilson 1927), from 0 to 1: close to LEVEL on average, short.

    Raises ValueError for no trials and a count outside 0…n.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"{successes} of {n} is not a valid count")
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share = successes / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (middle - half) / whole)
    high = 1.0 if successes == n else min(1.0, (middle + half) / whole)
    return low, high
