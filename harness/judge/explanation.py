"""How a recorded verdict follows from its evidence, step by step. Pure, and no second judgement: each step shows the
numbers that :func:`harness.judge.judge` or :func:`harness.judge.judge_set` went by, and what the run recorded of them.
"""

from collections.abc import Iterator
from typing import Any

from harness.judge.determinism import LSB
from harness.judge.explanation_chance import floor_steps, set_steps
from harness.judge.limits import breaches
from harness.judge.reliability import only_warns
from harness.records import (
    Comparison,
    Finding,
    Limit,
    Reason,
    TrialResult,
    VerdictExplanation,
    VerdictStep,
    profile_of,
    to_json,
)
from harness.vocabulary import CheckOutcome, Code, Formula, RuleKind, Verdict

OF_IMAGE = frozenset({
    Code.GENERATION_FAILED, Code.GENERATION_REFUSED, Code.ERROR, Code.IMAGE_EMPTY, Code.IMAGE_UNDECODABLE,
    Code.IMAGE_BLANK, Code.IMAGE_NOISE, Code.IMAGE_NOT_GENERATED,
})  # fmt: skip
"""Reasons that lie in the new image itself, or in that there is none."""
OF_BASELINE = frozenset({
    Code.BASELINE_NONE, Code.BASELINE_OTHER_PROFILE, Code.PROFILE_UNKNOWN, Code.PROFILE_MIXED, Code.BASELINE_NO_FILE,
    Code.BASELINE_NOT_COMPARED, Code.BASELINE_ALTERED, Code.REFUSAL_SAME, Code.REFUSAL_NONE,
})  # fmt: skip
"""Reasons that lie in what was accepted."""
ANSWERS = frozenset({Code.ANSWER_SAME, Code.ANSWER_OTHER, Code.ANSWER_NEW, Code.ANSWER_NONE})


def explain(result: TrialResult) -> VerdictExplanation:
    """Return the steps from the evidence of one recorded trial to its verdict and status."""
    outcome = result.outcome
    return VerdictExplanation(
        str(result.key),
        result.attempt.index,
        outcome.verdict,
        outcome.status,
        (*_evidence(result), *_rule(result), *_beside(result), *_end(result)),
        outcome.reasons,
        outcome.warnings,
    )


def _evidence(result: TrialResult) -> Iterator[VerdictStep]:
    image, accepted = result.image, result.baseline
    facts: dict[str, Any] = {"source": result.source}
    if image is not None:
        facts |= {"file": image.file, "width": image.width, "height": image.height}
    yield VerdictStep(
        Formula.IMAGE, facts, None if image is None else image.pixel_digest, reason=_because(result, OF_IMAGE)
    )
    if (answer := _because(result, ANSWERS)) is not None:
        yield VerdictStep(Formula.ANSWER, dict(answer.data), answer.code == Code.ANSWER_SAME, reason=answer)
    fields = profile_of(result.policy, result.environment)
    if fields or _warned(result, Code.PROFILE_FALLBACK):
        fallback = _warned(result, Code.PROFILE_FALLBACK)
        yield VerdictStep(Formula.PROFILE, {"own": fields}, fallback["used"] if fallback else fields)
    why = _because(result, OF_BASELINE)
    if accepted is not None:
        place = 0 if result.comparison is None else result.comparison.accepted
        yield VerdictStep(
            Formula.BASELINE, {"file": accepted.file, "accepted": place}, accepted.pixel_digest, reason=why
        )
    elif why is not None:
        yield VerdictStep(Formula.BASELINE, reason=why)
    if accepted is not None or result.differences:
        yield VerdictStep(Formula.DIFFERENCES, {}, to_json(result.differences))


def _rule(result: TrialResult) -> Iterator[VerdictStep]:
    """Yield the rule, and what it comes to, as far as there was anything to apply it to."""
    policy, compared = result.policy, result.comparison
    if policy is None:
        return
    rule = policy.drift
    stated = {name: value for name, value in to_json(rule).items() if name != "kind" and value not in (None, [])}
    yield VerdictStep(Formula.RULE, stated, rule.kind)
    if result.set is not None:
        yield from set_steps(result.set, result.outcome.reasons)
        return
    if compared is None:
        return
    equal = compared.value("pixels_equal")
    comparable = equal == 1.0 or compared.value("max_abs") is not None
    yield VerdictStep(Formula.PIXELS, {"comparable": comparable}, None if equal is None else equal == 1.0)
    if equal == 1.0:
        return
    if rule.kind == RuleKind.LIMITS:
        yield from _limits(compared, rule.limits, Formula.LIMIT_HELD)
    elif rule.kind == RuleKind.CALIBRATED and result.floor is not None:
        yield from floor_steps(compared, result.floor)
    if policy.warn and result.outcome.verdict == Verdict.BENIGN:
        yield from _limits(compared, policy.warn, Formula.WARN_HELD)
    if result.repeat is not None:
        again = [one.pixel_digest or None for one in result.repeat.confirmations]
        asked = {"asked": result.repeat.asked, "accepted": result.repeat.accepted, "new": result.repeat.new}
        yield VerdictStep(Formula.REPEATS, asked, again)


def _limits(compared: Comparison, limits: tuple[Limit, ...], formula: Formula) -> Iterator[VerdictStep]:
    for limit in limits:
        breach = next(breaches(compared, (limit,)), None)
        inputs = {
            "metric": limit.metric,
            "value": compared.value(limit.metric),
            "min": limit.min,
            "max": limit.max,
        }
        yield VerdictStep(formula, inputs, "holds" if breach is None else breach.kind)


def _beside(result: TrialResult) -> Iterator[VerdictStep]:
    """Yield what counts beside the images: checks, and the promise of determinism."""
    for finding in result.findings:
        yield _check(finding)
    promised = None if result.policy is None else result.policy.determinism
    if result.outcome.determinism is not None:
        yield VerdictStep(Formula.DETERMINISM, {"promised": promised, "lsb": LSB}, result.outcome.determinism)


def _check(finding: Finding) -> VerdictStep:
    inputs = {"check": finding.check, "seen": finding.seen, "viewer": finding.viewer or "shapes"}
    return VerdictStep(Formula.CHECK, {**inputs, "only_warns": only_warns(finding)}, finding.outcome)


def _end(result: TrialResult) -> Iterator[VerdictStep]:
    outcome = result.outcome
    yield VerdictStep(Formula.VERDICT, {"reasons": [reason.code for reason in outcome.reasons]}, outcome.verdict)
    failing = [
        finding.label for finding in result.findings if finding.outcome != CheckOutcome.PASS and not only_warns(finding)
    ]
    ignored = any(reason.code == Code.IGNORED for reason in outcome.reasons)
    inputs = {"verdict": outcome.verdict, "checks_failing": failing, "ignored": ignored}
    yield VerdictStep(Formula.STATUS, inputs, outcome.status)


def _because(result: TrialResult, codes: frozenset[Code]) -> Reason | None:
    """Return the first reason with one of these codes; None where there is none."""
    return next((reason for reason in result.outcome.reasons if reason.code in codes), None)


def _warned(result: TrialResult, code: Code) -> dict[str, Any]:
    """Return the data of a warning; empty where there is none."""
    return next((dict(reason.data) for reason in result.outcome.warnings if reason.code == code), {})
