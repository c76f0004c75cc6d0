"""A stored noise floor: what calibration measured of one accepted image, and the limit it gives at any rate.

The limit is made again for the rate that a trial has (:attr:`harness.records.Rule.alpha`), from the statistics that
were stored: the same repeats serve a suite that grows, and one that states another rate.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import comb, isfinite, log
from statistics import fmean, median
from typing import Any

from harness.judge.floor import (
    EARLIER_SCALES,
    FINEST,
    SCALES,
    K,
    needed_repeats,
    prediction_limit,
    score,
    spreads_of,
    usable,
)
from harness.judge.prediction import chance, quantile
from harness.records import Comparison, Difference, FloorNumbers, FloorReading, Reason
from harness.vocabulary import EMBEDDING, Code

CONFIRMATIONS = 2
"""Generations that must all lie above the limit too, before a trial that did is called a drift."""
RATE = 0.05
"""The rate at which a floor's own limit is stored, and the rate of a trial that has none."""
FAR = 3.0
"""A limit more than this many times the largest score of the repeats is reported with the verdict."""
SLACK = 1 + 1e-9
"""Kernels agree on SSIM to 1e-9; a limit is that much wider, so that the very same score is never above it."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The limit of one case. Without a drift, all generations that the rule needs exceed it with chance ``alpha``.

    ``limit``: None where there is none, for the reason in ``problem`` (and ``needed`` repeats a case are needed).
    ``method``: how the limit was made: ``pooled``, ``wide``, ``identical``, ``ranks`` or ``modes``.
    """

    limit: float | None
    alpha: float
    method: str
    problem: Reason | None = None
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Noise:
    """What the repeats of one case showed; scores as :func:`harness.judge.score` gives them.

    ``method`` is what they are like: ``identical`` (all score the same), ``modes`` (an image came twice and others did
    not), or spread (``pooled``, ``wide``; see :mod:`harness.judge.floor`). ``mean`` and ``spread`` are of log-scores;
    ``spread`` and its degrees of freedom ``df`` are shared with ``cases`` cases, or this case's own (``wide``).
    ``largest`` and ``median`` are scores. ``problem`` says why there is no spread. ``environment`` holds what was the
    same in all repeats, ``made`` who measured it, when and how. ``judge`` is the digest of the viewer whose metric
    ``embedding`` is part of the scores; None where it is not. ``scales`` are what the scores were made with: a
    candidate is scored with the same, so that a floor stays valid when the scales of later versions differ.
    """

    n: int
    mean: float
    spread: float
    df: int
    method: str
    largest: float
    median: float
    cases: int = 1
    problem: Reason | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    judge: str | None = None
    scales: Mapping[str, float] = field(default_factory=lambda: dict(EARLIER_SCALES))

    def __post_init__(self) -> None:
        """Raise ValueError for a scale that is not above 0."""
        if not all(scale > 0 for scale in self.scales.values()):
            raise ValueError("a scale is not above 0")

    def floor(self, alpha: float, confirmations: int = CONFIRMATIONS) -> Floor:
        """Return the limit for a rate of false alarms, of a trial that is confirmed this often before it is called a
        drift: the chance that the first generation and all confirmations exceed it, each independent of the others.

        Where the pooled limit cannot be had (modes, too few degrees of freedom) ranks may still do: further generations
        that all exceed the largest of n repeats do so by chance 1 in C(n + generations, generations), whatever the
        distribution. Repeats that are all equal are that by chance too (:func:`p_all_identical`). Else ``problem``
        and ``needed`` say what is missing.
        """
        generations = 1 + confirmations
        if self.method == "identical":
            return self._identical_limit(alpha, generations)
        pooled = self.method in ("pooled", "wide") and self.problem is None
        limit = prediction_limit(alpha, self.n, self.mean, self.spread, self.df, generations) if pooled else None
        if limit is not None:
            return Floor(limit * SLACK, alpha, self.method)
        if self.n >= 2 and self.problem is None and 1 / comb(self.n + generations, generations) <= alpha * SLACK:
            return Floor(self.largest * SLACK, alpha, "ranks")
        why = self.problem or Reason(Code.FLOOR_FEW, {"repeats": self.n, "alpha": alpha})
        needed = None
        # more repeats do not help those that cannot be measured
        if self.problem is None or self.n < 2:
            needed = needed_by_ranks(alpha, generations)
        if pooled and needed is not None and not usable(alpha, self.n, self.df, generations):
            needed = min(needed, self._needed_to_pool(alpha, generations))
        return Floor(None, alpha, self.method, why, needed)

    def single_rate(self, floor: Floor, confirmations: int = CONFIRMATIONS) -> float | None:
        """Return the chance that one generation exceeds a limit made for this many confirmations: the rate of the rule
        where the confirmations repeat the first generation. None without a limit, and for repeats that are all equal.
        """
        if floor.limit is None or floor.method == "identical":
            return None
        if floor.method == "ranks":
            return 1 / (self.n + 1)
        q = quantile(floor.alpha, self.n, self.df, 1 + confirmations)
        return chance(q, self.n, self.df, 1, floor.alpha)

    def numbers(self, floor: Floor) -> FloorNumbers | None:
        """Return what a limit by a spread was made of; None for any other."""
        if floor.limit is None or floor.method not in ("pooled", "wide"):
            return None
        return FloorNumbers(self.mean, self.spread, self.df, self.cases)

    def _needed_to_pool(self, alpha: float, generations: int) -> int:
        # a further repeat of every case adds one degree for each case that shares the spread
        added, needed = (self.cases if self.df >= self.cases * (self.n - 1) else 1), self.n + 1
        while not usable(alpha, needed, self.df + added * (needed - self.n), generations):
            needed += 1
        return needed

    def _identical_limit(self, alpha: float, generations: int) -> Floor:
        if p_all_identical(self.n, generations) <= alpha * SLACK:
            return Floor(self.largest * SLACK, alpha, self.method)
        why = Reason(Code.FLOOR_FEW_EQUAL, {"repeats": self.n, "alpha": alpha})
        needed = _fewest(lambda n: p_all_identical(n, generations) <= alpha * SLACK)
        return Floor(None, alpha, self.method, why, needed)


def noise_of(scores: Mapping[K, Sequence[float]]) -> dict[K, Noise]:
    """Return the noise of each case, from the scores of its repeats against the accepted image, made with SCALES."""
    noises = {case: _single_case_noise(values) for case, values in scores.items()}
    spread = [case for case, noise in noises.items() if noise.method == "pooled" and noise.problem is None]
    found = spreads_of({case: [log(max(value, FINEST)) for value in scores[case]] for case in spread})
    sharing = sum(not one.wide for one in found.values())
    for case, one in found.items():
        how = {"method": "wide"} if one.wide else {"cases": sharing}
        noises[case] = replace(noises[case], spread=one.spread, df=one.df, **how)
    return noises


@cache
def needed_by_ranks(alpha: float, generations: int) -> int:
    """Repeats n of which further generations all exceed the largest by chance ``alpha`` at most: C(n + k, k) ≥ 1/α."""
    return _fewest(lambda n: 1 / comb(n + generations, generations) <= alpha * SLACK)


def enough_repeats(alpha: float, confirmations: int = CONFIRMATIONS) -> int:
    """Return the fewest repeats of a case with which each form of noise (one spread, modes, equal images) has a limit
    at the rate ``alpha``, even where no other case shares its spread."""
    generations = 1 + confirmations
    equal = _fewest(lambda n: p_all_identical(n, generations) <= alpha * SLACK)
    return max(equal, needed_by_ranks(alpha, generations), needed_repeats(alpha, generations=generations))


def p_all_identical(n: int, generations: int) -> float:
    """Return the largest chance that ``n`` repeats are all equal and further ``generations`` then all differ from them.

    Of an image that comes with share p that is pⁿ·(1 − p)ᵏ at most, which is largest at p = n/(n + k).
    """
    share = n / (n + generations)
    return float(share**n * (1 - share) ** generations)


def _fewest(enough: Callable[[int], bool]) -> int:
    """Return the fewest repeats, 2 at least, that are enough."""
    most = 2
    while not enough(most):
        most *= 2
    return 2 + bisect_left(range(2, most), True, key=enough)


def read_floor(
    comparison: Comparison,
    noise: Noise,
    alpha: float | None,
    *,
    confirmations: int = 0,
    elsewhere: tuple[Difference, ...] = (),
) -> FloorReading:
    """Return a candidate compared with a noise floor. ``elsewhere`` is in what the environment differs from the
    floor's.
    """
    rate = RATE if alpha is None else alpha
    now = comparison.judge(EMBEDDING)
    if noise.judge != now and not comparison.same_pixels:
        other = Reason(Code.FLOOR_OTHER_JUDGE, {"before": noise.judge, "now": now})
        return FloorReading(score(comparison, noise.scales), None, rate, noise.n, problem=other, scales=noise.scales)
    floor = noise.floor(rate, confirmations)
    return FloorReading(
        score(comparison, noise.scales),
        floor.limit,
        rate,
        noise.n,
        floor.method,
        confirmations,
        (),
        elsewhere,
        floor.problem,
        floor.needed,
        noise.largest,
        noise.single_rate(floor, confirmations),
        numbers=noise.numbers(floor),
        scales=noise.scales,
    )


def exceeds(reading: FloorReading) -> bool:
    """Return whether a score lies above its limit."""
    return above(reading, reading.score)


def far(reading: FloorReading) -> bool:
    """Return whether the limit is so far above the repeats that a drift well beyond them passes."""
    largest = reading.largest
    return reading.limit is not None and largest is not None and 0 < FAR * largest < reading.limit


def same_again(reading: FloorReading) -> bool:
    """Return whether every confirmation scores exactly as the first generation, though the repeats differ: one result
    that came again, not independent ones."""
    again = [one.score for one in reading.confirmations]
    return bool(again) and reading.single is not None and all(value == reading.score for value in again)


def unconfirmed(reading: FloorReading | None) -> bool:
    """Return whether a drift depends on generations that are still to come."""
    if reading is None or not exceeds(reading) or len(reading.confirmations) >= reading.asked:
        return False
    return all(above(reading, one.score) for one in reading.confirmations)


def above(reading: FloorReading, value: float | None) -> bool:
    """Return whether the score of a confirmation lies above the limit."""
    return value is not None and reading.limit is not None and value > reading.limit


def _single_case_noise(values: Sequence[float]) -> Noise:
    """Return the noise of a case without the spread that it may share."""
    n, sound = len(values), [value for value in values if isfinite(value * SLACK) and value >= 0]
    seen = [max(value, FINEST) for value in sound]
    logs = [log(value) for value in seen]
    method, largest = "pooled", max(sound, default=0.0)
    problem = None
    if len(sound) < n:
        problem = Reason(Code.FLOOR_UNMEASURED, {"count": n - len(sound), "repeats": n})
    elif n < 2:
        problem = Reason(Code.FLOOR_NO_SPREAD, {"repeats": n})
    elif len(set(seen)) == 1:
        method, largest = "identical", largest if len(set(sound)) == 1 else FINEST
    elif len(set(seen)) < n:
        method = "modes"
    mean, middle = (fmean(logs), median(sound)) if sound else (0.0, 0.0)
    return Noise(n, mean, 0.0, 0, method, largest, middle, problem=problem, scales=dict(SCALES))
