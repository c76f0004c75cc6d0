"""Can the relations and places of a scene hold together?

Each axis is a graph: an edge a → b says that a lies before b (further left, higher up); things that must be level are
one node. Places order things too: what is on the left comes before what is on the right. ``next_to`` and ``between``
leave a choice of side or axis; every combination is tried until one has no cycle.
"""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from harness.prompt.scene import Relation, Thing

_X = {"left": 0, "top-left": 0, "bottom-left": 0, "center": 1, "right": 2, "top-right": 2, "bottom-right": 2}
_Y = {"top": 0, "top-left": 0, "top-right": 0, "center": 1, "bottom": 2, "bottom-left": 2, "bottom-right": 2}


_Pairs = tuple[tuple[int, int], ...]
_Option = tuple[_Pairs, _Pairs, _Pairs, _Pairs]
"""One way to meet a relation: edges along x and y, and pairs that are level along x and along y."""


def consistent(things: Sequence[Thing], relations: Sequence[Relation]) -> bool:
    """Return whether some arrangement meets all relations (but ``inside``) and places. Needs valid indices."""
    pairs = [(a, b) for a in range(len(things)) for b in range(len(things))]
    x = tuple((a, b) for a, b in pairs if _before(things[a], things[b], _X))
    y = tuple((a, b) for a, b in pairs if _before(things[a], things[b], _Y))
    choices = sorted((_options(r) for r in relations if r.kind != "inside"), key=len)
    return _search(len(things), choices, (x, y, (), ()))


def _before(a: Thing, b: Thing, ranks: dict[str, int]) -> bool:
    first, second = ranks.get(a.place or ""), ranks.get(b.place or "")
    return first is not None and second is not None and first < second


def _options(r: Relation) -> list[_Option]:
    if r.kind == "row":
        members = (r.subject, *r.targets)
        steps = tuple(pairwise(members))
        return [(steps, (), (), steps)]
    a, b = r.subject, r.targets[0]
    there, back = ((a, b),), ((b, a),)
    if r.kind == "between":
        c = r.targets[1]
        orders = ((b, a), (a, c)), ((c, a), (a, b))
        level = ((a, b), (a, c))
        return [option for o in orders for option in ((o, (), (), level), ((), o, level, ()))]
    simple: dict[str, list[_Option]] = {
        "left_of": [(there, (), (), ())],
        "right_of": [(back, (), (), ())],
        "above": [((), there, (), ())],
        "below": [((), back, (), ())],
        "next_to": [(there, (), (), there), (back, (), (), there)],
    }
    return simple[r.kind]


def _search(n: int, choices: Sequence[list[_Option]], chosen: _Option) -> bool:
    if not acyclic(n, chosen[0], chosen[2]) or not acyclic(n, chosen[1], chosen[3]):
        return False
    x, y, same_x, same_y = chosen
    return not choices or any(
        _search(n, choices[1:], (x + o[0], y + o[1], same_x + o[2], same_y + o[3])) for o in choices[0]
    )


def acyclic(n: int, edges: Iterable[tuple[int, int]], same: Iterable[tuple[int, int]] = ()) -> bool:
    """Return whether no node comes before itself; ``same`` are pairs that are one node."""
    root = list(range(n))

    def find(a: int) -> int:
        while root[a] != a:
            a = root[a]
        return a

    for a, b in same:
        root[find(a)] = find(b)
    graph: TopologicalSorter[int] = TopologicalSorter()
    for a, b in edges:
        graph.add(find(b), find(a))
    try:
        graph.prepare()
    except CycleError:
        return False
    return True
