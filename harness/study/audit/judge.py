"""Which prompts changed beyond their control, and how sure that is: pure functions over distances.

An arm is *exact* when every repeat in the whole audit gave the same pixels; repeats of one prompt alone could be luck.

- Both arms exact: nothing is left to chance. A prompt has changed when any pixel differs between the arms.
- An arm that is not: each prompt's distance from A to B is compared with the distances within the arms. Scores are
  taken as lognormal around a mean of the prompt's own, with one spread for all prompts (the repeats of one prompt are
  too few), so t = (cross − mean within) / (s·√(1 + 1/n)) with the pooled degrees of freedom. Where no prompt has two
  such distances, the spread between prompts stands in, which is wider. Prompts generated as sets (MIN_SET_IMAGES
  or more unseeded generations an arm, and enough to show a change beside so many prompts) have a permutation test of
  their own.
  P-values are adjusted over the prompts (Holm).
- An arm of which nothing was repeated: no control; that pixels differ is all that can be said.

Beside the single prompts stand all of them together (a stratified permutation test) and the checks; each of these
PARTS gets its share of alpha, so that the whole audit finds a change where there is none at most that often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import fmean, stdev
from typing import TypeVar

from harness.judge import holm
from harness.records import Reason
from harness.study.audit.compare import Compared, PromptDistances
from harness.study.audit.read import without_image
from harness.vocabulary import AuditMethod, Code, PairKind, PromptOutcome

ALPHA = 0.05
"""The chance that an audit of two equal arms that do not repeat exactly finds a change."""
PARTS = 3
"""What shares it: the single prompts, all prompts together, the checks."""
FINEST = 0.001
"""The smallest score that is reported from none, as in :mod:`harness.judge.floor`."""
MIN_SET_IMAGES = 5
"""Generations an arm from which an unseeded prompt is tested as a set: fewer cannot give a small p-value."""

LEAST_SPREAD = 0.05
"""The spread of log-scores is taken to be this much at least: a few repeats that happen to agree prove no less."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Decision:
    """Decision on a prompt; the fields are those of :class:`harness.records.audit.AuditPrompt`."""

    outcome: PromptOutcome
    kind: PairKind
    reasons: tuple[Reason, ...]
    p: float | None = None
    adjusted: float | None = None


def exactness(compared: Sequence[Compared]) -> bool | None:
    """Return whether an arm repeats exactly, of all its repeats; None where there are none."""
    return all(one.kind == PairKind.IDENTICAL for one in compared) if compared else None


def method_of(exact_a: bool | None, exact_b: bool | None) -> AuditMethod:
    """``exact``, ``noise`` (some distances within an arm are above nothing) or ``none`` (no control arm)."""
    if exact_a and exact_b:
        return AuditMethod.EXACT
    return AuditMethod.NOISE if False in (exact_a, exact_b) else AuditMethod.NONE


def widest(compared: Sequence[Compared]) -> PairKind:
    """Return the widest kind of some pairs; a visible change is wider than one without a score."""
    return max((one.kind for one in compared), key=list(PairKind).index)


def mean_score(compared: Sequence[Compared]) -> float | None:
    """Return the mean score of some pairs; None where none has one."""
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
    distances: Sequence[PromptDistances],
    method: AuditMethod,
    noisy: tuple[str, ...] = (),
    sets: Mapping[int, float | None] | None = None,
    alpha: float = ALPHA,
) -> list[Decision]:
    """Return the decision on each prompt, in order. ``noisy`` names the arms (``a``, ``b``) that do not repeat exactly;
    ``sets`` are the p-values of prompts generated as sets, by their place; ``alpha`` is the rate of the whole audit, or
    the part of it that one look has."""
    ps = _chances(distances, noisy, sets or {}) if method == AuditMethod.NOISE else {}
    known = [index for index, p in ps.items() if p is not None]
    adjusted = dict(zip(known, holm([ps[index] or 0.0 for index in known]), strict=True)) if known else {}
    return [
        _decision(one, method, ps.get(index), adjusted.get(index), alpha / PARTS)
        if one.all_across
        else _without_images(one)
        for index, one in enumerate(distances)
    ]


def _chances(
    distances: Sequence[PromptDistances], noisy: tuple[str, ...], sets: Mapping[int, float | None]
) -> dict[int, float | None]:
    controls: dict[int, list[float]] = {}
    cross: dict[int, list[float]] = {}
    for index, one in enumerate(distances):
        if index in sets or not one.all_across:
            continue
        within = [compared.score for arm in noisy for compared in one.within(arm)]
        across = [compared.score for compared in one.all_across]
        if None not in within and None not in across:
            controls[index] = [score for score in within if score is not None]
            cross[index] = [score for score in across if score is not None]
    return {**noise_p(controls, cross), **sets}


def _decision(
    one: PromptDistances, method: AuditMethod, p: float | None, adjusted: float | None, rate: float
) -> Decision:
    kind = widest(one.across or one.all_across)
    outcome, reasons = PromptOutcome.CHANGED, _far(one, kind)
    if all(compared.kind == PairKind.IDENTICAL for compared in one.all_across):
        outcome, kind, reasons = PromptOutcome.SAME, PairKind.IDENTICAL, (Reason(Code.AUDIT_SAME),)
    elif method == AuditMethod.EXACT:
        p = adjusted = None
    elif method == AuditMethod.NONE:
        p, adjusted, reasons = None, None, (*reasons, Reason(Code.AUDIT_NO_CONTROL))
    elif adjusted is None or p is None:
        p = adjusted = None
        reasons = _sizes(one) or (Reason(Code.AUDIT_NO_DISTANCE),)
        outcome = PromptOutcome.CHANGED if reasons[0].code == Code.AUDIT_SIZES else PromptOutcome.INCONCLUSIVE
    elif adjusted <= rate:
        reasons = (Reason(Code.AUDIT_BEYOND, {"p": p}),)
    else:
        outcome, reasons = PromptOutcome.SAME, (Reason(Code.AUDIT_WITHIN, {"p": p}),)
    return Decision(outcome, kind, (*reasons, *_lacking(one)), p, adjusted)


def _without_images(one: PromptDistances) -> Decision:
    """Return the change of outcome: one arm refused every time, the other generated every time."""
    a, b = one.prompt.samples("a"), one.prompt.samples("b")
    for first, second, (other, arm) in ((a, b, "AB"), (b, a, "BA")):
        if first and second and all(d.has_image for d in first) and all(d.refused for d in second):
            why = Reason(Code.AUDIT_REFUSED, {"arm": arm, "other": other, "count": len(second)})
            return Decision(PromptOutcome.CHANGED, PairKind.REFUSED, (why, *second[0].reasons))
    reasons = tuple(
        why
        for arm, samples in (("A", a), ("B", b))
        if not any(d.has_image for d in samples)
        for why in without_image(arm, next(iter(samples), None))
    )
    return Decision(PromptOutcome.MISSING, PairKind.MISSING, reasons or (Reason(Code.AUDIT_UNPAIRED),))


def _far(one: PromptDistances, kind: PairKind) -> tuple[Reason, ...]:
    if kind == PairKind.UNMEASURED:
        found = (compared.reasons for compared in one.all_across if compared.reasons)
        return next(found, (Reason(Code.AUDIT_PIXELS),))
    return (Reason(Code.AUDIT_VISIBLE if kind == PairKind.VISIBLE else Code.AUDIT_SLIGHT),)


def _sizes(one: PromptDistances) -> tuple[Reason, ...]:
    """Other sizes between the arms, the same within each: a change no score is needed for."""
    sides = [{(d.image.width, d.image.height) for d in one.prompt.samples(arm) if d.image} for arm in "ab"]
    if len(sides[0]) == len(sides[1]) == 1 and sides[0] != sides[1]:
        before, after = (f"{width}×{height}" for ((width, height),) in sides)
        return (Reason(Code.AUDIT_SIZES, {"before": before, "after": after}),)
    return ()


def _lacking(one: PromptDistances) -> list[Reason]:
    """Return the images that either arm lacks."""
    found = []
    for arm, samples in (("A", one.prompt.samples("a")), ("B", one.prompt.samples("b"))):
        gone = sum(not sample.has_image for sample in samples)
        if gone:
            found.append(Reason(Code.AUDIT_LACKS, {"arm": arm, "missing": gone, "count": len(samples)}))
    return found


def _spread(cells: Sequence[Sequence[float]]) -> tuple[float, int, bool]:
    """Return the spread of log-scores within prompts with its degrees of freedom; else that between prompts (False)."""
    df = sum(len(cell) - 1 for cell in cells)
    if df:
        return sqrt(sum(sum((value - fmean(cell)) ** 2 for value in cell) for cell in cells) / df), df, True
    singles = [cell[0] for cell in cells]
    return (stdev(singles), len(singles) - 1, False) if len(singles) > 1 else (0.0, 0, False)
