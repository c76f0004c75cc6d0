"""What places and relations ask of positions: ranges for the center of a box. Lengths in sixteenths of a pixel."""

from dataclasses import dataclass

from harness.painter.extent import Box, U
from harness.prompt import Relation

GAP = 2 * U
"""Least clear space between the boxes of two separate things."""

CLOSE = 3 * U
"""Most space beyond GAP between things that are next to each other."""

_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
_SIDE = {"left_of": "left", "right_of": "right", "above": "above", "below": "below"}


@dataclass
class Range:
    """Where the center of a box may be."""

    left: int
    right: int
    top: int
    bottom: int

    def empty(self) -> bool:
        """Say whether nothing is left."""
        return self.left > self.right or self.top > self.bottom

    def holds(self, x: int, y: int) -> bool:
        """Say whether a point lies in the range."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Choice:
    """A relation with what is left open settled at random: on which side, and across or down."""

    relation: Relation
    flip: bool
    across: bool

    def side(self, a: int, b: int) -> str | None:
        """Return on which side of thing ``b`` thing ``a`` must be, or None."""
        kind, subject, targets = self.relation.kind, self.relation.subject, self.relation.targets
        if kind in _SIDE or kind == "next_to":
            beside = ("left", "right") if self.across else ("above", "below")
            side = _SIDE.get(kind) or beside[self.flip]
            if a == subject and b in targets:
                return side
            if b == subject and a in targets:
                return _OPPOSITE[side]
        if kind == "between" and len(targets) == 2:
            order = [targets[0], subject, targets[1]]
            if self.flip:
                order.reverse()
            if a in order and b in order and a != b:
                before, after = ("left", "right") if self.across else ("above", "below")
                return before if order.index(a) < order.index(b) else after
        return None


def place_range(place: str | None, low: int, high: int, start: int, end: int, *, vertical: bool) -> tuple[int, int]:
    """Return a range of centers along one axis of the area [start, end], narrowed to a place."""
    if place is None:
        return low, high
    extent = end - start
    first, last = ("top", "bottom") if vertical else ("left", "right")
    if first in place:
        return low, min(high, max(low, start + extent * 38 // 100))
    if last in place:
        return max(low, min(high, start + extent * 62 // 100)), high
    if place == "center":
        middle = (start + end) // 2
        return max(low, middle - extent // 12), min(high, middle + extent // 12)
    return low, high


def narrow(span: Range, choice: Choice, box: Box, other: Box, *, single: bool, strict: bool) -> None:
    """Narrow the range of a box by one relation to a placed box of another thing, in place.

    ``single``: both things have one instance; ``strict``: things side by side are also roughly level.
    """
    side = choice.side(box.thing, other.thing)
    if side is None:
        return
    dx, dy = (box.w + other.w) // 2 + GAP, (box.h + other.h) // 2 + GAP
    if side == "left":
        span.right = min(span.right, other.x - dx)
    elif side == "right":
        span.left = max(span.left, other.x + dx)
    elif side == "above":
        span.bottom = min(span.bottom, other.y - dy)
    else:
        span.top = max(span.top, other.y + dy)
    tight = choice.relation.kind in ("between", "next_to")
    if not ((strict and single) or tight):
        return
    slack = max(box.h, other.h) // (5 if tight else 2)
    sides = ("left", "right")
    if side in sides and (single or choice.relation.kind == "next_to"):
        span.top, span.bottom = max(span.top, other.y - slack), min(span.bottom, other.y + slack)
    elif side not in sides and (single or choice.relation.kind == "next_to"):
        span.left, span.right = max(span.left, other.x - slack), min(span.right, other.x + slack)
    if choice.relation.kind == "next_to" and single:
        span.left, span.right = max(span.left, other.x - dx - CLOSE), min(span.right, other.x + dx + CLOSE)
        span.top, span.bottom = max(span.top, other.y - dy - CLOSE), min(span.bottom, other.y + dy + CLOSE)
