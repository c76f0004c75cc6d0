"""Rules and boxes that a call gives without a suite: of ``compare``, in Python, in a test."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from harness.errors import FieldError, UsageError
from harness.records import Box, Rule
from harness.suite.fields import parse_box, parse_drift
from harness.vocabulary import RuleKind


def given_rule(drift: str | Mapping[str, Any], called: str, more: Collection[RuleKind] = ()) -> Rule:
    """Return the rule of two images: ``exact``, or limits as in a suite; where there are more images also a kind of
    ``more``. ``called`` is what the call names it. Raises UsageError, also for a rule that needs more images than
    there are."""
    try:
        rule = parse_drift(dict(drift) if isinstance(drift, Mapping) else drift)
    except FieldError as fault:
        raise UsageError(f"{called}: {fault}", fault.hint) from None
    if rule.kind not in (RuleKind.EXACT, RuleKind.LIMITS, *more):
        known = ", ".join([RuleKind.EXACT, *more])
        hint = f'say {known}, or limits such as {{"delta_e": "<= 2.5", "delta_e_block_max": "<= 1.5"}}'
        raise UsageError(f"{called}: {rule.kind} needs more images than there are", hint)
    return rule


def given_boxes(boxes: Iterable[Sequence[int]], called: str) -> tuple[Box, ...]:
    """Return boxes of x, y, width and height in pixels. Raises UsageError."""
    try:
        return tuple(parse_box(list(box)) for box in boxes)
    except (FieldError, TypeError) as fault:
        raise UsageError(f"{called}: {fault}", "a box is x, y, width, height in pixels: 0, 0, 64, 16") from None
