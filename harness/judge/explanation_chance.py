"""The steps of verdicts that chance has a part in: noise floors and sets of images."""

import re
from collections.abc import Iterator, Sequence
from math import comb, exp
from typing import Any

from harness.judge.floor import EARLIER_SCALES
from harness.judge.multiple import holm
from harness.judge.noise import SLACK, above, p_all_identical
from harness.judge.prediction import quantile
from harness.judge.rate_tests import Alternative, fisher
from harness.records import Comparison, FloorNumbers, FloorReading, Question, Reason, SetReading, VerdictStep
from harness.vocabulary import EMBEDDING, Code, Formula, Verdict, higher_is_closer

SPREAD = ("pooled", "wide")
"""Noise with a spread: its limit is a quantile."""
FAR = 600.0
"""The logarithm of no limit is larger."""
COUNTS = re.compile(r"(\d{1,9}) of (\d{1,9}); (\d{1,9}) of (\d{1,9})")
BESIDE = frozenset({
    Code.SET_SIZES, Code.SET_NOT_GENERATED, Code.SET_EMPTY, Code.SET_TOO_FEW, Code.SET_OTHER_JUDGE, Code.SET_NO_VECTORS,
    Code.SET_NEW_CHECK, Code.SET_PENDING, Code.TEST_NO_PROMPT, Code.TEST_ONE_SIDED,
    Code.TEST_NOT_FINITE, Code.TEST_SINGLES,
})  # fmt: skip
"""Why a set is not judged by its questions alone."""
OF_IMAGES = ("images", "layout", EMBEDDING)
"""Questions that are answered by permutation."""


def floor_steps(compared: Comparison, floor: FloorReading) -> Iterator[VerdictStep]:
    """Yield score, limit and whether the one exceeds the other, of a trial under a noise floor."""
    yield from _score(compared, floor)
    yield from _limit(floor)
    if floor.limit is None:
        return
    again = [(f"confirmation {i + 1}", one.score, one.problem) for i, one in enumerate(floor.confirmations)]
    for name, score, problem in (("first", floor.score, None), *again):
        inputs = {"generation": name, "score": score, "limit": floor.limit, "asked": floor.asked}
        yield VerdictStep(Formula.EXCEEDS, inputs, None if score is None else above(floor, score), reason=problem)


def _score(compared: Comparison, floor: FloorReading) -> Iterator[VerdictStep]:
    parts = {}
    for metric, scale in (floor.scales or EARLIER_SCALES).items():
        value = compared.value(metric)
        if value is None:
            continue
        parts[metric] = ((1 - value) if higher_is_closer(metric) else value) / scale
        inputs = {"metric": metric, "value": value, "scale": scale, "higher_is_closer": higher_is_closer(metric)}
        yield VerdictStep(Formula.PART, inputs, parts[metric])
    made = 0.0 if compared.same_pixels else None if floor.score is None else max(0.0, *parts.values())
    yield VerdictStep(Formula.SCORE, {"parts": parts}, made, recorded=floor.score)


def _limit(floor: FloorReading) -> Iterator[VerdictStep]:
    k, numbers = 1 + floor.asked, floor.numbers
    needs = {"n": floor.n, "k": k, "alpha": floor.alpha}
    if floor.method in SPREAD and floor.limit is not None and numbers is not None and _sound(floor, numbers):
        q = quantile(floor.alpha, floor.n, numbers.df, k)
        yield VerdictStep(Formula.QUANTILE, {**needs, "df": numbers.df, "cases": numbers.cases}, q)
        inputs = {"mean": numbers.mean, "q": q, "spread": numbers.spread, "slack": SLACK}
        yield VerdictStep(
            Formula.LIMIT_SPREAD, inputs, exp(numbers.mean + q * numbers.spread) * SLACK, recorded=floor.limit
        )
        return
    if floor.method == "identical":
        yield VerdictStep(Formula.IDENTICAL, needs, p_all_identical(floor.n, k))
    elif floor.method in ("ranks", "modes"):
        yield VerdictStep(Formula.RANKS, needs, 1 / comb(floor.n + k, k))
    if floor.limit is not None and floor.largest is not None:
        inputs = {"largest": floor.largest, "slack": SLACK}
        yield VerdictStep(Formula.LIMIT_LARGEST, inputs, floor.largest * SLACK, recorded=floor.limit)
    else:
        yield VerdictStep(
            Formula.LIMIT, {"method": floor.method, "needed": floor.needed}, floor.limit, reason=floor.problem
        )


def _sound(floor: FloorReading, numbers: FloorNumbers) -> bool:
    """Return whether a limit can be made of these numbers: a run may have been written by others."""
    able = floor.n > 0 and numbers.df > 0 and 0 < floor.alpha < 1 and numbers.spread >= 0
    return (
        able and abs(numbers.mean) + numbers.spread * quantile(floor.alpha, floor.n, numbers.df, 1 + floor.asked) < FAR
    )


def set_steps(reading: SetReading, reasons: Sequence[Reason] = ()) -> Iterator[VerdictStep]:
    """Yield each question of a set with its p-value, their correction, and which are rejected; ``reasons`` are those of
    the outcome, which say why a set was not judged by its questions alone."""
    for question in reading.tests:
        yield _question(question, reading)
    ps = {one.name: one.p for one in reading.tests if one.p is not None}
    recorded = {one.name: one.adjusted for one in reading.tests if one.adjusted is not None}
    if ps:
        adjusted = dict(zip(ps, holm(list(ps.values())), strict=True))
        yield VerdictStep(Formula.HOLM, {"p": ps}, adjusted, recorded=recorded)
    beyond = [name for name, value in recorded.items() if value <= reading.alpha]
    why = next((reason for reason in reasons if reason.code in BESIDE), None)
    yield VerdictStep(Formula.REJECTED, {"adjusted": recorded, "alpha": reading.alpha}, beyond, reason=why)


def _question(question: Question, reading: SetReading) -> VerdictStep:
    inputs: dict[str, Any] = {"question": question.name, "accepted": question.old, "generated": question.new}
    if question.name in OF_IMAGES:
        many = reading.permutations if question.permutations is None else question.permutations
        as_far = None if question.p is None else round(question.p * (1 + many)) - 1
        inputs |= {"distance": question.distance, "permutations": many, "as_far": as_far}
        made = None if as_far is None else (1 + as_far) / (1 + many)
        return VerdictStep(Formula.PERMUTATION, inputs, made, recorded=question.p, reason=question.problem)
    found = COUNTS.fullmatch(f"{question.old}; {question.new}")
    was, before, now, after = map(int, found.groups()) if found else (0, 0, 0, 0)
    if not (found and was <= before and now <= after):
        return VerdictStep(Formula.FISHER, inputs, recorded=question.p, reason=question.problem)
    side: Alternative = "two-sided" if question.name in (Verdict.REFUSED, Verdict.FAILED) else "less"
    inputs |= {"table": [[now, after - now], [was, before - was]], "alternative": side}
    return VerdictStep(Formula.FISHER, inputs, fisher(now, after, was, before, side), recorded=question.p)
