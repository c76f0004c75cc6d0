"""Whether a setting that was changed changed the image."""

from dataclasses import dataclass
from typing import Any

from harness.judge.observation import ParameterObservation


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """``outcome``: ``honored`` | ``ignored`` | ``clamped`` | ``unknown``; ``evidence`` in one clause. ``stated`` says
    that the provider itself tells it with each image."""

    name: str
    outcome: str
    evidence: str = ""
    stated: bool = False


def parameter_reading(seen: ParameterObservation, *, steady: bool) -> ParameterReading:
    """What becomes of a setting. Of a provider that does not repeat (not ``steady``) images tell nothing."""
    if seen.stated:
        outcome = "clamped" if seen.stated.startswith("clamped") else "ignored"
        return ParameterReading(seen.name, outcome, f"the provider says so: {seen.stated}", stated=True)
    generated = [(value, pixels) for value, pixels in zip(seen.values, seen.pixels, strict=True) if pixels]
    if len(generated) < 2:
        return ParameterReading(seen.name, "unknown", seen.problem or "too few images came")
    if not steady:
        return ParameterReading(seen.name, "unknown", "it does not repeat: images differ anyway")
    # the provider's own default may be any of the values tried
    stated = [(value, pixels) for value, pixels in generated if value is not None]
    compared = stated if len(stated) > 1 else generated
    groups: dict[str, list[Any]] = {}
    for value, pixels in compared:
        groups.setdefault(pixels, []).append(value)
    reported = _listed([value for value, _ in compared])
    if len(groups) == 1:
        return ParameterReading(seen.name, "ignored", f"{reported} give the same image")
    if len(groups) == len(compared):
        return ParameterReading(seen.name, "honored", f"{reported} give different images")
    same = next(values for values in groups.values() if len(values) > 1)
    return ParameterReading(seen.name, "clamped", f"{_listed(same)} give the same image")


def _listed(values: list[Any]) -> str:
    words = ["the default" if value is None else str(value) for value in values]
    return f"{', '.join(words[:-1])} and {words[-1]}"
