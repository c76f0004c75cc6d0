"""What a number of images can show: the smallest p-value there is, and the power to find a stated effect."""

from math import comb, exp, lgamma, log

from harness.judge.energy import set_test
from harness.judge.proportions import fisher

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
    if n_a < 1 or n_b < 1:
        return 0.0
    ways_a, ways_b = _binomial(n_a, p_a), _binomial(n_b, p_b)
    power = 0.0
    for passed_a, chance_a in enumerate(ways_a):
        # the fewer pass, the smaller the p-value: the largest count that is still found decides the row
        low, high = -1, n_b
        while low < high:
            middle = (low + high + 1) // 2
            if fisher(middle, n_b, passed_a, n_a, "less") <= alpha:
                low = middle
            else:
                high = middle - 1
        power += chance_a * sum(ways_b[: low + 1])
    return min(1.0, power)


def _binomial(n: int, p: float) -> list[float]:
    if p <= 0 or p >= 1:
        certain = 0 if p <= 0 else n
        return [float(k == certain) for k in range(n + 1)]
    return [
        exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p)) for k in range(n + 1)
    ]
