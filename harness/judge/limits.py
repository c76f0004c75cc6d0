"""Measured values against limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.records import Comparison, Limit, Reason
from harness.vocabulary import METRICS, Code, higher_is_closer


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that does not hold. ``kind``: ``far`` (less alike than allowed), ``close`` (more alike than the range
    ends: the tolerance has grown too loose) or ``absent`` (could not be measured); ``data`` are its numbers."""

    kind: str
    data: Mapping[str, Any]

    def reason(self, code: Code) -> Reason:
        """Return the breach as a reason: ``rule.not-measured`` where the metric is absent, else ``code``."""
        return Reason(Code.UNMEASURED if self.kind == "absent" else code, self.data)


def breaches(comparison: Comparison, limits: Sequence[Limit]) -> Iterator[Breach]:
    """Return the limits that the comparison does not hold, in their order.

    Of a metric of another package the direction is not known here: a breach counts as ``far``.
    """
    for limit in limits:
        value = comparison.value(limit.metric)
        if value is None:
            absent = comparison.absent(limit.metric) or "not part of this comparison"
            yield Breach("absent", {"metric": limit.metric, "absent": absent})
            continue
        below = limit.min is not None and value < limit.min
        above = limit.max is not None and value > limit.max
        if below or above:
            close = limit.metric in METRICS and (above if higher_is_closer(limit.metric) else below)
            numbers = {"metric": limit.metric, "value": value, "min": limit.min, "max": limit.max}
            yield Breach("close" if close else "far", numbers)
