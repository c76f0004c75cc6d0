"""What a number of images can show: the smallest p-value there is, and the power to find a stated effect."""

from bisect import bisect_right
from functools import partial
from math import comb

from harness.judge.energy import set_test
from harness.judge.rate_tests import fisher

DIMENSIONS = 33
"""Features of an image in the simulation (see :func:`set_power`)."""
ROUNDS = 200
PERMUTATIONS = 199
"""Simulated experiments, and permutations in each where the level allows: a power is known to about ±.04."""


def smallest_p(n: int, m: int, permutations: int, prompts: int = 1) -> float:
    """Return the smallest p-value a permutation test of ``n`` against ``m`` images a prompt can give.

    Bounded by the permutations made, 1/(1+B), and by how many ways there are to deal the images to the arms: with
    equal arms, the two of a pair of mirrored ways are equally far.
    """
    alike = 2 if n == m else 1
    return max(1 / (1 + permutations), (alike / comb(n + m, n)) ** prompts)


def set_power(n: int, m: int, prompts: int, effect: float, alpha: float, permutations: int = 999) -> float:
    """Return the power of :func:`harness.judge.set_test` to find a change of size ``effect``, 0 to 1.

    ``effect``: how far the images of every prompt move along one direction of the features, in standard deviations
    of one prompt's images along it (Cohen's d). The test itself is made ROUNDS times on simulated images: normal,
    DIMENSIONS features that mix as many directions, of which only that one changes; with fixed random numbers, so the
    same question has the same answer. 0 where the smallest p-value of ``permutations`` is above ``alpha``.
    """
    import numpy as np

    if min(n, m, prompts) < 1 or smallest_p(n, m, permutations, prompts) > alpha:
        return 0.0
    if alpha * (1 + PERMUTATIONS) >= 2:
        permutations = min(permutations, PERMUTATIONS)
    random = np.random.default_rng([n, m, prompts])
    mixing = random.standard_normal((DIMENSIONS, DIMENSIONS))
    found = 0
    for experiment in range(ROUNDS):
        rows = random.standard_normal((prompts, n + m, DIMENSIONS))
        rows[:, n:, 0] += effect
        rows = rows @ mixing
        p = set_test([(prompt[:n], prompt[n:]) for prompt in rows], permutations=permutations, seed=experiment).p
        found += p is not None and p <= alpha
    return found / ROUNDS


def proportion_power(n_a: int, n_b: int, p_a: float, p_b: float, alpha: float) -> float:
    """Return the exact power of Fisher's one-sided test to find that a pass-rate fell from ``p_a`` to ``p_b``, 0 to 1.

    ``n_a`` and ``n_b``: trials of each arm. Sums over every pair of counts, so it costs n_a · n_b steps.
    """
    import numpy as np
    from scipy.special import bdtr

    if n_a < 1 or n_b < 1:
        return 0.0
    power = 0.0
    for passed_a, chance in enumerate(np.diff(bdtr(np.arange(n_a + 1), n_a, p_a), prepend=0.0)):
        # the fewer pass, the smaller the p-value
        p_value = partial(fisher, n_a=n_b, passed_b=passed_a, n_b=n_a, alternative="less")
        found = bisect_right(range(n_b + 1), alpha, key=p_value)
        power += chance * bdtr(found - 1, n_b, p_b) if found else 0.0
    return min(1.0, float(power))
