"""Whether a setting that was changed changed the image."""

from dataclasses import dataclass
from typing import Any

from harness.judge.observation import ParameterObservation
from harness.records import Reason
from harness.vocabulary import Code, ParameterOutcome


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """What a setting does, with the evidence; ``stated`` where the provider itself says so with each image."""

    name: str
    outcome: ParameterOutcome
    evidence: tuple[Reason, ...] = ()
    stated: bool = False


def parameter_reading(seen: ParameterObservation, *, steady: bool) -> ParameterReading:
    """Return what a setting does. Images of a provider that does not repeat (not ``steady``) prove nothing."""
    if seen.stated is not None:
        clamped = seen.stated.code == Code.CLAMPED
        outcome = ParameterOutcome.CLAMPED if clamped else ParameterOutcome.IGNORED
        return ParameterReading(seen.name, outcome, (seen.stated,), stated=True)
    generated = [(value, pixels) for value, pixels in zip(seen.values, seen.pixels, strict=True) if pixels]
    if len(generated) < 2:
        return ParameterReading(seen.name, ParameterOutcome.UNKNOWN, seen.problem or (Reason(Code.SETTING_FEW),))
    if not steady:
        return ParameterReading(seen.name, ParameterOutcome.UNKNOWN, (Reason(Code.SETTING_UNSTEADY),))
    # the provider's own default may be any of the values tried
    stated = [(value, pixels) for value, pixels in generated if value is not None]
    compared = stated if len(stated) > 1 else generated
    groups: dict[str, list[Any]] = {}
    for value, pixels in compared:
        groups.setdefault(pixels, []).append(value)
    values = [value for value, _ in compared]
    if len(groups) == len(compared):
        return ParameterReading(seen.name, ParameterOutcome.HONORED, (Reason(Code.SETTING_OTHER, {"values": values}),))
    same = next(values for values in groups.values() if len(values) > 1)
    outcome = ParameterOutcome.IGNORED if len(groups) == 1 else ParameterOutcome.CLAMPED
    return ParameterReading(seen.name, outcome, (Reason(Code.SETTING_SAME, {"values": same}),))
