"""From the evidence of one trial to its outcome: verdict × checks × determinism promise."""

from collections.abc import Sequence
from dataclasses import replace

from harness.judge.cause import cause, first, of_part, request_changed
from harness.judge.difference import differences
from harness.judge.evidence import Evidence, Reference
from harness.judge.explained import explained, repeated
from harness.judge.fault import failure
from harness.judge.left_out import left_out, remaining
from harness.judge.limits import breaches
from harness.judge.not_honored import unmet
from harness.judge.panel import closest, disagreements
from harness.judge.refusal import not_refused, refused
from harness.judge.reliability import only_warns, warning_of
from harness.judge.rule import Ruling, rule_on, ruled
from harness.records import Comparison, Difference, Finding, Outcome, Reason, Recipe, Request, Rule, Subject
from harness.vocabulary import FINE, CheckOutcome, Code, Part, RuleKind, Source, Status, Verdict

NOTHING = Recipe(Request(""), Subject("", ""))
"""The recipe of an image of which nothing is known."""


def judge(evidence: Evidence) -> Outcome:
    """Return the outcome of one trial. Pure: the same evidence gives the same outcome."""
    ruling = _ruling(evidence)
    problems = (*_check_problems(evidence.findings), *_promise_problems(evidence))
    if ruling.verdict in (Verdict.FAILED, Verdict.REFUSED) and not ruling.accepted:
        status = Status.MISSING
    elif (ruling.accepted or ruling.verdict in FINE) and not ruling.finding and not problems:
        status = Status.OK
    else:
        status = Status.FINDING
    reasons = (*ruling.reasons, *problems)
    rejected = () if evidence.rejected is None else (evidence.rejected,)
    if status != Status.OK:
        reasons = (*reasons, *rejected)
    if evidence.ignored is not None and status != Status.OK:
        status = Status.IGNORED
        reasons = (*reasons, evidence.ignored)
    notes = remaining(evidence.notes, ruling.reasons)
    noted = rejected if status == Status.OK else ()
    doubtful = [warning_of(finding) for finding in evidence.findings if only_warns(finding)]
    unchecked = [Reason(Code.UNCHECKED, {"words": [*evidence.unchecked]})] if evidence.unchecked else []
    fallback = () if evidence.fallback is None else (evidence.fallback,)
    unhonored = unmet(evidence.environment, evidence.trial.recipe.subject.provider)
    warnings = (*ruling.warnings, *fallback, *unchecked, *doubtful, *noted, *notes, *unhonored)
    return Outcome(ruling.verdict, status, reasons, warnings, evidence.level)


def _ruling(evidence: Evidence) -> Ruling:
    if evidence.fault is not None:
        why = failure(evidence.fault)
        return refused(evidence, why) if why.code == Code.GENERATION_REFUSED else Ruling(Verdict.FAILED, (why,))
    if evidence.undecodable is not None:
        return Ruling(Verdict.FAILED, (evidence.undecodable,))
    if evidence.require_generated and evidence.source != Source.GENERATED:
        return ruled(Verdict.INCONCLUSIVE, Code.IMAGE_NOT_GENERATED, source=evidence.source)
    if evidence.trial.recipe.request.ask is not None:
        return _answer_ruling(evidence)
    if evidence.unplaced is not None:
        return Ruling(Verdict.INCOMPARABLE, (evidence.unplaced,))
    if evidence.altered is not None:
        compared = (Reason(Code.BASELINE_AS_STORED),) if evidence.references else ()
        return Ruling(Verdict.INCONCLUSIVE, (evidence.altered, *compared))
    reference = closest(evidence.references, evidence.notes) if evidence.references else None
    if evidence.broken is not None and not (reference and reference.comparison.same_pixels):
        return Ruling(Verdict.BROKEN, (evidence.broken,))
    if reference is None and evidence.refusal is not None:
        return not_refused(evidence)
    if reference is None:
        return Ruling(Verdict.NEW, (evidence.missing,))
    ruling = _compared(evidence, reference)
    if evidence.trial.policy.drift.kind == RuleKind.SET:
        return ruling
    reasons = (*ruling.reasons, *left_out(reference.notes, evidence.notes))
    accepted = remaining([note for note in reference.notes if note not in evidence.notes], reasons)
    return replace(ruling, reasons=reasons, warnings=(*ruling.warnings, *accepted))


def _compared(evidence: Evidence, reference: Reference) -> Ruling:
    trial = evidence.trial
    changed = differences(reference.recipe, reference.environment, trial.recipe, evidence.environment)
    if asked := request_changed([one for one in changed if not _measured(one, trial.recipe)]):
        return Ruling(Verdict.INCOMPARABLE, asked)
    if unlike := _incommensurable(reference):
        return unlike
    ruling = rule_on(trial.policy.drift, reference)
    calibrated = trial.policy.drift.kind == RuleKind.CALIBRATED
    if ruling.verdict == Verdict.BENIGN:
        warned = breaches(reference.comparison, trial.policy.warn)
        ruling = ruling.with_warnings(*(breach.reason(Code.NEAR) for breach in warned))
    # within a noise floor repeats contradict themselves the same way
    within_noise = ruling.verdict == Verdict.BENIGN and calibrated
    if ruling.verdict not in (Verdict.IDENTICAL, Verdict.INCONCLUSIVE) and not within_noise:
        ruling = ruling.with_warnings(*disagreements(reference.comparison))
    if ruling.verdict == Verdict.DRIFT:
        again = repeated(evidence.repeat)
        noise_known = calibrated or any(one.code == Code.REPEAT_SAME for one in again)
        kind = trial.recipe.subject.kind
        why = cause(changed, kind, evidence.environment, evidence.probe, noise_known=noise_known)
        return replace(ruling, reasons=(*explained(why, reference.comparison.changes, again), *ruling.reasons))
    if subject := of_part(changed, Part.SUBJECT):
        ruling = ruling.with_warnings(Reason(Code.SUBJECT_TOLERATED, first(subject)))
    return ruling


def _measured(difference: Difference, recipe: Recipe) -> bool:
    """Return whether a difference is that of the size of a test's image: where a test states no size, its request has
    that of the image."""
    return recipe.subject.kind == "pytest" and difference.path in ("width", "height")


def _incommensurable(reference: Reference) -> Ruling | None:
    """Return that nothing but the bytes could be compared (other sizes)."""
    comparison = reference.comparison
    if comparison.same_pixels or comparison.value("max_abs") is not None:
        return None
    absent = comparison.absent("max_abs") or "nothing could be measured"
    return Ruling(Verdict.INCOMPARABLE, (*comparison.changes, Reason(Code.IMAGE_INCOMMENSURABLE, {"absent": absent})))


def _answer_ruling(evidence: Evidence) -> Ruling:
    expected, answer = evidence.trial.answer, evidence.answer
    if answer is None:
        return ruled(Verdict.FAILED, Code.ANSWER_NONE)
    if expected is None:
        return ruled(Verdict.NEW, Code.ANSWER_NEW, answer=answer)
    if same_answer(answer, expected):
        return ruled(Verdict.IDENTICAL, Code.ANSWER_SAME, answer=answer)
    return ruled(Verdict.DRIFT, Code.ANSWER_OTHER, answer=answer, expected=expected)


def same_answer(a: str, b: str) -> bool:
    """Return whether two answers are the same but for case, blanks and the full stop."""
    one, other = (" ".join(answer.casefold().split()).strip(" .!") for answer in (a, b))
    return one == other


def _check_problems(findings: tuple[Finding, ...]) -> list[Reason]:
    return [
        Reason(Code.CHECK, {"check": finding.check, "outcome": finding.outcome, "seen": finding.seen})
        for finding in findings
        if finding.outcome != CheckOutcome.PASS and not only_warns(finding)
    ]


def _promise_problems(evidence: Evidence) -> list[Reason]:
    promised, seen = evidence.trial.policy.determinism, evidence.level
    if promised is None or seen is None or seen.at_least(promised):
        return []
    return [Reason(Code.DETERMINISM, {"promised": promised, "seen": seen})]


def compared(
    comparison: Comparison, rule: Rule, accepted: Sequence[Reason] = (), generated: Sequence[Reason] = ()
) -> Ruling:
    """Return the ruling on two images of which nothing else is known but the notes on decoding each."""
    reference = Reference(NOTHING, {}, comparison)
    ruling = _incommensurable(reference)
    if ruling is None:
        ruling = rule_on(rule, reference)
        ruling = replace(ruling, reasons=(*comparison.changes, *ruling.reasons))
    reasons = (*ruling.reasons, *left_out(accepted, generated))
    return replace(ruling, reasons=reasons, warnings=(*ruling.warnings, *remaining([*accepted, *generated], reasons)))
