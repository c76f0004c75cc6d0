"""Measured values against limits."""

from dataclasses import dataclass

from harness.records import Comparison, Limit, Reason
from harness.vocabulary import METRICS, Code, higher_is_closer


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that does not hold. ``kind``: ``far`` (less alike than allowed), ``close`` (more alike than the range
    ends: the tolerance has grown too loose) or ``absent`` (could not be measured, as ``absent`` says)."""

    limit: Limit
    kind: str
    value: float | None = None
    absent: str = ""

    def reason(self, code: Code) -> Reason:
        """Return the breach as a reason: ``rule.not-measured`` where the metric is absent, else ``code`` with the
        numbers.
        """
        if self.kind == "absent":
            return Reason(Code.UNMEASURED, {"metric": self.limit.metric, "absent": self.absent})
        limit = self.limit
        return Reason(code, {"metric": limit.metric, "value": self.value, "min": limit.min, "max": limit.max})


def breaches(comparison: Comparison, limits: tuple[Limit, ...]) -> tuple[Breach, ...]:
    """Return the limits that the comparison does not hold, in their order.

    Of a metric of another package the direction is not known here: a breach counts as ``far``.
    """
    found = []
    for limit in limits:
        value = comparison.value(limit.metric)
        if value is None:
            absent = comparison.absent(limit.metric) or "not part of this comparison"
            found.append(Breach(limit, "absent", absent=absent))
            continue
        below = limit.min is not None and value < limit.min
        above = limit.max is not None and value > limit.max
        if below or above:
            close = limit.metric in METRICS and (above if higher_is_closer(limit.metric) else below)
            found.append(Breach(limit, "close" if close else "far", value))
    return tuple(found)
