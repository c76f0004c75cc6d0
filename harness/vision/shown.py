"""The scene that a view shows: groups of equal things, and how neighbors stand to each other."""

from collections import Counter
from itertools import pairwise

from harness.prompt import Background, Relation, Scene, Thing
from harness.vision.relations import judge
from harness.vision.shapes_grammar import Target
from harness.vision.view import Seen, View
from harness.vocabulary import CheckOutcome

_KINDS = ("inside", "left_of", "right_of", "above", "below")


def scene_shown(view: View) -> Scene:
    """Return the scene of a view: equal things are one group; of single things each next one has its relation."""
    counts = Counter(_thing(seen) for seen in view.things)
    groups = list(counts)
    single = [seen for seen in view.things if counts[_thing(seen)] == 1 and seen.color]
    related = ((kind, a, b) for a, b in pairwise(single) for kind in [_relation(a, b)] if kind)
    relations = tuple(Relation(kind, groups.index(_thing(a)), (groups.index(_thing(b)),)) for kind, a, b in related)
    things = tuple(Thing(one.shape, one.color, one.size, counts[one]) for one in groups)
    ground = view.ground
    return Scene(things, relations, Background(ground.kind, ground.color, ground.time))


def _thing(seen: Seen) -> Thing:
    return Thing(seen.shape, seen.color, seen.size if seen.color else None)


def _relation(a: Seen, b: Seen) -> str:
    held = (k for k in _KINDS if judge(k, (Target(), Target()), (([a], ()), ([b], ())))[0] is CheckOutcome.PASS)
    return next(held, "")
