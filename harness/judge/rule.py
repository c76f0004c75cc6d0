"""The drift rule of a case, applied to one comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.judge.evidence import Reference
from harness.judge.limits import Breach, breaches
from harness.judge.panel import same_pixels, value_of
from harness.records import HIGHER_IS_CLOSER, Limit, Rule

TIGHT = 0.25
"""A hint is given when a benign trial uses less than this part of every tolerance."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reason. ``finding`` is true when a fine verdict still needs a person."""

    verdict: str
    reason: str = ""
    remedy: str = ""
    warnings: tuple[str, ...] = ()
    finding: bool = False

    def with_warnings(self, *more: str) -> "Ruling":
        """The same with further notes."""
        return replace(self, warnings=(*self.warnings, *more))


def rule_on(rule: Rule, reference: Reference) -> Ruling:
    """Verdict of one comparison under a rule: ``identical``, ``benign``, ``drift`` or ``inconclusive``."""
    if same_pixels(reference.comparison):
        return Ruling("identical")
    if rule.kind == "exact":
        return Ruling("drift", "exact: no pixel may differ")
    if rule.kind == "limits":
        return _within(rule.limits, reference)
    if rule.kind == "calibrated":
        if reference.noise is None:
            remedy = 'state limits under `drift:` (for example `ssim: ">= 0.98"`), or `exact`'
            return Ruling("inconclusive", "no noise floor is stored for the accepted picture", remedy)
        return _within(_noise_limits(reference.noise), reference)
    remedy = "state limits under `drift:` for a comparison picture by picture"
    return Ruling("inconclusive", "a set of pictures is judged as a whole, not picture by picture", remedy)


def _noise_limits(noise: Mapping[str, float]) -> tuple[Limit, ...]:
    return tuple(
        Limit(measure, min=value) if measure in HIGHER_IS_CLOSER else Limit(measure, max=value)
        for measure, value in sorted(noise.items())
    )


def _within(limits: tuple[Limit, ...], reference: Reference) -> Ruling:
    found = breaches(reference.comparison, limits)
    far = [str(breach) for breach in found if breach.kind == "far"]
    if far:
        return Ruling("drift", ", ".join(far))
    absent = [str(breach) for breach in found if breach.kind == "absent"]
    if absent:
        remedy = "limit a measure that this pair has (harness compare A B shows them)"
        return Ruling("inconclusive", ", ".join(absent), remedy)
    if found:
        return _too_loose(found)
    ruling = Ruling("benign", "within its limits")
    hint = _hint(limits, reference)
    return ruling.with_warnings(hint) if hint else ruling


def _too_loose(found: tuple[Breach, ...]) -> Ruling:
    what = ", ".join(str(breach) for breach in found)
    reason = f"closer than the stated range: {what}; the tolerance has grown too loose"
    return Ruling("benign", reason, "tighten the range under `drift:` in the suite", finding=True)


def _hint(limits: tuple[Limit, ...], reference: Reference) -> str | None:
    """Says which tolerances are hardly used; only where the measure has a natural best value."""
    loose = []
    for limit in limits:
        value = value_of(reference.comparison, limit.measure)
        if value is None or (limit.min is not None and limit.max is not None):
            return None
        if limit.measure in ("ssim", "ssim_block_min") and limit.min is not None:
            used, allowed = 1 - value, 1 - limit.min
        elif limit.max is not None and limit.measure not in HIGHER_IS_CLOSER:
            used, allowed = value, limit.max
        else:
            return None
        if allowed <= 0 or used > TIGHT * allowed:
            return None
        loose.append(f"{limit.measure} is {value:.4g}")
    return f"hint: the tolerance can be tightened ({', '.join(loose)})" if loose else None
