"""Verdicts that statistics gave, in words: noise floors, sets of images, and all sets of a suite together."""

from collections.abc import Iterator
from typing import Any

from harness.records import FloorReading, PooledTest, Question, Reason, RunRecord, SetReading, TrialResult, to_json
from harness.report.text.forms import shown_difference
from harness.report.text.sentences import sentence
from harness.report.words import one_line, plural

NAMED = 3
"""Sets that a line about all of them names."""


def chance_lines(result: TrialResult) -> Iterator[str]:
    """Yield what a trial was judged by, line by line; none for a verdict without a test."""
    floor = result.floor
    if floor is not None:
        score = "not measured" if floor.score is None else f"{floor.score:.4g}"
        limit = f"none ({_why(floor.problem)})" if floor.limit is None else f"{floor.limit:.4g}"
        yield f"noise floor: score {score}, limit {limit}, {plural(floor.n, 'repeat')}, rate {floor.alpha:.2g}"
        for one in floor.confirmations:
            yield f"generated again: {_why(one.problem) if one.score is None else f'score {one.score:.4g}'}"
    if result.set is not None:
        for question in result.set.tests:
            yield f"set: {_question(question)}"


def pooled_lines(run: RunRecord) -> list[str]:
    """One sentence for each suite with sets: the test over all its prompts, and the sets that differ."""
    return [_pooled(pooled) for pooled in run.sets or ()]


def floor_shown(floor: FloorReading | None) -> dict[str, Any] | None:
    """Return a reading as JSON for a page, with the sentences that it shows."""
    if floor is None:
        return None
    again = [to_json(one) | {"problem": _why(one.problem)} for one in floor.confirmations]
    elsewhere = ", ".join(map(shown_difference, floor.elsewhere))
    shown: dict[str, Any] = to_json(floor)
    return shown | {"confirmations": again, "elsewhere": elsewhere, "problem": _why(floor.problem)}


def set_shown(reading: SetReading | None) -> dict[str, Any] | None:
    """Return the reading of a set as JSON for a page, with the sentences that it shows."""
    if reading is None:
        return None
    shown: dict[str, Any] = to_json(reading)
    return shown | {"tests": [to_json(one) | {"problem": _why(one.problem)} for one in reading.tests]}


def run_shown(run: RunRecord) -> dict[str, Any]:
    """Return a run as JSON for a page, with the sentences that it shows."""
    shown: dict[str, Any] = to_json(run)
    return shown | {"sets": [to_json(one) | {"problem": _why(one.problem)} for one in run.sets or ()]}


def _why(problem: Reason | None) -> str:
    return "" if problem is None else one_line(sentence(problem))


def _question(question: Question) -> str:
    name = one_line(question.name)
    if question.p is None:
        return f"{name}: {_why(question.problem)}"
    adjusted = question.p if question.adjusted is None else question.adjusted
    return f"{name}: {question.new} (accepted {question.old}), p = {adjusted:.2g}"


def _pooled(pooled: PooledTest) -> str:
    head = f"sets of {one_line(pooled.suite)} together: "
    if pooled.p is None:
        return head + _why(pooled.problem)
    reported = f"{head}p = {pooled.p:.2g} over {plural(len(pooled.keys), 'prompt')}"
    if len(pooled.keys) < 2:
        return reported
    holm = [one.key for one in sorted(pooled.keys, key=lambda one: one.holm) if one.holm <= pooled.alpha]
    discovered = sum(1 for one in pooled.keys if one.benjamini_hochberg <= pooled.alpha)
    named = ", ".join(map(one_line, holm[:NAMED])) + (" …" if len(holm) > NAMED else "")
    which = f" ({named})" if named else ""
    verb = "differs" if len(holm) == 1 else "differ"
    return f"{reported}; {len(holm)} {verb} after Holm{which}, {discovered} after Benjamini–Hochberg"
