"""Where things are to each other: every one of the first against every one of the second.

Sides are judged by centers with a margin, after GenEval: the offset of the centers counts only by how much it is
larger than a tenth of the two extents added up. It must then be clear of the other thing along that axis, or be the
larger part of the offset (its direction within 60° of the axis). An offset to the wrong side fails; one inside the
margin, or one that is mostly along the other axis, is inconclusive.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product

from harness.vision.shapes_grammar import Target
from harness.vision.view import Seen
from harness.vocabulary import CheckOutcome

PASS, FAIL, UNSURE = CheckOutcome.PASS, CheckOutcome.FAIL, CheckOutcome.INCONCLUSIVE
_MARGIN = 0.1
_MAIN = 0.5
_NEAR, _FAR = 0.9, 1.6
"""Gap between neighbors, in mean sizes, up to which they are next to each other, and from which on they are not."""

_LEVEL, _UNEVEN = 0.3, 0.6
"""How much the middles of a row may differ, in mean heights, and from which on it is not a row."""

Group = tuple[Sequence[Seen], Sequence[Seen]]
"""Things that certainly match, and things that may."""


def judge(kind: str, targets: Sequence[Target], groups: Sequence[Group]) -> tuple[CheckOutcome, str]:
    """Return the outcome of a relation and, when it did not pass, why.

    The relation must hold between the sure things, and the answer must not change with the doubtful ones. Things
    that are not there fail it.
    """
    for target, (sure, maybe) in zip(targets, groups, strict=True):
        if not sure:
            return (UNSURE, f"perhaps no {target.words()}") if maybe else (FAIL, f"no {target.words()}")
    outcome = _hold(kind, [list(sure) for sure, _ in groups])
    if any(maybe for _, maybe in groups):
        more = _hold(kind, [[*sure, *maybe] for sure, maybe in groups])
        outcome = outcome if outcome == more else UNSURE
    if outcome == PASS:
        return outcome, ""
    words = " and ".join(t.words(plural=len(g[0]) > 1) for t, g in zip(targets[1:], groups[1:], strict=True))
    first = targets[0].words(plural=len(groups[0][0]) > 1)
    says = "not" if outcome == FAIL else "not clearly"
    relation = "in a row with" if kind == "row" else kind.replace("_", " ")
    return outcome, f"{first} {says} {relation} {words}".strip()


def _hold(kind: str, groups: list[list[Seen]]) -> CheckOutcome:
    if kind == "row":
        return _row(groups)
    first = groups[0]
    if kind == "between":
        pairs = [(b, c) for b, c in product(groups[1], groups[2]) if b is not c]
        return _worst(_best(_between(a, b, c) for b, c in pairs if a is not b and a is not c) for a in first)
    if kind == "next_to":
        return _next_to(first, groups[1])
    if kind == "inside":
        return _worst(_best(_inside(a, b) for b in groups[1] if a is not b) for a in first)
    pairs = [(a, b) for a in first for b in groups[1] if a is not b]
    return _worst(_SIDES[kind](a, b) for a, b in pairs)


def _worst(outcomes: Iterable[CheckOutcome]) -> CheckOutcome:
    """Return the worst of some outcomes; none at all is a failure."""
    found = set(outcomes)
    if not found or FAIL in found:
        return FAIL
    return UNSURE if UNSURE in found else PASS


def _best(outcomes: Iterable[CheckOutcome]) -> CheckOutcome:
    """Return the best of some outcomes; none at all is a failure."""
    found = set(outcomes)
    if PASS in found:
        return PASS
    return UNSURE if UNSURE in found else FAIL


def _shrunk(offset: float, extent: float) -> float:
    """Return an offset less its margin, not beyond zero."""
    size = max(abs(offset) - _MARGIN * extent, 0.0)
    return size if offset > 0 else -size


def _before(a: Seen, b: Seen, axis: int) -> CheckOutcome:
    """Return whether ``a`` lies before ``b`` along an axis (0: to the left, 1: above)."""
    offsets = [_shrunk(b.center[n] - a.center[n], a.box[2 + n] + b.box[2 + n]) for n in (0, 1)]
    if b.center[axis] <= a.center[axis]:
        return FAIL
    if offsets[axis] <= 0:
        return UNSURE
    clear = a.box[axis] + a.box[2 + axis] <= b.box[axis] + 0.1 * min(a.box[2 + axis], b.box[2 + axis])
    length = (offsets[0] ** 2 + offsets[1] ** 2) ** 0.5
    return PASS if clear or offsets[axis] / length > _MAIN else UNSURE


_SIDES: dict[str, Callable[[Seen, Seen], CheckOutcome]] = {
    "left_of": lambda a, b: _before(a, b, 0),
    "right_of": lambda a, b: _before(b, a, 0),
    "above": lambda a, b: _before(a, b, 1),
    "below": lambda a, b: _before(b, a, 1),
}


def _inside(a: Seen, b: Seen) -> CheckOutcome:
    """Return whether ``a`` lies inside ``b``: its box within the other's, up to a tenth of its own size."""
    if a.box[2] * a.box[3] >= b.box[2] * b.box[3]:
        return FAIL
    beyond = 0.0
    for n in (0, 1):
        low, high = b.box[n] - a.box[n], a.box[n] + a.box[2 + n] - b.box[n] - b.box[2 + n]
        beyond = max(beyond, low / a.box[2 + n], high / a.box[2 + n])
    if beyond > 0.5:
        return FAIL
    return PASS if beyond <= 0.1 else UNSURE


def _gap(a: Seen, b: Seen) -> float:
    """Return the clear space between two boxes in mean sizes (0 when they meet)."""
    apart = [max(a.box[n], b.box[n]) - min(a.box[n] + a.box[2 + n], b.box[n] + b.box[2 + n]) for n in (0, 1)]
    size = (max(a.box[2:]) + max(b.box[2:])) / 2
    return max(0.0, apart[0], apart[1]) / max(size, 1)


def _next_to(first: Sequence[Seen], second: Sequence[Seen]) -> CheckOutcome:
    """Return whether every one of the first is near one of the second, or near another of the first that is."""
    for limit, outcome in ((_NEAR, PASS), (_FAR, UNSURE)):
        reached = [a for a in first if any(a is not b and _gap(a, b) <= limit for b in second)]
        grew = bool(reached)
        while grew:
            more = [a for a in first if a not in reached and any(_gap(a, r) <= limit for r in reached)]
            reached += more
            grew = bool(more)
        if len(reached) == len(first):
            return outcome
    return FAIL


def _between(a: Seen, b: Seen, c: Seen) -> CheckOutcome:
    """Return whether the center of ``a`` lies between those of ``b`` and ``c``: along the way, and not far off it."""
    (ax, ay), (bx, by), (cx, cy) = a.center, b.center, c.center
    wx, wy = cx - bx, cy - by
    square = wx * wx + wy * wy
    if square == 0:
        return FAIL
    along = ((ax - bx) * wx + (ay - by) * wy) / square
    aside = abs((ax - bx) * wy - (ay - by) * wx) / square
    if not 0 < along < 1 or aside > 0.75:
        return FAIL
    return PASS if 0.1 <= along <= 0.9 and aside <= 0.5 else UNSURE


def _row(groups: list[list[Seen]]) -> CheckOutcome:
    """Return whether all things stand level, the groups in order from the left."""
    members = list({id(t): t for group in groups for t in group}.values())
    if len(members) < 2:
        return FAIL
    height = sum(t.box[3] for t in members) / len(members)
    spread = (max(t.center[1] for t in members) - min(t.center[1] for t in members)) / max(height, 1)
    order = PASS
    for left, right in pairwise(groups):
        order = _worst([order, *(_before(a, b, 0) for a in left for b in right if a is not b)])
    ordered = sorted(members, key=lambda t: t.center[0])
    apart = all(_before(a, b, 0) == PASS for a, b in pairwise(ordered))
    level = PASS if spread <= _LEVEL and apart else FAIL if spread > _UNEVEN else UNSURE
    return _worst([order, level])
