"""The drift rule of a case, applied to one comparison."""

from dataclasses import dataclass, replace

from harness.judge.cause import first
from harness.judge.evidence import Reference
from harness.judge.limits import breaches
from harness.judge.noise import above, exceeds, far, same_again
from harness.records import FloorReading, Limit, Reason, Rule
from harness.vocabulary import Code, RuleKind, Verdict, higher_is_closer

TIGHT = 0.25
"""A note is made when a benign trial uses less than this part of every tolerance."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reasons. ``finding`` is true when a fine verdict still needs a person, ``accepted`` when one
    that is not fine is what a person accepted."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    finding: bool = False
    accepted: bool = False

    def with_warnings(self, *more: Reason) -> "Ruling":
        """Return the same with further notes."""
        return replace(self, warnings=(*self.warnings, *more))


def ruled(verdict: Verdict, code: Code, **data: object) -> Ruling:
    """Return a ruling for one reason."""
    return Ruling(verdict, (Reason(code, data),))


def rule_on(rule: Rule, reference: Reference) -> Ruling:
    """Verdict of one comparison under a rule: ``identical``, ``benign``, ``drift`` or ``inconclusive``."""
    if reference.comparison.same_pixels and rule.kind != RuleKind.SET:
        return Ruling(Verdict.IDENTICAL)
    if rule.kind == RuleKind.EXACT:
        return ruled(Verdict.DRIFT, Code.EXACT)
    if rule.kind == RuleKind.LIMITS:
        return _within(rule.limits, reference)
    if rule.kind == RuleKind.CALIBRATED:
        return _calibrated(reference.floor)
    return ruled(Verdict.INCONCLUSIVE, Code.SET_PENDING)


def _calibrated(floor: FloorReading | None) -> Ruling:
    """Return the score against the noise floor; a drift only when every confirmation lies above the limit too."""
    if floor is None:
        return ruled(Verdict.INCONCLUSIVE, Code.FLOOR_MISSING)
    if floor.problem is not None and floor.problem.code == Code.FLOOR_OTHER_JUDGE:
        return Ruling(Verdict.INCOMPARABLE, (floor.problem,))
    if floor.score is None:
        return ruled(Verdict.INCONCLUSIVE, Code.FLOOR_NO_SCORE)
    if floor.limit is None:
        why = () if floor.problem is None else (floor.problem,)
        more = (Reason(Code.FLOOR_NEEDS, {"repeats": floor.needed}),) if floor.needed else ()
        return Ruling(Verdict.INCONCLUSIVE, (Reason(Code.FLOOR_NO_LIMIT), *why, *more))
    elsewhere = (Reason(Code.FLOOR_ELSEWHERE, first(floor.elsewhere)),) if floor.elsewhere else ()
    notes = (Reason(Code.FLOOR_FAR, {"limit": floor.limit, "largest": floor.largest}),) if far(floor) else ()
    scores = {"score": floor.score, "limit": floor.limit}
    if not exceeds(floor):
        within = ruled(Verdict.BENIGN, Code.FLOOR_WITHIN, **scores, repeats=floor.n)
        return within.with_warnings(*elsewhere, *notes)
    below = [one for one in floor.confirmations if one.score is not None and not above(floor, one.score)]
    if below:
        once = Reason(Code.FLOOR_ONCE, scores | {"again": below[0].score})
        return ruled(Verdict.BENIGN, Code.FLOOR_WITHIN_AGAIN).with_warnings(once, *elsewhere, *notes)
    beyond = Reason(Code.FLOOR_ABOVE, scores | {"repeats": floor.n, "alpha": floor.alpha})
    failed = [one for one in floor.confirmations if one.score is None]
    if failed or len(floor.confirmations) < floor.asked:
        generated = len(floor.confirmations) - len(failed)
        missing = Reason(Code.FLOOR_UNCONFIRMED, {"generated": generated, "asked": floor.asked})
        return Ruling(Verdict.INCONCLUSIVE, (beyond, missing, *(one.problem for one in failed[:1] if one.problem)))
    reasons = [beyond]
    if floor.confirmations:
        reasons.append(Reason(Code.FLOOR_CONFIRMED, {"scores": [one.score for one in floor.confirmations]}))
    elif not floor.asked:
        reasons.append(Reason(Code.FLOOR_NOT_REPEATED))
    if same_again(floor):
        notes = (*notes, Reason(Code.FLOOR_SAME_AGAIN, {"alpha": floor.alpha, "single": floor.single}))
    return Ruling(Verdict.DRIFT, (*reasons, *elsewhere), notes)


def _within(limits: tuple[Limit, ...], reference: Reference) -> Ruling:
    found = list(breaches(reference.comparison, limits))
    for kind, code, verdict in (
        ("far", Code.BEYOND, Verdict.DRIFT),
        ("absent", Code.UNMEASURED, Verdict.INCONCLUSIVE),
        ("close", Code.BELOW_RANGE, Verdict.BENIGN),
    ):
        reasons = tuple(breach.reason(code) for breach in found if breach.kind == kind)
        if reasons:
            return Ruling(verdict, reasons, finding=kind == "close")
    return ruled(Verdict.BENIGN, Code.WITHIN).with_warnings(*_unused_tolerance(limits, reference))


def _unused_tolerance(limits: tuple[Limit, ...], reference: Reference) -> tuple[Reason, ...]:
    """Return which tolerances are hardly used; only where the metric has a natural best value."""
    loose = {}
    for limit in limits:
        value = reference.comparison.value(limit.metric)
        if value is None or (limit.min is not None and limit.max is not None):
            return ()
        if limit.metric in ("ssim", "ssim_block_min") and limit.min is not None:
            used, allowed = 1 - value, 1 - limit.min
        elif limit.max is not None and not higher_is_closer(limit.metric):
            used, allowed = value, limit.max
        else:
            return ()
        if allowed <= 0 or used > TIGHT * allowed:
            return ()
        loose[limit.metric] = value
    return (Reason(Code.TOLERANCE_LOOSE, {"values": loose}),) if loose else ()
