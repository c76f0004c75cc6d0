"""Can the relations and places of a scene hold together?

Each axis is a graph: an edge a → b says that a lies before b (further left, higher up); things that must be level are
one node. Places order things too: what is on the left comes before what is on the right. ``next_to`` and ``between``
leave a choice of side or axis; every combination is tried until one has no cycle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.prompt.scene import Relation, Thing

_X = {"left": 0, "top-left": 0, "bottom-left": 0, "center": 1, "right": 2, "top-right": 2, "bottom-right": 2}
_Y = {"top": 0, "top-left": 0, "top-right": 0, "center": 1, "bottom": 2, "bottom-left": 2, "bottom-right": 2}


@dataclass(frozen=True, slots=True)
class _Option:
    """One way to meet a relation: edges along x and y, and pairs that are level along x and y."""

    x: tuple[tuple[int, int], ...] = ()
    y: tuple[tuple[int, int], ...] = ()
    same_x: tuple[tuple[int, int], ...] = ()
    same_y: tuple[tuple[int, int], ...] = ()


def consistent(things: Sequence[Thing], relations: Sequence[Relation]) -> bool:
    """Return whether some arrangement meets all relations (but ``inside``) and places. Needs valid indices."""
    x = [(a, b) for a, b in _pairs(len(things)) if _before(things[a], things[b], _X)]
    y = [(a, b) for a, b in _pairs(len(things)) if _before(things[a], things[b], _Y)]
    choices = sorted((_options(r) for r in relations if r.kind != "inside"), key=len)
    return _search(len(things), choices, _Option(tuple(x), tuple(y)))


def _pairs(n: int) -> Iterable[tuple[int, int]]:
    return ((a, b) for a in range(n) for b in range(n) if a != b)


def _before(a: Thing, b: Thing, ranks: dict[str, int]) -> bool:
    first, second = ranks.get(a.place or ""), ranks.get(b.place or "")
    return first is not None and second is not None and first < second


def _options(r: Relation) -> list[_Option]:
    if r.kind == "row":
        members = (r.subject, *r.targets)
        steps = tuple(pairwise(members))
        return [_Option(x=steps, same_y=steps)]
    a, b = r.subject, r.targets[0]
    if r.kind == "between":
        c = r.targets[1]
        orders = ((b, a), (a, c)), ((c, a), (a, b))
        level = ((a, b), (a, c))
        return [_Option(x=o, same_y=level) for o in orders] + [_Option(y=o, same_x=level) for o in orders]
    simple = {
        "left_of": [_Option(x=((a, b),))],
        "right_of": [_Option(x=((b, a),))],
        "above": [_Option(y=((a, b),))],
        "below": [_Option(y=((b, a),))],
        "next_to": [_Option(x=((a, b),), same_y=((a, b),)), _Option(x=((b, a),), same_y=((a, b),))],
    }
    return simple[r.kind]


def _search(n: int, choices: Sequence[list[_Option]], chosen: _Option) -> bool:
    if not _acyclic(n, chosen.x, chosen.same_x) or not _acyclic(n, chosen.y, chosen.same_y):
        return False
    if not choices:
        return True
    return any(
        _search(
            n,
            choices[1:],
            _Option(chosen.x + o.x, chosen.y + o.y, chosen.same_x + o.same_x, chosen.same_y + o.same_y),
        )
        for o in choices[0]
    )


def _acyclic(n: int, edges: Sequence[tuple[int, int]], same: Sequence[tuple[int, int]]) -> bool:
    root = list(range(n))

    def find(a: int) -> int:
        while root[a] != a:
            a = root[a]
        return a

    for a, b in same:
        root[find(a)] = find(b)
    following: dict[int, set[int]] = {}
    for a, b in edges:
        following.setdefault(find(a), set()).add(find(b))
    done: set[int] = set()
    path: set[int] = set()

    def visit(a: int) -> bool:
        if a in path:
            return False
        if a in done:
            return True
        path.add(a)
        fine = all(visit(b) for b in following.get(a, ()))
        path.discard(a)
        done.add(a)
        return fine

    return all(visit(a) for a in list(following))
