"""One random try at placing the things of a scene: sizes, then positions under the scene's constraints.

Coordinates are integers in sixteenths of a native pixel. A try either returns boxes that satisfy every
constraint or raises :class:`Refused`.
"""

from dataclasses import dataclass, field

from harness.painter.rng import Stream
from harness.prompt.scene import SKY, Scene

U = 16
GAP = 2 * U
"""Least clear space between the boxes of two separate things."""

FLOOR = 8 * U
"""No thing is drawn smaller than this."""

DIAMETER = {"small": (13 * U, 15 * U), "medium": (19 * U, 22 * U), "large": (27 * U, 30 * U)}
FREE = {1: (18, 27), 2: (17, 25), 3: (15, 22), 4: (14, 20), 5: (13, 17), 6: (12, 16)}
"""Diameters in pixels for things without a size, by the number of things."""

ASPECT = {"tree": (76, 100), "diamond": (86, 100), "house": (92, 100), "heart": (100, 94)}
"""Width and height of a shape in per cent of its diameter, where they are not both 100."""

ROOM = {
    "circle": (0, 0, 60), "square": (0, 0, 64), "triangle": (0, 40, 40), "star": (0, 6, 38), "heart": (0, -16, 46),
    "diamond": (0, 0, 44), "ring": (0, 0, 46), "cross": (0, 0, 34), "house": (0, 40, 48), "tree": (0, -30, 48),
}  # fmt: skip
"""Where another thing fits inside a shape: its centre in per cent of the half extents, its side in per cent of the width."""


class Refused(Exception):
    """This try failed; its text tells why."""


@dataclass
class Box:
    """One instance of a thing, while it is being placed (``x`` < 0: not yet)."""

    thing: int
    shape: str
    w: int
    h: int
    x: int = -1
    y: int = -1
    layer: int = 0
    inside: int = -1
    row: list[int] = field(default_factory=list)


class Placing:
    """One try; ``strict`` also asks for what is only desirable (level neighbours, houses on the ground)."""

    def __init__(
        self, scene: Scene, random: Stream, frame: tuple[int, int, int, int], horizon: int, percent: int, *, strict: bool
    ) -> None:
        self.scene, self.random, self.frame, self.horizon, self.strict = scene, random, frame, horizon, strict
        self.percent = percent
        self.steps: tuple[str, ...] = ()
        self.boxes: list[Box] = []
        self.of: list[list[int]] = []
        self.outer: dict[int, int] = {r.subject: r.targets[0] for r in scene.relations if r.kind == "inside"}
        self._sizes()
        self._sideways = {n: random.chance(780) for n, r in enumerate(scene.relations) if r.kind == "between"}
        self._flip = [random.chance(500) for _ in scene.relations]

    def _depth(self, thing: int) -> int:
        """Return how many things ``thing`` lies inside."""
        depth = 0
        while thing in self.outer:
            thing = self.outer[thing]
            depth += 1
            if depth > len(self.scene.things):
                raise Refused("things lie inside each other in a circle")
        return depth

    def _sizes(self) -> None:
        """Make the boxes with their extents (things that lie inside others get theirs later)."""
        things = self.scene.things
        free = sum(t.count for n, t in enumerate(things) if t.shape not in SKY and n not in self.outer)
        holds = set(self.outer.values())
        for n, thing in enumerate(things):
            self.of.append([])
            if thing.shape == "stars":
                continue
            if thing.shape in SKY:
                low, high = (14 * U, 17 * U) if thing.shape == "sun" else (13 * U, 16 * U)
            elif n in holds:
                deep = any(self.outer.get(m) == n and m in holds for m in self.outer)
                low, high = (40 * U, 46 * U) if deep else (31 * U, 39 * U)
                if thing.size in ("small", "medium"):
                    self.steps += (f"{thing.size} {thing.shape} made large so that something fits inside",)
            elif thing.size:
                low, high = DIAMETER[thing.size]
            else:
                low, high = (v * U for v in FREE[max(1, min(free, 6))])
            diameter = max(FLOOR, self.random.between(low, high) * self.percent // 100)
            for _ in range(thing.count):
                across, down = ASPECT.get(thing.shape, (100, 100))
                self.of[n].append(len(self.boxes))
                self.boxes.append(
                    Box(n, thing.shape, diameter * across // 100, diameter * down // 100, layer=self._depth(n))
                )

    def place(self) -> list[tuple[int, int, int, int, int, int, int]]:
        """Return (thing, x, y, w, h, layer, index of the box it lies inside or -1) for every instance."""
        order = [n for n in range(len(self.scene.things)) if n not in self.outer]
        self.random.shuffle(order)
        order.sort(key=lambda n: self.scene.things[n].place is None)
        self._rows()
        for n in order:
            for k in self.of[n]:
                if self.boxes[k].x < 0:
                    self._put(k)
        for n in sorted(self.outer, key=self._depth):
            self._nest(n)
        order_all = sorted(range(len(self.boxes)), key=lambda k: self.boxes[k].layer)
        rank = {k: i for i, k in enumerate(order_all)}
        out = []
        for k in order_all:
            b = self.boxes[k]
            out.append((b.thing, b.x, b.y, b.w, b.h, b.layer, rank[b.inside] if b.inside >= 0 else -1))
        return out

    def _rows(self) -> None:
        """Place every row: members level, in order from the left, evenly spaced."""
        for relation in self.scene.relations:
            if relation.kind != "row":
                continue
            members = [k for n in (relation.subject, *relation.targets) if n not in self.outer for k in self.of[n]]
            x0, y0, x1, y1 = self.frame
            widths = sum(self.boxes[k].w for k in members)
            room = x1 - x0 - 2 * U - widths
            most = room // max(1, len(members) - 1)
            if room < 0 or most < GAP:
                raise Refused("the row is wider than the picture")
            gap = self.random.between(GAP, max(GAP, min(most, 8 * U)))
            length = widths + gap * (len(members) - 1)
            tallest = max(self.boxes[k].h for k in members)
            low, high = y0 + U + tallest // 2, y1 - U - tallest // 2
            for n in (relation.subject, *relation.targets):
                low, high = self._narrow(n, low, high, y0, y1, vertical=True)
            left, right = x0 + U, x1 - U - length
            if low > high or left > right:
                raise Refused("the row does not fit")
            x, y = self.random.between(left, right), self.random.between(low, high)
            for k in members:
                box = self.boxes[k]
                box.x, box.y = x + box.w // 2, y
                x += box.w + gap
                if not self._holds(k):
                    raise Refused("a relation of the row does not hold")

    def _narrow(self, thing: int, low: int, high: int, start: int, end: int, *, vertical: bool) -> tuple[int, int]:
        """Return the range of centres along one axis, narrowed to the thing's place."""
        place = self.scene.things[thing].place
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

    def _put(self, k: int) -> None:
        """Place one box at random within its range, or raise Refused."""
        box = self.boxes[k]
        thing = self.scene.things[box.thing]
        x0, y0, x1, y1 = self.frame
        lx, hx = self._narrow(box.thing, x0 + U + box.w // 2, x1 - U - box.w // 2, x0, x1, vertical=False)
        ly, hy = self._narrow(box.thing, y0 + U + box.h // 2, y1 - U - box.h // 2, y0, y1, vertical=True)
        if box.shape in SKY and not thing.place:
            hy = min(hy, y0 + (y1 - y0) * 30 // 100)
        grounded = box.shape in ("house", "tree") and self.scene.background.kind != "plain"
        if grounded and self.strict:
            ly, hy = max(ly, self.horizon + 2 * U - box.h // 2), hy
        for n, relation in enumerate(self.scene.relations):
            lx, hx, ly, hy = self._relate(n, relation.kind, k, lx, hx, ly, hy)
        if lx > hx or ly > hy:
            raise Refused(f"no room for the {box.shape}")
        for _ in range(10):
            box.x, box.y = self.random.between(lx, hx), self.random.between(ly, hy)
            if self._clear(k) and self._holds(k):
                return
        raise Refused(f"no room for the {box.shape}")

    def _relate(self, n: int, kind: str, k: int, lx: int, hx: int, ly: int, hy: int) -> tuple[int, int, int, int]:
        """Narrow the range of box ``k`` by relation ``n`` to the boxes already placed."""
        relation = self.scene.relations[n]
        box = self.boxes[k]
        for other in self.boxes:
            if other.x < 0 or other.thing == box.thing:
                continue
            for side in _sides(relation.subject, relation.targets, kind, box.thing, other.thing, self._flip[n], self._sideways.get(n, True)):
                dx, dy = (box.w + other.w) // 2 + GAP, (box.h + other.h) // 2 + GAP
                if side == "left":
                    hx = min(hx, other.x - dx)
                elif side == "right":
                    lx = max(lx, other.x + dx)
                elif side == "above":
                    hy = min(hy, other.y - dy)
                elif side == "below":
                    ly = max(ly, other.y + dy)
                single = len(self.of[box.thing]) == len(self.of[other.thing]) == 1
                if (self.strict and single) or kind in ("between", "next_to"):
                    slack = max(box.h, other.h) // (2 if kind not in ("between", "next_to") else 5)
                    if side in ("left", "right") and (single or kind == "next_to"):
                        ly, hy = max(ly, other.y - slack), min(hy, other.y + slack)
                    elif side in ("above", "below") and single:
                        lx, hx = max(lx, other.x - slack), min(hx, other.x + slack)
                if kind == "next_to" and single:
                    if side == "left":
                        lx = max(lx, other.x - dx - 3 * U)
                    else:
                        hx = min(hx, other.x + dx + 3 * U)
        return lx, hx, ly, hy

    def _clear(self, k: int) -> bool:
        """Say whether a box keeps its distance from every separate box placed so far."""
        a = self.boxes[k]
        for j, b in enumerate(self.boxes):
            if j == k or b.x < 0 or b.layer:
                continue
            if abs(a.x - b.x) * 2 < a.w + b.w + 2 * GAP and abs(a.y - b.y) * 2 < a.h + b.h + 2 * GAP:
                return False
        return True

    def _holds(self, k: int) -> bool:
        """Say whether the relations of box ``k`` to all boxes placed so far hold, and it does not overlap."""
        a = self.boxes[k]
        x0, y0, x1, y1 = self.frame
        if not (x0 + a.w // 2 < a.x < x1 - a.w // 2 and y0 + a.h // 2 < a.y < y1 - a.h // 2):
            return False
        lx, hx, ly, hy = x0, x1, y0, y1
        for n, relation in enumerate(self.scene.relations):
            if relation.kind in ("left_of", "right_of", "above", "below", "between"):
                lx, hx, ly, hy = self._relate(n, relation.kind, k, lx, hx, ly, hy)
        lx, hx = self._narrow(a.thing, lx, hx, x0, x1, vertical=False)
        return lx <= a.x <= hx and ly <= a.y <= hy and self._clear(k)

    def _nest(self, n: int) -> None:
        """Place the instances of thing ``n`` inside the first instance of the thing that holds it."""
        holders = self.of[self.outer[n]]
        if not holders:
            raise Refused("nothing lies inside the stars")
        members = [k for m in self.outer if self.outer[m] == self.outer[n] for k in self.of[m]]
        holder = self.boxes[holders[0]]
        dx, dy, percent = ROOM.get(holder.shape, (0, 0, 50))
        side = min(holder.w, holder.h) * percent // 100
        across = len(members)
        slot = side if across == 1 else (side * 5 // 4 - (across - 1) * U) // across
        if slot < FLOOR * 7 // 8:
            raise Refused(f"the {holder.shape} is too small for what lies inside")
        for k in self.of[n]:
            box = self.boxes[k]
            position = members.index(k)
            diameter = slot * self.random.between(88, 100) // 100 if across == 1 else slot
            w, h = ASPECT.get(box.shape, (100, 100))
            box.w, box.h = diameter * w // 100, diameter * h // 100
            box.x = holder.x + holder.w * dx // 200 + (2 * position - across + 1) * (slot + U) // 2
            box.y = holder.y + holder.h * dy // 200
            box.inside = holders[0]


_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


def _sides(
    subject: int, targets: tuple[int, ...], kind: str, a: int, b: int, flip: bool, sideways: bool
) -> list[str]:
    """Return on which sides of thing ``b`` thing ``a`` must be by one relation."""
    plain = {"left_of": "left", "right_of": "right", "above": "above", "below": "below"}
    if kind in plain or kind == "next_to":
        side = plain.get(kind) or ("left" if flip else "right")
        if a == subject and b in targets:
            return [side]
        if b == subject and a in targets:
            return [_OPPOSITE[side]]
    if kind == "between" and len(targets) == 2:
        first, second = ("left", "right") if sideways else ("above", "below")
        order = (targets[1], subject, targets[0]) if flip else (targets[0], subject, targets[1])
        if a in order and b in order and a != b:
            return [first if order.index(a) < order.index(b) else second]
    return []
