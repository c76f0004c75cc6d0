"""Measured values against limits."""

from dataclasses import dataclass

from harness.records import Comparison, Limit
from harness.vocabulary import METRICS, higher_is_closer


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that does not hold. ``kind``: ``far`` (less alike than allowed), ``close`` (more alike than the range
    ends: the tolerance has grown too loose) or ``absent`` (could not be measured, for ``reason``)."""

    limit: Limit
    kind: str
    value: float | None = None
    reason: str = ""

    def __str__(self) -> str:
        name = self.limit.metric
        if self.kind == "absent":
            return f"{name} could not be measured: {self.reason}"
        too_low = self.limit.min is not None and self.value is not None and self.value < self.limit.min
        bound = self.limit.min if too_low else self.limit.max
        return f"{name} {show(self.value)} {'<' if too_low else '>'} {show(bound)}"


def show(value: float | bool | None) -> str:
    """A measured value as a person reads it: at most six significant digits."""
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}"


def breaches(comparison: Comparison, limits: tuple[Limit, ...]) -> tuple[Breach, ...]:
    """The limits that the comparison does not hold, in their order.

    NaN holds no limit. Of a metric of another package the direction is not known here: a breach counts as ``far``.
    """
    found = []
    for limit in limits:
        measurement = comparison.measurements.get(limit.metric)
        if measurement is None or measurement.value is None:
            reason = measurement.absent if measurement is not None else None
            found.append(Breach(limit, "absent", reason=reason or "not part of this comparison"))
            continue
        value = float(measurement.value)
        below = limit.min is not None and value < limit.min
        above = limit.max is not None and value > limit.max
        if below or above or value != value:
            close = limit.metric in METRICS and (above if higher_is_closer(limit.metric) else below)
            found.append(Breach(limit, "close" if close else "far", value))
    return tuple(found)
