"""Intervals of a share: how sure a count can be."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both between 0 and 1."""

    low: float
    high: float

    def __contains__(self, share: float) -> bool:
        return self.low <= share <= self.high

    def __str__(self) -> str:
        return f"{self.low:.1%} to {self.high:.1%}"


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of ``successes`` of ``n`` (Wilson 1927): close to ``level`` on average, short.

    Raises ValueError for no trials, a count outside 0…n, or a level outside 0…1.
    """
    _check(successes, n, level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (middle - half) / whole)
    high = 1.0 if successes == n else min(1.0, (middle + half) / whole)
    return Interval(low, high)


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact interval of ``successes`` of ``n`` (Clopper & Pearson 1934): holds at least ``level``, always.

    Raises ValueError as :func:`wilson` does.
    """
    from scipy.special import betaincinv

    _check(successes, n, level)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return Interval(low, high)


def _check(successes: int, n: int, level: float) -> None:
    if n < 1:
        raise ValueError("an interval needs at least one trial")
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no count")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
