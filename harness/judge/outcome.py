"""From the evidence of one trial to its outcome: verdict × checks × determinism promise."""

from dataclasses import replace

from harness.errors import GenerationRefusedError
from harness.judge.cause import cause
from harness.judge.difference import Difference, differences
from harness.judge.evidence import Evidence, Reference
from harness.judge.limits import breaches
from harness.judge.not_honored import unmet
from harness.judge.panel import closest, disagreements, same_pixels
from harness.judge.rule import Ruling, rule_on
from harness.records import Comparison, Finding, Outcome, Recipe, Request, Rule, Subject
from harness.vocabulary import FINE, CheckOutcome, RuleKind, Source, Status, Verdict

NOTHING = Recipe(Request(""), Subject("", ""))
"""The recipe of an image of which nothing is known."""


def judge(evidence: Evidence) -> Outcome:
    """The outcome of one trial. Pure: the same evidence gives the same outcome."""
    ruling = _ruling(evidence)
    problems = [*_check_problems(evidence.findings), *_promise_problems(evidence)]
    if ruling.verdict in (Verdict.FAILED, Verdict.REFUSED):
        status = Status.MISSING
    elif ruling.verdict in FINE and not ruling.finding and not problems:
        status = Status.OK
    else:
        status = Status.FINDING
    reasons = [reason for reason in (ruling.reason, *problems) if reason]
    if evidence.ignored is not None and status != Status.OK:
        status = Status.IGNORED
        reasons.append(evidence.ignored)
    return Outcome(
        verdict=ruling.verdict,
        status=status,
        reason="; ".join(reasons),
        hint=ruling.hint,
        warnings=(*ruling.warnings, *unmet(evidence.environment, evidence.trial.recipe.subject.provider)),
        determinism=evidence.level,
    )


def _ruling(evidence: Evidence) -> Ruling:
    key = evidence.trial.key
    if evidence.fault is not None:
        refused = isinstance(evidence.fault, GenerationRefusedError)
        return Ruling(Verdict.REFUSED if refused else Verdict.FAILED, str(evidence.fault), evidence.fault.hint)
    if evidence.undecodable is not None:
        return Ruling(
            Verdict.FAILED, evidence.undecodable, "look at what the provider sends: the bytes are kept in the run"
        )
    if evidence.require_generated and evidence.source != Source.GENERATED:
        reason = f"the image came from {evidence.source}, not from the provider"
        return Ruling(
            Verdict.INCONCLUSIVE, reason, "leave out --require-generated, or generate without cache and replay"
        )
    if evidence.trial.recipe.request.ask is not None:
        return _answer_ruling(evidence)
    if evidence.altered is not None:
        return _altered_ruling(evidence, evidence.altered)
    same = next((r for r in evidence.references if same_pixels(r.comparison)), None)
    if evidence.broken is not None and same is None:
        return Ruling(
            Verdict.BROKEN, evidence.broken, f"look at the image; if it is meant so: harness accept --key {key}"
        )
    if not evidence.references:
        return Ruling(Verdict.NEW, evidence.missing, f"look at it, then: harness accept --key {key}")
    return _compared(evidence, same or closest(evidence.references))


def _compared(evidence: Evidence, reference: Reference) -> Ruling:
    trial = evidence.trial
    changed = differences(reference.recipe, reference.environment, trial.recipe, evidence.environment)
    asked = [difference for difference in changed if difference.part == "request"]
    if asked:
        return _incomparable(evidence, asked)
    if unlike := _incommensurable(reference):
        return replace(unlike, hint=f"if the new image is right: harness accept --key {trial.key}")
    ruling = rule_on(trial.policy.drift, reference)
    if ruling.verdict == Verdict.BENIGN:
        warned = [str(breach) for breach in breaches(reference.comparison, trial.policy.warn)]
        ruling = ruling.with_warnings(*(f"near the limit: {text}" for text in warned))
    # within a noise floor repeats contradict themselves the same way
    within_noise = ruling.verdict == Verdict.BENIGN and trial.policy.drift.kind == RuleKind.CALIBRATED
    if ruling.verdict not in (Verdict.IDENTICAL, Verdict.INCONCLUSIVE) and not within_noise:
        ruling = ruling.with_warnings(*disagreements(reference.comparison))
    if ruling.verdict == Verdict.DRIFT:
        reason = f"{_cause(evidence, changed)} ({ruling.reason})"
        hint = f"if the new image is right: harness accept --key {trial.key}"
        return replace(ruling, reason=reason, hint=hint)
    subject = [difference.short for difference in changed if difference.part == "subject"]
    if subject:
        ruling = ruling.with_warnings(f"subject changed ({', '.join(subject)}), the image stays within its rule")
    return ruling


def _cause(evidence: Evidence, changed: tuple[Difference, ...]) -> str:
    calibrated = evidence.trial.policy.drift.kind == RuleKind.CALIBRATED
    return cause(changed, evidence.trial.recipe.subject.kind, evidence.probe, noise_known=calibrated)


def _incommensurable(reference: Reference) -> Ruling | None:
    """Other sizes or modes: nothing but the bytes could be compared."""
    largest = reference.comparison.measurements.get("max_abs")
    if same_pixels(reference.comparison) or (largest is not None and largest.value is not None):
        return None
    return Ruling(Verdict.INCOMPARABLE, (largest.absent if largest else "") or "nothing could be measured")


def _incomparable(evidence: Evidence, asked: list[Difference]) -> Ruling:
    what = ", ".join(difference.short for difference in asked)
    hint = f"a new request needs a new baseline: harness accept --key {evidence.trial.key}"
    return Ruling(Verdict.INCOMPARABLE, f"request changed: {what}", hint)


def _altered_ruling(evidence: Evidence, altered: str) -> Ruling:
    compared = "; compared with what is stored" if evidence.references else ""
    return Ruling(Verdict.INCONCLUSIVE, f"{altered}{compared}", evidence.repair)


def _answer_ruling(evidence: Evidence) -> Ruling:
    expected, answer = evidence.trial.answer, evidence.answer
    if answer is None:
        return Ruling(Verdict.FAILED, "the provider gave no answer")
    if expected is None:
        return Ruling(Verdict.NEW, f"answered {answer!r}; no answer is expected", "state `answer:` in the suite")
    if " ".join(answer.casefold().split()).strip(" .!") == " ".join(expected.casefold().split()).strip(" .!"):
        return Ruling(Verdict.IDENTICAL, f"answered {answer!r}")
    return Ruling(
        Verdict.DRIFT, f"answered {answer!r}, expected {expected!r}", "correct `answer:` in the suite, or the model"
    )


def _check_problems(findings: tuple[Finding, ...]) -> list[str]:
    return [
        f"check {finding.check}: {finding.outcome}" + (f" ({finding.seen})" if finding.seen else "")
        for finding in findings
        if finding.outcome != CheckOutcome.PASS
    ]


def _promise_problems(evidence: Evidence) -> list[str]:
    promised, seen = evidence.trial.policy.determinism, evidence.level
    if promised is None or seen is None or seen.at_least(promised):
        return []
    return [f"determinism: promised {promised}, repeats agree only to {seen}"]


def compared(comparison: Comparison, rule: Rule) -> Ruling:
    """The ruling on two images with nothing else known of them."""
    reference = Reference("", NOTHING, {}, comparison)
    return _incommensurable(reference) or rule_on(rule, reference)
