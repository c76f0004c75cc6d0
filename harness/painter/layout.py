"""Where everything stands: a :class:`Scene` and a seed become a :class:`Layout`.

All coordinates are integers in sixteenths of a native pixel (``UNIT``), x to the right and y down; nothing
here uses floating point, so a layout is the same everywhere.
"""

from dataclasses import dataclass, replace

from harness.painter import palette
from harness.painter.errors import LayoutError
from harness.painter.extent import Refused
from harness.painter.placing import Placing
from harness.painter.rng import Stream
from harness.painter.stars import scatter
from harness.prompt import COLORS, MAX_OBJECTS, SKY, Background, Scene

UNIT = 16
ATTEMPTS = 60
"""Random tries before all sizes are reduced."""

SHRINKS = 14
"""How often sizes may be reduced (each time to 92 %) before a scene is refused."""

Quad = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One generated thing: the ``w`` × ``h`` box centered on (``x``, ``y``).

    ``thing`` is its index in ``Scene.things``; ``under`` the index of the item that it lies inside, or -1;
    ``layer`` how many items it lies inside. Each dot of a group of stars is an item.
    """

    shape: str
    color: str | None
    thing: int
    x: int
    y: int
    w: int
    h: int
    layer: int = 0
    under: int = -1


@dataclass(frozen=True, slots=True)
class Layout:
    """Items in generating order on a native canvas of ``width`` × ``height`` pixels (multiples of 8).

    ``frame`` is the part that will be shown (x0, y0, x1, y1); ``horizon`` the y where the ground of a scenic
    background begins (at the bottom edge for a plain one). ``steps`` list what had to be changed.
    """

    width: int
    height: int
    frame: Quad
    items: tuple[Item, ...]
    background: Background
    style: str
    horizon: int
    steps: tuple[str, ...] = ()

    def unders(self, item: Item) -> tuple[palette.RGB, ...]:
        """Return the colors that an item may lie on."""
        if item.under >= 0:
            below = self.items[item.under]
            return (palette.fill(below.shape, below.color, self.style, self.background),)
        return tuple(dict.fromkeys(palette.background(self.background)))


def arrange(
    scene: Scene, seed: int, width: int = 64, height: int = 64, frame: Quad | None = None, area: Quad | None = None
) -> Layout:
    """Place the things of a scene so that counts, places and relations hold.

    ``width`` and ``height`` are the native canvas in pixels; ``frame`` (default: all of it) is the part that is
    shown and ``area`` (default: the frame) the part that everything must lie in, both (x0, y0, x1, y1) in sixteenths.
    Raises LayoutError if nothing fits.
    """
    frame = frame or (0, 0, width * UNIT, height * UNIT)
    area = area or frame
    total = sum(t.count for t in scene.things if t.shape not in SKY)
    if total > MAX_OBJECTS:
        raise LayoutError(f"{total} objects asked for, at most {MAX_OBJECTS} fit")
    random = Stream(seed, 0x1A)
    scene = _colored(scene, random)
    horizon = height * UNIT
    if scene.background.kind != "plain":
        horizon = frame[1] + (frame[3] - frame[1]) * random.between(52, 66) // 100
    why = "nothing fits"
    percent = 100
    for _ in range(SHRINKS):
        for attempt in range(ATTEMPTS):
            try:
                strict = attempt * 3 < ATTEMPTS * 2
                placing = Placing(scene, random, area, horizon, percent, strict=strict)
                boxes = placing.place()
                scattered = scatter(scene, random, area, horizon, boxes)
            except Refused as refused:
                why = str(refused)
                continue
            # Dots first: they lie behind everything else.
            dots = tuple(Item("stars", None, thing, x, y, size, size) for thing, x, y, size in scattered)
            items = dots + tuple(
                Item(
                    b.shape, scene.things[b.thing].color, b.thing, b.x, b.y, b.w, b.h, b.layer,
                    b.inside + len(dots) if b.inside >= 0 else -1,
                )
                for b in boxes
            )  # fmt: skip
            steps = placing.steps + (
                (f"sizes reduced to {percent} % so that everything fits",) if percent < 100 else ()
            )
            return Layout(width, height, frame, items, scene.background, scene.style, horizon, steps)
        percent = percent * 92 // 100
    raise LayoutError(why)


def _colored(scene: Scene, random: Stream) -> Scene:
    """Return the scene with a random color for every object that has none: one that nothing else has or forbids."""
    taken = {t.color for t in scene.things} | {a.color for a in scene.absent}
    things = []
    for thing in scene.things:
        if thing.shape not in SKY and thing.color is None:
            color = random.choice([c for c in COLORS if c not in taken] or list(COLORS))
            taken.add(color)
            things.append(replace(thing, color=color))
        else:
            things.append(thing)
    return replace(scene, things=tuple(things))
