"""How large things are, and where another thing fits inside them. Lengths are in sixteenths of a native pixel."""

from dataclasses import dataclass

from harness.painter.rng import Stream
from harness.prompt import SKY, Scene

U = 16
LEAST_SIDE = 8 * U
"""No thing is generated smaller than this."""

DIAMETER = {"small": (13 * U, 15 * U), "medium": (19 * U, 22 * U), "large": (27 * U, 30 * U)}
FREE = {1: (18, 27), 2: (17, 25), 3: (15, 22), 4: (14, 20), 5: (13, 17), 6: (12, 16)}
"""Diameters in pixels of things without a size, by the number of things."""

HOLDER = (31 * U, 39 * U)
"""Diameters of a thing that holds another."""

DEEP_HOLDER = (40 * U, 46 * U)
"""Diameters of a thing that holds a thing that holds another."""

HEAVENLY = {"sun": (14 * U, 17 * U), "moon": (13 * U, 16 * U)}
LEAST_HEAVENLY = 13 * U
"""The sun and the moon are never reduced below this: smaller, they look like circles."""

ASPECT = {"tree": (76, 100), "diamond": (86, 100), "house": (92, 100), "heart": (100, 94)}
"""Width and height of a shape in per cent of its diameter, where they are not both 100."""

INNER_BOX = {
    "circle": (0, 0, 60),
    "square": (0, 0, 64),
    "triangle": (0, 40, 40),
    "star": (0, 6, 38),
    "heart": (0, -16, 46),
    "diamond": (0, 0, 44),
    "ring": (0, 0, 46),
    "cross": (0, 0, 34),
    "house": (0, 40, 48),
    "tree": (0, -30, 48),
}
"""Where another thing fits inside a shape: its center in per cent of the half extents, its side of the width."""


class Refused(Exception):
    """This try failed; its text says why."""


@dataclass
class Box:
    """One instance of a thing, while it is being placed (``x`` < 0: not yet); ``inside`` is a box's index or -1."""

    thing: int
    shape: str
    w: int
    h: int
    x: int = -1
    y: int = -1
    layer: int = 0
    inside: int = -1


def extents(shape: str, diameter: int) -> tuple[int, int]:
    """Return width and height of a shape of a given diameter."""
    across, down = ASPECT.get(shape, (100, 100))
    return diameter * across // 100, diameter * down // 100


def holders(scene: Scene) -> dict[int, int]:
    """Return for every thing that lies inside another the index of that other."""
    return {r.subject: r.targets[0] for r in scene.relations if r.kind == "inside"}


def depth(outer: dict[int, int], thing: int) -> int:
    """Return how many things a thing lies inside; raises Refused when they go in a circle."""
    out = 0
    while thing in outer:
        thing = outer[thing]
        out += 1
        if out > len(outer):
            raise Refused("things lie inside each other in a circle")
    return out


def diameter(scene: Scene, index: int, outer: dict[int, int], random: Stream) -> int:
    """Return a random diameter for the things of one group."""
    thing = scene.things[index]
    if thing.shape in HEAVENLY:
        return random.between(*HEAVENLY[thing.shape])
    contained = [m for m, holder in outer.items() if holder == index]
    if contained:
        return random.between(*(DEEP_HOLDER if any(m in outer.values() for m in contained) else HOLDER))
    if thing.size:
        return random.between(*DIAMETER[thing.size])
    free = sum(t.count for n, t in enumerate(scene.things) if t.shape not in SKY and n not in outer)
    low, high = FREE[max(1, min(free, max(FREE)))]
    return random.between(low * U, high * U)


def boxes(scene: Scene, outer: dict[int, int], random: Stream, percent: int) -> list[Box]:
    """Return unplaced boxes for every instance of every thing but stars, at ``percent`` of their size."""
    out = []
    for n, thing in enumerate(scene.things):
        if thing.shape == "stars":
            continue
        floor = LEAST_HEAVENLY if thing.shape in SKY else LEAST_SIDE
        w, h = extents(thing.shape, max(floor, diameter(scene, n, outer, random) * percent // 100))
        out += [Box(n, thing.shape, w, h, layer=depth(outer, n)) for _ in range(thing.count)]
    return out


def adjustments(scene: Scene, outer: dict[int, int]) -> tuple[str, ...]:
    """Return what was changed about sizes that were asked for, because things lie inside things."""
    out = []
    for n, thing in enumerate(scene.things):
        if n in outer.values() and thing.size in ("small", "medium"):
            out.append(f"{thing.size} {thing.shape} made large so that something fits inside")
        elif n in outer and n not in outer.values() and thing.size in ("medium", "large"):
            out.append(f"{thing.size} {thing.shape} made small so that it fits inside")
    return tuple(out)
