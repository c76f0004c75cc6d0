"""Scattering the dots of a group of stars over the sky. Lengths are in sixteenths of a native pixel."""

from collections.abc import Sequence

from harness.painter.extent import Box, Refused, U
from harness.painter.rng import Stream
from harness.prompt import Scene

STARS = (8, 12)
"""How many dots a group of stars has, at least and at most, where there is room."""

FEWEST_STARS = 4
"""Fewer are not seen as a group."""

BOX_CLEARANCE = 3 * U
"""Least distance between a dot's box and any other box, twice over."""

LEAST_DISTANCE = 6 * U
"""Least distance of two dots, along x and y together."""


def scatter(
    scene: Scene,
    random: Stream,
    area: tuple[int, int, int, int],
    horizon: int,
    boxes: Sequence[Box],
) -> list[tuple[int, int, int, int]]:
    """Return (thing, x, y, diameter) of the dots, clear of every box and of each other.

    Raises Refused when there is no room for FEWEST_STARS.
    """
    out: list[tuple[int, int, int, int]] = []
    x0, y0, x1, y1 = area
    bottom = min(horizon - 3 * U, y0 + (y1 - y0) * 62 // 100)
    for index, thing in enumerate(scene.things):
        if thing.shape != "stars":
            continue
        left, right = x0 + 2 * U, x1 - 2 * U
        place = thing.place or ""
        if "left" in place:
            right = x0 + (x1 - x0) * 45 // 100
        elif "right" in place:
            left = x0 + (x1 - x0) * 55 // 100
        count = random.between(*STARS)
        for _ in range(count * 12):
            size = random.between(40, 56)
            x, y = random.between(left, right), random.between(y0 + 2 * U, bottom)
            clear = all(
                abs(x - b.x) * 2 > b.w + size + BOX_CLEARANCE or abs(y - b.y) * 2 > b.h + size + BOX_CLEARANCE
                for b in boxes
            )
            if clear and all(abs(x - ox) + abs(y - oy) > LEAST_DISTANCE for _, ox, oy, _ in out):
                out.append((index, x, y, size))
            if len(out) == count:
                break
        if len(out) < FEWEST_STARS:
            raise Refused("no room left for the stars")
    return out
