"""The noise floor: how far repeats of one recipe lie from the accepted image, and the limit that follows.

Each case's scores are taken as lognormal around its own median. The cases of a suite lend each other degrees of
freedom that no case has alone:

    limit_c = exp(mean_c + t(df, 1−α) · s · √(1 + 1/n_c))

the one-sided prediction limit of one further repeat (Hahn & Meeker, *Statistical Intervals*, 1991, §4.8). Where the
spreads of the cases differ no more than chance makes them, s is pooled over all of them and df = Σ (n_c − 1). Where
they do, each is generated from its own towards the common one (Smyth 2004, *Linear models and empirical Bayes
methods*), and df lies between n_c − 1 and Σ (n_c − 1). Three kinds of cases have no such noise, or not this noise, and
are judged by themselves:

- *identical*: all repeats score the same (0 where they are the accepted image). The limit is that score.
- *modes*: an image came twice and others did not. Ranks hold for every distribution: the limit is the largest score,
  which one further repeat exceeds with chance 1/(n+1) at most; where that is above α the limit is not known.
- *wide*: a case spread clearly more than the others (an F-test) would exceed a pooled limit all the time; its limit
  comes from its own spread and degrees of freedom alone.

Scores below FINEST are FINEST: they are no more than rounding, and the logarithm of nothing is no number.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, inf, isfinite, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

from harness.judge.panel import same_pixels, value_of
from harness.records import Comparison, Reason
from harness.vocabulary import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SCALES: Mapping[str, float] = {"ssim_block_min": 0.10, "delta_e": 2.0}
"""The difference that counts as one, by metric: the tolerance where nothing was calibrated."""
FINEST = 0.001
"""The smallest score that is reported from none: a thousandth of that tolerance, one pixel of a block off by one
level."""
SLACK = 1 + 1e-9
"""Kernels agree on SSIM to 1e-9; a limit is that much wider, so that the very same score is never above it."""
STRETCH = 2.0
"""Too few repeats: a t quantile more than this many times the normal one (a limit that far out finds nothing)."""
WIDE = 0.001
"""Level of the F-test that finds a case spread more than the others, divided by the number of cases."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Floor:
    """The limit of one case. A score above it is drift, at a chance of ``alpha`` for one repeat without drift.

    ``limit``: None where there is none, for the reason in ``problem`` (and ``needed`` repeats a case that would do).
    ``n``: repeats; ``spread``: the standard deviation of log-scores behind the limit; ``df``: its degrees of freedom;
    ``method``: ``pooled``, ``wide``, ``identical`` or ``modes``.
    """

    limit: float | None
    n: int
    alpha: float
    spread: float = 0.0
    df: int = 0
    problem: Reason | None = None
    needed: int | None = None
    method: str = "pooled"


def score(comparison: Comparison) -> float | None:
    """One number for how far two images lie apart: the largest of (1 − ssim_block_min)/.10 and delta_e/2.

    0 for equal pixels; 1 is the tolerance without calibration. None when one of the two could not be measured, or is
    not a finite number.
    """
    if same_pixels(comparison):
        return 0.0
    block, color = value_of(comparison, "ssim_block_min"), value_of(comparison, "delta_e")
    if block is None or color is None or not isfinite(block) or not isfinite(color):
        return None
    return max(0.0, (1 - block) / SCALES["ssim_block_min"], color / SCALES["delta_e"])


def pooled_limits(scores: Mapping[K, Sequence[float]], alpha: float) -> dict[K, Floor]:
    """Return the limit of every case from its repeats' scores against the accepted image.

    Raises ValueError for an ``alpha`` outside 0…1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"a rate of false alarms lies between 0 and 1, not at {alpha}")
    floors: dict[K, Floor] = {}
    noisy: dict[K, list[float]] = {}
    for case, values in scores.items():
        alone = _alone(values, alpha)
        if alone is not None:
            floors[case] = alone
        else:
            noisy[case] = [log(max(value, FINEST)) for value in values]
    floors |= _pool(noisy, alpha)
    return {case: floors[case] for case in scores}


def needed_repeats(alpha: float, cases: int = 1) -> int:
    """Repeats a case that make a pooled limit for ``alpha`` usable, in a suite of ``cases`` noisy cases.

    Usable: the t quantile with cases·(n−1) degrees of freedom is at most STRETCH times the normal one. This trusts
    the lognormal form; where a case falls into modes nothing but ranks holds, and :func:`needed_ranks` applies.
    """
    n = 2
    while not _usable(alpha, cases * (n - 1)):
        n += 1
    return n


def needed_ranks(alpha: float) -> int:
    """Repeats of which the largest score is a limit for ``alpha`` whatever the distribution: 1/(n+1) ≤ α."""
    return ceil(round(1 / alpha, 9)) - 1


def _alone(values: Sequence[float], alpha: float) -> Floor | None:
    """Return the floor of a case that is not pooled, or None."""
    n = len(values)
    wrong = sum(1 for value in values if not isfinite(value) or value < 0)
    if wrong:
        return Floor(None, n, alpha, problem=Reason(Code.FLOOR_UNMEASURED, {"count": wrong, "repeats": n}))
    if n < 2:
        return Floor(None, n, alpha, problem=Reason(Code.FLOOR_NO_SPREAD, {"repeats": n}), needed=needed_repeats(alpha))
    if len(set(values)) == 1:
        return Floor(values[0] * SLACK, n, alpha, method="identical")
    seen = [max(value, FINEST) for value in values]
    if len(set(seen)) == 1:
        return Floor(FINEST * SLACK, n, alpha, method="identical")
    if len(set(seen)) == n:
        return None
    if needed_ranks(alpha) <= n:
        return Floor(max(seen) * SLACK, n, alpha, method="modes")
    problem = Reason(Code.FLOOR_MODES, {"repeats": n})
    return Floor(None, n, alpha, problem=problem, needed=needed_ranks(alpha), method="modes")


def _pool(logs: Mapping[K, list[float]], alpha: float) -> dict[K, Floor]:
    import numpy as np

    if not logs:
        return {}
    cases = list(logs)
    sizes = np.array([len(logs[case]) for case in cases])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = np.concatenate([np.asarray(logs[case]) for case in cases])
    means = np.add.reduceat(flat, starts) / sizes
    squares = np.add.reduceat(np.square(flat - np.repeat(means, sizes)), starts)
    wide = _wide(squares, sizes - 1)
    spreads, dfs = _moderated(squares, sizes - 1, ~wide)
    count = int((~wide).sum())
    rows = zip(cases, sizes.tolist(), means.tolist(), spreads.tolist(), dfs.tolist(), wide.tolist(), strict=True)
    return {
        case: limit_from(alpha, n, mean, spread, df, "wide" if alone else "pooled", 1 if alone else count)
        for case, n, mean, spread, df, alone in rows
    }


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


def limit_from(alpha: float, n: int, mean: float, spread: float, df: int, method: str, cases: int) -> Floor:
    """Return the floor of one case from its statistics: ``mean`` and ``spread`` of log-scores, ``df`` the degrees of
    freedom of ``spread``, ``cases`` how many cases it is pooled over."""
    if not _usable(alpha, df):
        problem = Reason(Code.FLOOR_FREEDOM, {"df": df, "alpha": alpha})
        # a further repeat of every case adds one degree for each case that shares the spread
        added, needed = (cases if df >= cases * (n - 1) else 1), n + 1
        while not _usable(alpha, df + added * (needed - n)):
            needed += 1
        return Floor(None, n, alpha, spread, df, problem, needed, method)
    exponent = mean + _t(df, alpha) * spread * sqrt(1 + 1 / n)
    limit = exp(exponent) if exponent < log(1e300) else inf
    if not isfinite(limit):
        return Floor(None, n, alpha, spread, df, Reason(Code.FLOOR_UNBOUNDED), None, method)
    return Floor(limit * SLACK, n, alpha, spread, df, method=method)


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


def _usable(alpha: float, df: int) -> bool:
    return df > 0 and (alpha >= 0.5 or _t(df, alpha) <= STRETCH * NormalDist().inv_cdf(1 - alpha))


def _t(df: int, alpha: float) -> float:
    from scipy.special import stdtrit

    return -float(stdtrit(df, alpha))
