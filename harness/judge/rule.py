"""The drift rule of a case, applied to one comparison."""

from dataclasses import dataclass, replace

from harness.judge.evidence import Reference
from harness.judge.limits import Breach, breaches
from harness.judge.noise import above, exceeds
from harness.judge.panel import same_pixels, value_of
from harness.records import Confirmation, FloorReading, Limit, Rule
from harness.vocabulary import RuleKind, Verdict, higher_is_closer

TIGHT = 0.25
"""A hint is given when a benign trial uses less than this part of every tolerance."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reason. ``finding`` is true when a fine verdict still needs a person."""

    verdict: Verdict
    reason: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()
    finding: bool = False

    def with_warnings(self, *more: str) -> "Ruling":
        """The same with further notes."""
        return replace(self, warnings=(*self.warnings, *more))


def rule_on(rule: Rule, reference: Reference) -> Ruling:
    """Verdict of one comparison under a rule: ``identical``, ``benign``, ``drift`` or ``inconclusive``."""
    if same_pixels(reference.comparison) and rule.kind != RuleKind.SET:
        return Ruling(Verdict.IDENTICAL)
    if rule.kind == RuleKind.EXACT:
        return Ruling(Verdict.DRIFT, "exact: no pixel may differ")
    if rule.kind == RuleKind.LIMITS:
        return _within(rule.limits, reference)
    if rule.kind == RuleKind.CALIBRATED:
        return _calibrated(reference.floor)
    hint = "a set is complete when all its images are generated: go on with --resume"
    return Ruling(Verdict.INCONCLUSIVE, "a set of images is judged as a whole, when all of them are generated", hint)


def _calibrated(floor: FloorReading | None) -> Ruling:
    """The score against the noise floor; a drift only when every confirmation lies above the limit too."""
    if floor is None:
        return Ruling(
            Verdict.INCONCLUSIVE, "no noise floor is stored for the accepted image", "harness calibrate SUITE"
        )
    if floor.score is None:
        return Ruling(
            Verdict.INCONCLUSIVE, "no score: block SSIM or ΔE could not be measured", "state limits under `drift:`"
        )
    if floor.limit is None:
        more = f"harness calibrate SUITE --repeats {floor.needed}" if floor.needed else "harness calibrate SUITE"
        enough = f"; {floor.needed} would do" if floor.needed else ""
        return Ruling(Verdict.INCONCLUSIVE, f"no limit from the noise floor: {floor.problem}{enough}", more)
    elsewhere = f"the noise floor was measured elsewhere: {floor.elsewhere}" if floor.elsewhere else ""
    reported = f"score {floor.score:.4g} {'>' if exceeds(floor) else '≤'} {floor.limit:.4g}"
    if not exceeds(floor):
        ruling = Ruling(Verdict.BENIGN, f"within the noise floor of {floor.n} repeats: {reported}")
        return ruling.with_warnings(elsewhere) if elsewhere else ruling
    below = [one for one in floor.confirmations if one.score is not None and not above(floor, one.score)]
    if below:
        again = f"{reported} once, generated again {_short(below[0])}: within the noise floor"
        return Ruling(Verdict.BENIGN, "within the noise floor, generated again").with_warnings(again)
    failed = next((one.problem for one in floor.confirmations if one.score is None), "")
    if failed or len(floor.confirmations) < floor.asked:
        why = failed or f"{len(floor.confirmations)} of {floor.asked} confirmations generated"
        return Ruling(Verdict.INCONCLUSIVE, f"{reported}, not confirmed: {why}", "go on with --resume, or run it again")
    parts = [reported, f"noise floor of {floor.n} repeats, false-alarm rate {floor.alpha:.2g}", elsewhere]
    if floor.confirmations:
        parts.insert(1, "confirmed: " + ", ".join(map(_short, floor.confirmations)))
    elif not floor.asked:
        parts.insert(1, "not generated again to confirm it")
    return Ruling(Verdict.DRIFT, "; ".join(part for part in parts if part))


def _short(one: Confirmation) -> str:
    return "?" if one.score is None else f"{one.score:.4g}"


def _within(limits: tuple[Limit, ...], reference: Reference) -> Ruling:
    found = breaches(reference.comparison, limits)
    far = [str(breach) for breach in found if breach.kind == "far"]
    if far:
        return Ruling(Verdict.DRIFT, ", ".join(far))
    absent = [str(breach) for breach in found if breach.kind == "absent"]
    if absent:
        hint = "limit a metric that this pair has (harness compare A B shows them)"
        return Ruling(Verdict.INCONCLUSIVE, ", ".join(absent), hint)
    if found:
        return _too_loose(found)
    ruling = Ruling(Verdict.BENIGN, "within its limits")
    loose = _unused_tolerance(limits, reference)
    return ruling.with_warnings(loose) if loose else ruling


def _too_loose(found: tuple[Breach, ...]) -> Ruling:
    what = ", ".join(str(breach) for breach in found)
    reason = f"closer than the stated range: {what}; the tolerance has grown too loose"
    return Ruling(Verdict.BENIGN, reason, "tighten the range under `drift:` in the suite", finding=True)


def _unused_tolerance(limits: tuple[Limit, ...], reference: Reference) -> str | None:
    """Says which tolerances are hardly used; only where the metric has a natural best value."""
    loose = []
    for limit in limits:
        value = value_of(reference.comparison, limit.metric)
        if value is None or (limit.min is not None and limit.max is not None):
            return None
        if limit.metric in ("ssim", "ssim_block_min") and limit.min is not None:
            used, allowed = 1 - value, 1 - limit.min
        elif limit.max is not None and not higher_is_closer(limit.metric):
            used, allowed = value, limit.max
        else:
            return None
        if allowed <= 0 or used > TIGHT * allowed:
            return None
        loose.append(f"{limit.metric} is {value:.4g}")
    return f"hint: the tolerance can be tightened ({', '.join(loose)})" if loose else None
