"""Quality as a number of steps, for the systems whose samplers take one."""

from collections.abc import Mapping
from typing import Any

from harness.errors import nearest
from harness.provider.options import Options
from harness.vocabulary import NEUTRAL, Quality

QUALITY_STEPS: Mapping[str, int] = {Quality.DRAFT: 10, Quality.STANDARD: 30, Quality.HD: 60}
MAX_STEPS = 10_000
OPTION = "steps of each quality, such as {draft: 1, standard: 4, hd: 8} for a distilled model"


def quality_steps(reader: Options) -> Mapping[str, int]:
    """The option ``quality_steps`` over the defaults. Raises BadOptionError."""
    given = reader.anything("quality_steps")
    if given is None:
        return QUALITY_STEPS
    if not isinstance(given, Mapping) or not given:
        raise reader.fault(f"`quality_steps` takes qualities with steps, not {given!r:.60}", f"such as {OPTION[26:]}")
    for quality in given:
        if quality not in QUALITY_STEPS:
            raise reader.fault(f"`quality_steps` has no {quality!r:.60}", nearest(str(quality), QUALITY_STEPS))
    return {**QUALITY_STEPS, **{quality: checked_steps(reader, "quality_steps", given[quality]) for quality in given}}


def checked_steps(reader: Options, name: str, value: Any) -> int:
    """A number of steps. Raises BadOptionError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_STEPS:
        raise reader.fault(f"`{name}` takes a whole number from 1 to {MAX_STEPS:,}, not {value!r:.60}")
    return value


def steps_of(words: Mapping[str, Any], by_quality: Mapping[str, int]) -> int | None:
    """The steps that a recipe's words ask for: ``steps`` itself, else those of its ``quality``, else None."""
    steps = words.get("steps")
    return by_quality.get(str(words.get("quality"))) if steps is None else steps


def overruled(words: Mapping[str, Any]) -> list[str]:
    """The words that change nothing beside ``steps``: a quality, which is nothing but a number of steps."""
    return ["quality"] if words.get("steps") is not None and words.get("quality") not in (None, NEUTRAL) else []
