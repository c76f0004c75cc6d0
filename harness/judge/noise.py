"""A stored noise floor: what calibration measured of one accepted image, and the limit it gives at any rate.

The limit is made again for the rate that a trial has (:attr:`harness.records.Rule.alpha`), from the statistics that
were stored: the same repeats serve a suite that grows, and one that states another rate.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import comb, isfinite, log
from statistics import fmean, median
from typing import Any, TypeVar

from harness.judge.floor import FINEST, SLACK, Floor, limit_from, pooled_limits, score
from harness.records import Comparison, Difference, FloorReading, Reason
from harness.vocabulary import Code

CONFIRMATIONS = 2
"""Generations that must all lie above the limit too, before a trial that did is called a drift."""
RATE = 0.05
"""The rate at which a floor's own limit is stored, and the rate of a trial that has none."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Noise:
    """What the repeats of one case showed; scores as :func:`harness.judge.score` gives them.

    ``mean`` and ``spread`` are of log-scores; ``spread`` and its degrees of freedom ``df`` are shared with ``cases``
    cases (``method`` ``pooled``; see :mod:`harness.judge.floor`), or this case's own (``wide``). ``largest`` and
    ``median`` are scores. ``problem`` says why there is no spread. ``environment`` holds what was the same in all
    repeats, ``made`` who measured it, when and how.
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

    def floor(self, alpha: float, confirmations: int = CONFIRMATIONS) -> Floor:
        """Return the limit for a rate of false alarms, of a trial that is confirmed this often before it is called a
        drift.

        Where the pooled limit cannot be had (modes, too few degrees of freedom) ranks may still do: further generations
        that all exceed the largest of n repeats do so by chance 1 in C(n + generations, generations), whatever the
        distribution. Repeats that are all equal are that by chance too (:func:`chance_of_equals`). Else ``problem``
        and ``needed`` say what is missing.
        """
        if self.method == "identical":
            return self._of_equals(alpha, 1 + confirmations)
        pooled = self.method in ("pooled", "wide") and self.problem is None
        if pooled:
            found = limit_from(alpha, self.n, self.mean, self.spread, self.df, self.method, self.cases)
            if found.limit is not None:
                return found
        generations = 1 + confirmations
        if self.n >= 2 and self.problem is None and 1 / comb(self.n + generations, generations) <= alpha * SLACK:
            return Floor(self.largest * SLACK, self.n, alpha, self.spread, self.df, method="ranks")
        needed = min(needed_by_ranks(alpha, generations), found.needed or 10**9) if pooled else None
        # more repeats do not help those that cannot be measured
        if self.problem is None or self.n < 2:
            needed = needed or needed_by_ranks(alpha, generations)
        why = self.problem or Reason(Code.FLOOR_FEW, {"repeats": self.n, "alpha": alpha})
        return Floor(None, self.n, alpha, self.spread, self.df, why, needed, self.method)

    def _of_equals(self, alpha: float, generations: int) -> Floor:
        if chance_of_equals(self.n, generations) <= alpha * SLACK:
            return Floor(self.largest * SLACK, self.n, alpha, method=self.method)
        why = Reason(Code.FLOOR_FEW_EQUAL, {"repeats": self.n, "alpha": alpha})
        needed = _fewest(lambda n: chance_of_equals(n, generations) <= alpha * SLACK)
        return Floor(None, self.n, alpha, problem=why, needed=needed, method=self.method)


def noise_of(scores: Mapping[K, Sequence[float]]) -> dict[K, Noise]:
    """Return the noise of each case, from the scores of its repeats against the accepted image."""
    floors = pooled_limits(scores, RATE)
    pooled = sum(1 for floor in floors.values() if floor.method == "pooled" and floor.df)
    return {case: _noise(scores[case], floor, pooled) for case, floor in floors.items()}


@cache
def needed_by_ranks(alpha: float, generations: int) -> int:
    """Repeats n of which further generations all exceed the largest by chance ``alpha`` at most: C(n + k, k) ≥ 1/α."""
    return _fewest(lambda n: 1 / comb(n + generations, generations) <= alpha * SLACK)


def chance_of_equals(n: int, generations: int) -> float:
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
    floor = noise.floor(rate, confirmations)
    return FloorReading(
        score(comparison),
        floor.limit,
        rate,
        noise.n,
        floor.method,
        confirmations,
        (),
        elsewhere,
        floor.problem,
        floor.needed,
    )


def exceeds(reading: FloorReading) -> bool:
    """Return whether a score lies above its limit."""
    return reading.score is not None and reading.limit is not None and reading.score > reading.limit


def unconfirmed(reading: FloorReading | None) -> bool:
    """Return whether a drift depends on generations that are still to come."""
    if reading is None or not exceeds(reading) or len(reading.confirmations) >= reading.asked:
        return False
    return all(above(reading, one.score) for one in reading.confirmations)


def above(reading: FloorReading, value: float | None) -> bool:
    """Return whether the score of a confirmation lies above the limit."""
    return value is not None and reading.limit is not None and value > reading.limit


def _noise(values: Sequence[float], floor: Floor, pooled: int) -> Noise:
    usable = [value for value in values if isfinite(value) and value >= 0]
    logs = [log(max(value, FINEST)) for value in usable]
    # a limit that only this rate did not allow is no problem of the repeats
    lasting = floor.problem if len(usable) < max(2, len(values)) else None
    made = Noise(
        n=len(values),
        mean=fmean(logs) if logs else 0.0,
        spread=floor.spread,
        df=floor.df,
        method=floor.method,
        largest=max(usable, default=0.0),
        median=median(usable) if usable else 0.0,
        cases=pooled if floor.method == "pooled" else 1,
        problem=lasting,
    )
    return replace(made, largest=FINEST) if floor.method == "identical" and len(set(values)) > 1 else made
