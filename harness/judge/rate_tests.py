"""Pass-rates compared with each other, exactly: whole-number arithmetic, no approximation at any size."""

from math import comb
from typing import Literal

Alternative = Literal["less", "two-sided"]


def fisher(passed_a: int, n_a: int, passed_b: int, n_b: int, alternative: Alternative) -> float:
    """Fisher's exact test: the p-value of two pass-rates, of ``n_a`` and ``n_b`` independent trials.

    ``less``: the rate of ``a`` is lower than that of ``b``. An arm without trials says nothing:
    the p-value is 1. Never 0 (the smallest float where the true value is smaller). Raises ValueError for a count
    outside 0…n.
    """
    for passed, n in ((passed_a, n_a), (passed_b, n_b)):
        if not 0 <= passed <= n:
            raise ValueError(f"{passed} of {n} is not a valid count")
    passed = passed_a + passed_b
    lowest, highest = max(0, passed - n_b), min(passed, n_a)
    ways = {k: comb(n_a, k) * comb(n_b, passed - k) for k in range(lowest, highest + 1)}
    if alternative == "less":
        count = sum(way for k, way in ways.items() if k <= passed_a)
    else:
        count = sum(way for way in ways.values() if way <= ways[passed_a])
    return _share(count, comb(n_a + n_b, passed))


def mcnemar(won: int, lost: int) -> float:
    """McNemar's test, exact and two-sided: the p-value of checks ``won`` against checks ``lost`` on the same cases.

    What came out the same in both arms does not count. Nothing won and nothing lost: 1.
    """
    if won < 0 or lost < 0:
        raise ValueError(f"{won} won and {lost} lost are no counts")
    n, fewer = won + lost, min(won, lost)
    return min(1.0, _share(2 * sum(comb(n, k) for k in range(fewer + 1)), 2**n))


def _share(part: int, whole: int) -> float:
    return max(part / whole, 5e-324)
