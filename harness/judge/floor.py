"""The noise floor: how far repeats of one recipe lie from the accepted image, and the limit that follows.

Each case's scores are taken as lognormal around its own median. The cases of a suite lend each other degrees of
freedom that no case has alone:

    limit_c = exp(mean_c + q · s)

the one-sided limit that k further repeats *all* exceed with chance α (see :mod:`harness.judge.prediction`). Where the
spreads of the cases differ no more than chance makes them, s is pooled over all of them and df = Σ (n_c − 1). Where
they do, each is generated from its own towards the common one (Smyth 2004, *Linear models and empirical Bayes
methods*), and df lies between n_c − 1 and Σ (n_c − 1). A case spread clearly more than the others (an F-test) would
exceed a pooled limit all the time: it is *wide*, and its limit comes from its own spread and degrees of freedom alone.

Scores below FINEST are FINEST: they are no more than rounding, and the logarithm of nothing is no number.
"""

from collections.abc import Hashable, Mapping, Sequence
from math import exp, log
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from harness.judge.prediction import quantile
from harness.records import Comparison
from harness.vocabulary import EMBEDDING, higher_is_closer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SCALES: Mapping[str, float] = MappingProxyType(
    {"ssim_block_min": 0.8, "delta_e": 4.5, "delta_e_block_max": 1.75, "spectrum_peak": 120.0, EMBEDDING: 0.05}
)
"""The difference that counts as one, by metric: the tolerance where nothing was calibrated. Chosen on one half of the
pictures of ``benchmarks/detection.py``."""
EARLIER_SCALES: Mapping[str, float] = MappingProxyType({"ssim_block_min": 0.10, "delta_e": 2.0, EMBEDDING: 0.05})
"""Those of noise floors that were stored before they named theirs."""
FINEST = 0.001
"""The smallest score that is reported from none: a thousandth of that tolerance, one pixel of a block off by one
level."""
STRETCH = 2.0
"""Too few repeats: a quantile more than this many times that of a known spread (a limit that far out finds nothing)."""
WIDE = 0.001
"""Level of the F-test that finds a case spread more than the others, divided by the number of cases."""

K = TypeVar("K", bound=Hashable)


class Spread(NamedTuple):
    """The standard deviation of a case's log-scores, its degrees of freedom, and whether it is the case's own."""

    spread: float
    df: int
    wide: bool


def score(comparison: Comparison, scales: Mapping[str, float] = SCALES) -> float | None:
    """One number for how far two images lie apart: the largest distance of any metric in ``scales``, each divided by
    its scale; of a metric that is higher for more alike images, 1 less its value. ``embedding`` counts where a viewer
    was chosen for it.

    0 for equal pixels; 1 is the tolerance without calibration. None when one of them could not be measured, or is
    missing because the comparison was recorded before the metric existed.
    """
    if comparison.same_pixels:
        return 0.0
    parts = []
    for name in _asked(comparison, scales):
        value = comparison.value(name)
        if value is None:
            return None
        parts.append((1 - value if higher_is_closer(name) else value) / scales[name])
    return max(0.0, *parts)


def unmeasured(comparison: Comparison) -> str:
    """Return why a comparison has no score; empty where it has one."""
    for name in _asked(comparison, SCALES):
        if comparison.value(name) is None:
            return comparison.absent(name) or f"{name} is not part of this comparison"
    return ""


def _asked(comparison: Comparison, scales: Mapping[str, float]) -> list[str]:
    return [name for name in scales if name != EMBEDDING or name in comparison.measurements]


def prediction_limit(alpha: float, n: int, mean: float, spread: float, df: int, generations: int) -> float | None:
    """Return the limit that ``generations`` further repeats of a case all exceed with chance ``alpha``, from its
    statistics: ``mean`` and ``spread`` of ``n`` log-scores, ``df`` the degrees of freedom of ``spread``. None where
    these are too few, or the limit is no number."""
    if not usable(alpha, n, df, generations):
        return None
    exponent = mean + quantile(alpha, n, df, generations) * spread
    return exp(exponent) if exponent < log(1e300) else None


def usable(alpha: float, n: int, df: int, generations: int) -> bool:
    """Return whether ``n`` repeats with ``df`` degrees of freedom suffice for a limit: its quantile is at most STRETCH
    times the one that it would have if the spread were known."""
    if n < 1 or df < 1:
        return False
    known = quantile(alpha, n, None, generations)
    return known <= 0 or quantile(alpha, n, df, generations) <= STRETCH * known


def needed_repeats(alpha: float, cases: int = 1, generations: int = 1) -> int:
    """Repeats a case that make a pooled limit for ``alpha`` usable, in a suite of ``cases`` noisy cases, where a drift
    needs ``generations`` that all exceed it.

    This trusts the lognormal form; where a case falls into modes nothing but ranks holds.
    """
    n = 2
    while not usable(alpha, n, cases * (n - 1), generations):
        n += 1
    return n


def spreads_of(logs: Mapping[K, Sequence[float]]) -> dict[K, Spread]:
    """Return the spread of each case from its log-scores, two or more of each, as far as the cases share it."""
    import numpy as np

    if not logs:
        return {}
    sizes = np.array([len(row) for row in logs.values()])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = np.concatenate([np.asarray(row) for row in logs.values()])
    means = np.add.reduceat(flat, starts) / sizes
    squares = np.add.reduceat(np.square(flat - np.repeat(means, sizes)), starts)
    wide = _wide(squares, sizes - 1)
    spreads, dfs = _moderated(squares, sizes - 1, ~wide)
    return dict(zip(logs, map(Spread, spreads.tolist(), dfs.tolist(), wide.tolist()), strict=True))


def _moderated(
    squares: "npt.NDArray[np.float64]", df: "npt.NDArray[np.int64]", shared: "npt.NDArray[np.bool_]"
) -> "tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]":
    """Return each case's spread and its degrees of freedom: its own where it shares none, else generated towards the
    others'.

    How far follows from how much more the spreads of the cases differ than chance alone makes them (Smyth 2004,
    eq. 5 and section 6.2): not at all, and all cases have the one pooled spread; much, and each keeps its own.
    """
    import numpy as np
    from scipy.special import digamma, polygamma

    own = squares / df
    if not shared.any():
        return np.sqrt(own), df
    total = int(df[shared].sum())
    pooled = float(squares[shared].sum()) / total
    spreads, dfs = np.where(shared, pooled, own), np.where(shared, total, df)
    half = df[shared] / 2
    logs = np.log(np.maximum(own[shared], np.finfo(float).tiny)) - digamma(half) + np.log(half)
    surplus = float(logs.var(ddof=1) - polygamma(1, half).mean()) if len(logs) > 1 else 0.0
    if surplus > 0:
        prior = 2 * _trigamma_inverse(surplus)
        common = exp(float(logs.mean() + digamma(prior / 2)) - log(prior / 2))
        spreads = np.where(shared, (prior * common + squares) / (prior + df), own)
        dfs = np.where(shared, np.minimum(total, (prior + df).astype(np.int64)), df)
    return np.sqrt(spreads), dfs


def _trigamma_inverse(value: float) -> float:
    """x with trigamma(x) = ``value`` above 0, by Newton's method on its reciprocal (Smyth 2004, appendix)."""
    from scipy.special import polygamma

    if value < 1e-6:
        return 1 / value
    x = 0.5 + 1 / value
    for _ in range(50):
        now = float(polygamma(1, x))
        step = now * (1 - now / value) / float(polygamma(2, x))
        x += step
        if -step < 1e-8 * x:
            break
    return x


def _wide(squares: "npt.NDArray[np.float64]", df: "npt.NDArray[np.int64]") -> "npt.NDArray[np.bool_]":
    """Return which cases are spread more than the rest, by an F-test repeated until none is left."""
    import numpy as np
    from scipy.special import fdtri

    wide = np.zeros(len(squares), bool)
    while (~wide).sum() > 1:
        rest_df = df[~wide].sum() - df
        rest = squares[~wide].sum() - squares
        with_rest = ~wide & (rest_df > 0) & (rest > 0)
        ratio = np.divide(squares / df, rest / np.maximum(rest_df, 1), out=np.zeros(len(df)), where=with_rest)
        limit = fdtri(df, np.maximum(rest_df, 1), 1 - WIDE / len(df))
        found = with_rest & (ratio > limit)
        if not found.any():
            break
        # only the widest: while it is among the rest, it hides others but never makes one look wide
        wide[int(np.argmax(np.where(found, ratio / limit, 0)))] = True
    return wide
