"""Which prompts changed beyond their control, and how sure that is: pure functions over distances.

An arm is *exact* when every repeat in the whole audit gave the same pixels; repeats of one prompt alone could be luck.

- Both arms exact: nothing is left to chance. A prompt has changed when any pixel differs between the arms.
- An arm that is not: each prompt's distance from A to B is compared with the distances within the arms. Scores are
  taken as lognormal around a mean of the prompt's own, with one spread for all prompts (the repeats of one prompt are
  too few), so t = (cross − mean within) / (s·√(1 + 1/n)) with the pooled degrees of freedom. Where no prompt has two
  such distances, the spread between prompts stands in, which is wider. Prompts generated as sets (SET_GENERATES or more
  unseeded generations an arm, and enough to show a change beside so many prompts) have a permutation test of their own.
  P-values are adjusted over the prompts (Holm).
- An arm of which nothing was repeated: no control; that pixels differ is all that can be said.

Beside the single prompts stand all of them together (a stratified permutation test) and the checks; each of these
PARTS gets its share of alpha, so that the whole audit finds a change where there is none at most that often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import fmean
from typing import TypeVar

from harness.judge import holm
from harness.records import PAIR_KINDS
from harness.study.audit.compare import Compared, Looked

ALPHA = 0.05
"""The chance that an audit of two equal arms that do not repeat exactly finds a change."""
PARTS = 3
"""What shares it: the single prompts, all prompts together, the checks."""
FINEST = 0.001
"""The smallest score that is reported from none, as in :mod:`harness.judge.floor`."""
SET_GENERATES = 5
"""Generations an arm from which an unseeded prompt is tested as a set: fewer cannot give a small p-value."""

LEAST_SPREAD = 0.05
"""The spread of log-scores is taken to be this much at least: a few repeats that happen to agree prove no less."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a prompt; the fields are those of :class:`harness.records.audit.AuditPrompt`."""

    outcome: str
    kind: str
    reason: str
    p: float | None = None
    adjusted: float | None = None


def exactness(compared: Sequence[Compared]) -> bool | None:
    """Whether an arm repeats exactly, of all its repeats; None where there are none."""
    return all(one.kind == "identical" for one in compared) if compared else None


def method_of(exact_a: bool | None, exact_b: bool | None) -> str:
    """``exact``, ``noise`` (some distances within an arm are above nothing) or ``none`` (no control arm)."""
    if exact_a and exact_b:
        return "exact"
    return "noise" if False in (exact_a, exact_b) else "none"


def widest(compared: Sequence[Compared]) -> str:
    """The widest kind of some pairs; a visible change goes before one that no score could be made of."""
    order = ("identical", "benign", "unmeasured", "visible")
    assert set(order) == set(PAIR_KINDS)
    return max((one.kind for one in compared), key=order.index)


def mean_score(compared: Sequence[Compared]) -> float | None:
    """The mean score of some pairs; None where none has one."""
    scores = [one.score for one in compared if one.score is not None]
    return fmean(scores) if scores else None


def noise_p(controls: Mapping[K, Sequence[float]], cross: Mapping[K, Sequence[float]]) -> dict[K, float | None]:
    """For each prompt the chance of a distance between the arms (``cross``: scores) as large as that seen, were it of
    the kind of the distances within them (``controls``). None where it cannot be reported: no control at all.
    """
    from scipy.special import stdtr

    logs = {key: [log(max(value, FINEST)) for value in values] for key, values in controls.items() if values}
    spread, df, paired = _spread(list(logs.values()))
    found: dict[K, float | None] = {}
    for key, values in cross.items():
        own = logs.get(key)
        if own is None or not values or df < 1:
            found[key] = None
            continue
        # several pairs of one prompt count as one: they share what the generations have in common
        beyond = fmean(log(max(value, FINEST)) for value in values) - fmean(own)
        width = max(spread, LEAST_SPREAD) * sqrt(1 + (1 / len(own) if paired else 1))
        found[key] = max(float(stdtr(df, -beyond / width)), 5e-324)
    return found


def decide(
    looked: Sequence[Looked], method: str, noisy: tuple[str, ...] = (), sets: Mapping[int, float | None] | None = None
) -> list[Decision]:
    """The decision on each prompt, in order. ``noisy`` names the arms (``a``, ``b``) that do not repeat exactly;
    ``sets`` are the p-values of prompts generated as sets, by their place."""
    ps = _chances(looked, noisy, sets or {}) if method == "noise" else {}
    known = [index for index, p in ps.items() if p is not None]
    adjusted = dict(zip(known, holm([ps[index] or 0.0 for index in known]), strict=True)) if known else {}
    return [
        _decision(one, method, ps.get(index), adjusted.get(index)) if one.all_across else _without_images(one)
        for index, one in enumerate(looked)
    ]


def _chances(
    looked: Sequence[Looked], noisy: tuple[str, ...], sets: Mapping[int, float | None]
) -> dict[int, float | None]:
    controls: dict[int, list[float]] = {}
    cross: dict[int, list[float]] = {}
    for index, one in enumerate(looked):
        if index in sets or not one.all_across:
            continue
        within = [compared.score for arm in noisy for compared in one.within(arm)]
        across = [compared.score for compared in one.all_across]
        if None not in within and None not in across:
            controls[index] = [score for score in within if score is not None]
            cross[index] = [score for score in across if score is not None]
    return {**noise_p(controls, cross), **sets}


def _decision(one: Looked, method: str, p: float | None, adjusted: float | None) -> Decision:
    kind = widest(one.across or one.all_across)
    if all(compared.kind == "identical" for compared in one.all_across):
        return Decision("same", "identical", "the same pixels" + _missing(one), p, adjusted)
    if method == "exact":
        return Decision("changed", kind, _far(one, kind) + _missing(one))
    if method == "none":
        return Decision("changed", kind, f"{_far(one, kind)}; no control to hold it against" + _missing(one))
    if adjusted is None or p is None:
        if sizes := _sizes(one):
            return Decision("changed", kind, sizes + _missing(one))
        return Decision("inconclusive", kind, "no distance within an arm to hold it against" + _missing(one))
    if adjusted <= ALPHA / PARTS:
        return Decision("changed", kind, f"farther apart than repeats of one arm (p = {p:.2g})", p, adjusted)
    return Decision(
        "same", kind, f"no farther apart than repeats of one arm (p = {p:.2g})" + _missing(one), p, adjusted
    )


def _without_images(one: Looked) -> Decision:
    """A refusal that held every time in one arm, while the other generated every time, is a change of outcome."""
    a, b = one.prompt.samples("a"), one.prompt.samples("b")
    for first, second, names in ((a, b, "AB"), (b, a, "BA")):
        if first and second and all(d.has_image for d in first) and all(d.refused for d in second):
            why = f"{names[1]} refuses it ({len(second)} of {len(second)}), {names[0]} generates it"
            return Decision("changed", "refused", f"{why}: {second[0].reason}")
    reasons = [
        f"{name}: {next((d.reason or d.verdict for d in samples if not d.has_image), 'not generated')}"
        for name, samples in (("A", a), ("B", b))
        if not any(d.has_image for d in samples)
    ]
    return Decision("missing", "missing", "; ".join(reasons) or "the generations that came are not of the same repeats")


def _far(one: Looked, kind: str) -> str:
    if kind == "unmeasured":
        return next((compared.note for compared in one.all_across if compared.note), "") or "other pixels"
    return "visibly other images" if kind == "visible" else "other pixels, a slight difference"


def _sizes(one: Looked) -> str:
    """Other sizes between the arms, the same within each: a change no score is needed for."""
    sides = [{(d.image.width, d.image.height) for d in one.prompt.samples(arm) if d.image} for arm in "ab"]
    if len(sides[0]) == len(sides[1]) == 1 and sides[0] != sides[1]:
        (a,), (b,) = sides
        return f"size {a[0]}×{a[1]} → {b[0]}×{b[1]}"
    return ""


def _missing(one: Looked) -> str:
    parts = []
    for name, arm in (("A", "a"), ("B", "b")):
        samples = one.prompt.samples(arm)
        gone = sum(not sample.has_image for sample in samples)
        if gone:
            parts.append(f"{name} lacks {gone} of {len(samples)} images")
    return f" ({', '.join(parts)})" if parts else ""


def _spread(cells: Sequence[Sequence[float]]) -> tuple[float, int, bool]:
    """The spread of log-scores within prompts with its degrees of freedom; else that between prompts (False)."""
    df = sum(len(cell) - 1 for cell in cells)
    if df:
        return sqrt(sum(sum((value - fmean(cell)) ** 2 for value in cell) for cell in cells) / df), df, True
    singles = [cell[0] for cell in cells]
    if len(singles) < 2:
        return 0.0, 0, False
    middle = fmean(singles)
    return sqrt(sum((value - middle) ** 2 for value in singles) / (len(singles) - 1)), len(singles) - 1, False
