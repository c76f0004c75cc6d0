"""The limit that k further observations all exceed: the distribution of (their minimum − mean of n) / s.

With k observations of a normal distribution to come, n seen before and s a spread of df degrees of freedom, all
independent, the chance that all k lie above mean + q · s is

    P(q) = E[Φ(−(q · S + Z / √n))ᵏ],  Z standard normal,  S² = χ²(df) / df

(Hahn & Meeker, *Statistical Intervals*, 1991, ch. 4: prediction of all of k; here of the smallest). For k = 1 that is
Student's t: q = t · √(1 + 1/n). Both expectations are sums of the trapezoidal rule over the whole line, in Z and in
log S, which converges faster than any power of the step for such functions (Trefethen & Weideman 2014).
"""

from functools import lru_cache
from math import ceil, log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

NEGLECTED = 1e-7
"""The part of the chance that may lie outside the range of each sum."""
STEP = 0.3
"""Step of the sum over log S, in standard deviations of it; that of the sum over Z is 0.5."""


def chance(q: float, n: int, df: int | None, k: int, finest: float = 1e-9) -> float:
    """Return the chance that ``k`` further observations all exceed mean + ``q`` · s of ``n``; s has ``df`` degrees of
    freedom, None where it is known. ``finest`` is the smallest chance that must be exact (to about 1e-6 of it)."""
    spreads, weights = _spreads(df, finest)
    return _chance(q, n, k, spreads, weights)


@lru_cache(maxsize=4096)
def quantile(alpha: float, n: int, df: int | None, k: int) -> float:
    """Return q with :func:`chance` ``alpha`` (above 0, below 1)."""
    spreads, weights = _spreads(df, alpha)
    low, high = -1.0, 1.0
    while _chance(high, n, k, spreads, weights) > alpha:
        low, high = high, 2 * high
    while _chance(low, n, k, spreads, weights) < alpha:
        low, high = 2 * low, low
    while high - low > 1e-9 * max(1.0, abs(high)):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(middle, n, k, spreads, weights) > alpha else (low, middle)
    return (low + high) / 2


def _chance(q: float, n: int, k: int, spreads: "Floats", weights: "Floats") -> float:
    import numpy as np
    from scipy.special import ndtr

    z = np.arange(-10, 10.25, 0.5)
    normal = np.exp(-np.square(z) / 2)
    beyond = ndtr(-(q * spreads[:, None] + z / sqrt(n))) ** k
    return float(weights @ beyond @ (normal / normal.sum()))


@lru_cache(maxsize=256)
def _spreads(df: int | None, finest: float) -> "tuple[Floats, Floats]":
    """Return values of S and their weights, which sum to 1."""
    import numpy as np
    from scipy.special import gammainccinv, gammaincinv

    if df is None:
        return np.ones(1), np.ones(1)
    half, left_out = df / 2, NEGLECTED * finest
    low = log(max(float(gammaincinv(half, left_out)), 1e-300) / half) / 2
    high = log(float(gammainccinv(half, left_out)) / half) / 2
    logs = np.linspace(low, high, ceil((high - low) * sqrt(2 * df) / STEP) + 1)
    density = df * logs - half * np.exp(2 * logs)
    weights = np.exp(density - density.max())
    return np.exp(logs), weights / weights.sum()
