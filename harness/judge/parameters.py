"""Whether a setting that was changed changed the picture."""

from dataclasses import dataclass
from typing import Any

from harness.judge.sighting import ParameterSighting


@dataclass(frozen=True, slots=True)
class ParameterReading:
    """``outcome``: ``honoured`` | ``ignored`` | ``clamped`` | ``unknown``; ``evidence`` in one clause. ``stated`` says
    that the provider itself tells it with each picture."""

    name: str
    outcome: str
    evidence: str = ""
    stated: bool = False


def parameter_reading(seen: ParameterSighting, *, steady: bool) -> ParameterReading:
    """What becomes of a setting. Of a provider that does not repeat (not ``steady``) pictures tell nothing."""
    if seen.stated:
        outcome = "clamped" if seen.stated.startswith("clamped") else "ignored"
        return ParameterReading(seen.name, outcome, f"the provider says so: {seen.stated}", stated=True)
    drawn = [(value, pixels) for value, pixels in zip(seen.values, seen.pixels, strict=True) if pixels]
    if len(drawn) < 2:
        return ParameterReading(seen.name, "unknown", seen.problem or "too few pictures came")
    if not steady:
        return ParameterReading(seen.name, "unknown", "it does not repeat: pictures differ anyway")
    # the provider's own default may be any of the values tried
    stated = [(value, pixels) for value, pixels in drawn if value is not None]
    compared = stated if len(stated) > 1 else drawn
    groups: dict[str, list[Any]] = {}
    for value, pixels in compared:
        groups.setdefault(pixels, []).append(value)
    told = _listed([value for value, _ in compared])
    if len(groups) == 1:
        return ParameterReading(seen.name, "ignored", f"{told} give the same picture")
    if len(groups) == len(compared):
        return ParameterReading(seen.name, "honoured", f"{told} give different pictures")
    same = next(values for values in groups.values() if len(values) > 1)
    return ParameterReading(seen.name, "clamped", f"{_listed(same)} give the same picture")


def _listed(values: list[Any]) -> str:
    words = ["the default" if value is None else str(value) for value in values]
    return f"{', '.join(words[:-1])} and {words[-1]}"
