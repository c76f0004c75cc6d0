"""The fields of a suite that have a notation of their own: sizes, seeds, limits, boxes."""

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from harness.errors import FieldError, nearest, shown
from harness.records import Box, Limit, Rule
from harness.vocabulary import COMPARATORS, METRICS, RuleKind, higher_is_closer

MAX_SEED = 2**64 - 1
"""Largest seed."""
MAX_SEEDS = 1_000_000
"""Most seeds of one case."""
MAX_SIDE = 16_384
"""Largest width or height that may be asked for, in pixels."""
DEFAULT_SIDE = 256
"""Width and height when a suite says nothing; the longer side of an `aspect` given alone."""
ASPECT_STEP = 8
"""Sides that come from an `aspect` are multiples of this many pixels."""

NAMED_RULES = tuple(kind.value for kind in RuleKind if kind is not RuleKind.LIMITS)
"""Rules that ``drift:`` takes by name."""

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_BOUND = re.compile(rf"\s*(>=|<=|==)\s*({_NUMBER})\s*")
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*")
_STRICT = re.compile(rf"\s*[<>=]\s*({_NUMBER})\s*")
_SIZE = re.compile(r"(\d{1,6})\s*[x×]\s*(\d{1,6})")
_ASPECT = re.compile(r"(\d{1,4})\s*:\s*(\d{1,4})")
_SEEDS = re.compile(r"(\d+)\s*\.\.\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds in order, kept as ranges so that a million take no room."""

    spans: tuple[range, ...]

    def __len__(self) -> int:
        return sum(len(span) for span in self.spans)

    def __iter__(self) -> Iterator[int]:
        for span in self.spans:
            yield from span


def parse_seeds(value: Any) -> Seeds:
    """Seeds from a whole number, a text ``"0..9"`` (both ends count), or a list of these. Raises FieldError."""
    items = value if isinstance(value, list) else [value]
    if not items:
        raise FieldError("seeds are empty", "give at least one, as in [0]")
    spans: list[range] = []
    ordered: list[tuple[int, int]] = []
    count = 0
    for index, item in enumerate(items):
        path = (index,) if isinstance(value, list) else ()
        span = _span(item, path)
        if len(span) > MAX_SEEDS or (count := count + len(span)) > MAX_SEEDS:
            raise FieldError(f"more than {MAX_SEEDS:,} seeds", "split the case or shorten the range", path)
        place = bisect(ordered, (span.start, span.stop))
        before, after = ordered[place - 1 : place], ordered[place : place + 1]
        if any(span.start < stop for _, stop in before) or any(start < span.stop for start, _ in after):
            raise FieldError(f"seed {shown(item)} is listed twice", "name each seed once", path)
        ordered.insert(place, (span.start, span.stop))
        spans.append(span)
    return Seeds(tuple(spans))


def _span(item: Any, path: tuple[int, ...]) -> range:
    how = 'a seed is a whole number from 0 to 2^64 - 1, or a range such as "0..9"'
    if isinstance(item, bool) or not isinstance(item, (int, str)):
        raise FieldError(f"{shown(item)} is not a seed", how, path)
    if isinstance(item, int):
        first = last = item
    else:
        match = _SEEDS.fullmatch(item.strip())
        if not match or max(map(len, match.groups())) > 20:
            raise FieldError(f"{shown(item)} is not a seed", how, path)
        first, last = int(match[1]), int(match[2])
    if not 0 <= first <= MAX_SEED or not 0 <= last <= MAX_SEED:
        raise FieldError(f"seed {shown(item)} is out of range", how, path)
    if last < first:
        raise FieldError(f"range {shown(item)} runs backwards", f'write "{last}..{first}"', path)
    if last - first >= MAX_SEEDS:
        raise FieldError(f"more than {MAX_SEEDS:,} seeds", "split the case or shorten the range", path)
    return range(first, last + 1)


def parse_size(value: Any) -> tuple[int, int | None]:
    """``(width, height)`` of ``"512x256"``; ``(side, None)`` of a whole number. Raises FieldError."""
    how = 'write it as width x height in pixels, such as "256x256"'
    if isinstance(value, int) and not isinstance(value, bool):
        sides: tuple[int, int | None] = (value, None)
    else:
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if not match:
            raise FieldError(f"{shown(value)} is not a size", how)
        sides = (int(match[1]), int(match[2]))
    if any(side is not None and not 1 <= side <= MAX_SIDE for side in sides):
        raise FieldError(f"size {shown(value)} is out of range", f"each side is from 1 to {MAX_SIDE} pixels")
    return sides


def parse_aspect(value: Any) -> tuple[int, int]:
    """``(16, 9)`` of ``"16:9"``. Raises FieldError."""
    match = _ASPECT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or not int(match[1]) or not int(match[2]) or not 1 / 8 <= int(match[1]) / int(match[2]) <= 8:
        raise FieldError(f"{shown(value)} is not an aspect", 'write it as "16:9"; at most 8 to 1')
    return int(match[1]), int(match[2])


def sides_of(size: tuple[int, int | None] | None, aspect: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height in pixels of a size and an aspect, either of which may be missing.

    An aspect shapes the longer side, which ``size`` gives as one number; the shorter one becomes the nearest
    multiple of ASPECT_STEP. Raises FieldError when ``size`` gives both sides already.
    """
    if aspect is None:
        width, height = size or (DEFAULT_SIDE, None)
        return width, width if height is None else height
    side, other = size or (DEFAULT_SIDE, None)
    if other is not None:
        raise FieldError("`size` and `aspect` both say how wide and high", "with `aspect`, `size` is the longer side")
    wide, high = aspect
    short = max(ASPECT_STEP, round(side * min(wide, high) / max(wide, high) / ASPECT_STEP) * ASPECT_STEP)
    short = min(short, side)
    return (side, short) if wide >= high else (short, side)


def parse_limits(value: Any) -> tuple[Limit, ...]:
    """Limits from a mapping of metrics to ``">= 0.98"``, ``"<= 4"``, ``"== 0"`` or ``"0.98..0.999"``."""
    if not isinstance(value, dict) or not value:
        raise FieldError("limits are a mapping", 'write them as {delta_e: "<= 2.5", delta_e_block_max: "<= 1.5"}')
    return tuple(_limit(metric, bound) for metric, bound in value.items())


def parse_drift(value: Any) -> Rule:
    """Return the rule of ``exact``, ``calibrated``, ``set`` or a mapping of limits. Raises FieldError."""
    if isinstance(value, dict):
        return Rule(RuleKind.LIMITS, parse_limits(value))
    if value in NAMED_RULES:
        return Rule(RuleKind(value))
    near = nearest(value, NAMED_RULES) if isinstance(value, str) else ""
    hint = (
        near
        if near.startswith("did")
        else f'known: {", ".join(NAMED_RULES)}, or limits such as {{delta_e: "<= 2.5", delta_e_block_max: "<= 1.5"}}'
    )
    raise FieldError(f"{shown(value)} is not a rule of drift", hint)


def parse_box(value: Any) -> Box:
    """Return the box of ``[x, y, width, height]`` in pixels. Raises FieldError."""
    how = "write it as [x, y, width, height] in whole pixels, with width and height above 0"
    whole = isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in value)
    if not whole or len(value) != 4 or min(value[:2]) < 0 or min(value[2:]) < 1 or max(value) > MAX_SIDE:
        raise FieldError(f"{value!s:.60} is not a box", how)
    return Box(*value)


@cache
def comparator_names() -> frozenset[str]:
    """Return the metrics that installed packages add to the panel; which way they run only the comparing room knows."""
    return frozenset(point.name for point in entry_points(group=COMPARATORS))


def _limit(metric: str, bound: Any) -> Limit:
    if metric not in METRICS:
        if metric not in comparator_names():
            names = (*METRICS, *sorted(comparator_names()))
            raise FieldError(f"unknown metric `{metric}`", nearest(metric, names), [metric], at_key=True)
        return Limit(metric, *_ends(metric, bound))
    known = METRICS[metric]
    if known.boolean and isinstance(bound, bool):
        return Limit(metric, float(bound), float(bound))
    low, high = _ends(metric, bound)
    for end in (low, high):
        if end is not None and not known.can_be(end):
            most = f" to {known.high:g}" if known.high is not None else " upwards"
            raise FieldError(f"{metric} can never be {end:g}", f"it runs from {known.low:g}{most}", [metric])
    if not known.higher_is_closer and high is None:
        hint = f'less is nearer: write "<= {low:g}"'
        raise FieldError(f"{metric} {bound} would demand a change", hint, [metric])
    if known.higher_is_closer and low is None:
        hint = f'more is nearer: write ">= {high:g}"'
        raise FieldError(f"{metric} {bound} would demand a change", hint, [metric])
    return Limit(metric, low, high)


def _ends(metric: str, bound: Any) -> tuple[float | None, float | None]:
    example = '">= 0.98"' if higher_is_closer(metric) else '"<= 4"'
    text = bound if isinstance(bound, str) else ""
    if match := _BOUND.fullmatch(text):
        number = float(match[2])
        return (number if match[1] != "<=" else None), (number if match[1] != ">=" else None)
    if match := _RANGE.fullmatch(text):
        low, high = float(match[1]), float(match[2])
        if low > high:
            raise FieldError(f"range {bound} runs backwards", f'write "{match[2]}..{match[1]}"', [metric])
        return low, high
    if match := _STRICT.fullmatch(text):
        raise FieldError(f"{shown(bound)} is not a limit", f"limits include their end: write {example}", [metric])
    raise FieldError(f"{shown(bound)} is not a limit", f'write {example}, "== 0" or a range "0.98..0.999"', [metric])
