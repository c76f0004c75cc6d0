"""Whether the order in which repeats came explains that they differ: a change, a trend, a period, runs.

Each test conditions on how many repeats are unlike the most frequent one, and gives the chance of what was seen where
order does not matter (every arrangement equally likely).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, factorial

from harness.judge.observation import Observation
from harness.records import Reason
from harness.vocabulary import Code

ALPHA = 0.005
"""Largest chance at which an order is called one."""
LEAST = 5
"""Fewest repeats whose order says anything."""
LONGEST = 12
"""Longest period, in calls, that is looked for."""
TREND = 0.7
"""Smallest Kendall's tau of a trend."""


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Repeats in the order of their calls: ``odd`` those unlike the most frequent image, ``far`` their distances."""

    labels: tuple[str, ...]
    calls: tuple[int, ...]
    odd: tuple[bool, ...]
    far: tuple[float, ...]


def order_of(repeats: Sequence[Observation]) -> Reason | None:
    """Return what the order of a trial's repeats explains; None where it explains nothing, or nothing differs."""
    labels = tuple(one.pixels for one in repeats)
    if len(labels) < LEAST or len(set(labels)) < 2:
        return None
    most = Counter(labels).most_common(1)[0][0]
    far = tuple(0.0 if one.same else float("inf") if one.mae is None else one.mae for one in repeats)
    seen = _Ordered(labels, tuple(one.call for one in repeats), tuple(label != most for label in labels), far)
    if len(set(labels)) > len(labels) / 2:
        return _trend(seen) or _shift(seen)
    return _change(seen) or _period(seen) or _first(seen) or _runs(seen)


def _change(seen: _Ordered) -> Reason | None:
    """Return the call before which there is one image, and others from it on: two of C(n, m) arrangements."""
    n, m = len(seen.odd), sum(seen.odd)
    at = next((k for k in range(1, n) if seen.odd[k] != seen.odd[k - 1]), n)
    separated = sum(a != b for a, b in pairwise(seen.odd)) == 1
    p = 2 / comb(n, m)
    return _reason(Code.CHANGE_POINT, p, n, call=seen.calls[at]) if separated and p <= ALPHA else None


def _shift(seen: _Ordered) -> Reason | None:
    """Return the call from which on noise is farther off: every later distance is above every earlier one."""
    n = len(seen.far)
    splits = range(4, n - 3)
    found = [k for k in splits if max(seen.far[:k]) < min(seen.far[k:])]
    p = sum(1 / comb(n, k) for k in splits)
    return _reason(Code.CHANGE_POINT, p, n, call=seen.calls[found[0]]) if found and p <= ALPHA else None


def _trend(seen: _Ordered) -> Reason | None:
    """Return that distances grow with the calls, by Kendall's S; exact where no two distances are equal."""
    n = len(seen.far)
    pairs = [(b > a) - (b < a) for i, a in enumerate(seen.far) for b in seen.far[i + 1 :]]
    if sum(pairs) < TREND * len(pairs):
        return None
    p = _at_most_inversions(n, (len(pairs) - sum(pairs)) // 2)
    return _reason(Code.TREND, p, n) if p <= ALPHA else None


def _at_most_inversions(n: int, most: int) -> float:
    """Return the share of permutations of n with at most so many inversions."""
    counts = [1]
    for size in range(2, n + 1):
        counts = [sum(counts[max(0, i - size + 1) : i + 1]) for i in range(len(counts) + size - 1)]
    return sum(counts[: most + 1]) / factorial(n)


def _period(seen: _Ordered) -> Reason | None:
    """Return the period of the calls: odd repeats fill whole classes. Corrected for the periods tried."""
    n, m = len(seen.odd), sum(seen.odd)
    tried = range(2, min(LONGEST, n // 2) + 1)
    best: tuple[float, int] | None = None
    for period in tried:
        classes: dict[int, list[str]] = {}
        for call, label in zip(seen.calls, seen.labels, strict=True):
            classes.setdefault(call % period, []).append(label)
        if len(classes) < 2 or any(len(set(labels)) > 1 for labels in classes.values()):
            continue
        ways = [1] + [0] * m
        for size in map(len, classes.values()):
            ways = [count + (ways[i - size] if i >= size else 0) for i, count in enumerate(ways)]
        p = len(tried) * ways[m] / comb(n, m)
        if p <= ALPHA and (best is None or p < best[0]):
            best = p, period
    return None if best is None else _reason(Code.PERIOD, best[0], n, period=best[1])


def _first(seen: _Ordered) -> Reason | None:
    """Return that the first alone is odd: as likely as any other one."""
    alone = seen.odd[0] and not any(seen.odd[1:])
    return _reason(Code.FIRST_ONLY, 1 / len(seen.odd), len(seen.odd)) if alone else None


def _runs(seen: _Ordered) -> Reason | None:
    """Return that equal images come together: fewer runs than by chance (Wald and Wolfowitz, exact)."""
    m = sum(seen.odd)
    k = len(seen.odd) - m
    runs = 1 + sum(a != b for a, b in pairwise(seen.odd))
    p = sum(_with_runs(r, m, k) for r in range(2, runs + 1)) / comb(m + k, m)
    return _reason(Code.RUNS, p, m + k, runs=runs) if p <= ALPHA else None


def _with_runs(runs: int, m: int, k: int) -> int:
    half = runs // 2
    if runs % 2 == 0:
        return 2 * comb(m - 1, half - 1) * comb(k - 1, half - 1)
    return comb(m - 1, half) * comb(k - 1, half - 1) + comb(m - 1, half - 1) * comb(k - 1, half)


def _reason(code: Code, p: float, images: int, **data: int) -> Reason:
    return Reason(code, {**data, "images": images, "p": min(1.0, p)})
