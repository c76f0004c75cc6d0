"""One random try at placing the things of a scene under its constraints.

Coordinates are integers in sixteenths of a native pixel. A try either returns boxes that satisfy every
constraint or raises :class:`Refused`.
"""

from dataclasses import replace

from harness.painter.extent import INNER_BOX, LEAST_SIDE, Box, Refused, U, adjustments, boxes, depth, extents, holders
from harness.painter.rng import Stream
from harness.painter.rules import GAP, Choice, Range, narrow, place_range
from harness.prompt import SKY, Scene

TRIES = 10
"""Random positions tried for each box."""

SKY_DEPTH = 30
"""Things of the sky are centered in this upper part of the area, in per cent, unless a place is asked for."""


LOW_SKY = 75
"""The same for those that something else must be above."""


class Placing:
    """One try in an ``area`` (x0, y0, x1, y1), with sizes at ``percent`` of the usual.

    ``strict`` also asks for what is only desirable: neighbors roughly level, houses and trees on the ground.
    """

    def __init__(
        self, scene: Scene, random: Stream, area: tuple[int, int, int, int], horizon: int, percent: int, *, strict: bool
    ) -> None:
        self.scene, self.random, self.area, self.horizon, self.strict = scene, random, area, horizon, strict
        self.outer = holders(scene)
        self.steps = adjustments(scene, self.outer)
        self.boxes = boxes(scene, self.outer, random, percent)
        self.of = [[k for k, b in enumerate(self.boxes) if b.thing == n] for n in range(len(scene.things))]
        self.choices = [Choice(r, random.chance(500), random.chance(780)) for r in scene.relations]

    def place(self) -> list[Box]:
        """Return the boxes of every instance, those that hold others first."""
        order = [n for n in range(len(self.scene.things)) if n not in self.outer]
        self.random.shuffle(order)
        order.sort(key=lambda n: self.scene.things[n].place is None)
        for relation in self.scene.relations:
            if relation.kind == "row":
                self._row([n for n in (relation.subject, *relation.targets) if n not in self.outer])
        for n in order:
            for k in self.of[n]:
                if self.boxes[k].x < 0:
                    self._put(k)
        for n in sorted(self.outer, key=lambda n: depth(self.outer, n)):
            self._place_inside(n)
        ranked = sorted(range(len(self.boxes)), key=lambda k: self.boxes[k].layer)
        rank = {k: i for i, k in enumerate(ranked)}
        return [replace(self.boxes[k], inside=rank.get(self.boxes[k].inside, -1)) for k in ranked]

    def _row(self, things: list[int]) -> None:
        """Place a row: all members level, in order from the left, evenly spaced."""
        members = [self.boxes[k] for n in things for k in self.of[n]]
        x0, y0, x1, y1 = self.area
        widths = sum(b.w for b in members)
        most = (x1 - x0 - 2 * U - widths) // max(1, len(members) - 1)
        if most < GAP:
            raise Refused("the row is wider than the image")
        gap = self.random.between(GAP, max(GAP, min(most, 8 * U)))
        length = widths + gap * (len(members) - 1)
        tallest = max((b.h for b in members), default=0)
        low, high = y0 + U + tallest // 2, y1 - U - tallest // 2
        left, right = x0 + U, x1 - U - length
        for n in things:
            place = self.scene.things[n].place
            low, high = place_range(place, low, high, y0, y1, vertical=True)
            middle = place_range(place, left + length // 2, right + length // 2, x0, x1, vertical=False)
            left, right = middle[0] - length // 2, middle[1] - length // 2
        if low > high or left > right:
            raise Refused("the row does not fit")
        x, y = self.random.between(left, right), self.random.between(low, high)
        for box in members:
            box.x, box.y = x + box.w // 2, y
            x += box.w + gap
            if not (self._clear(box) and self._related(box, sided=True)):
                raise Refused("a relation of the row does not hold")

    def _put(self, k: int) -> None:
        """Place one box at random within its range, or raise Refused."""
        box = self.boxes[k]
        span = self._span(box)
        if box.shape in ("house", "tree") and self.scene.background.kind != "plain" and self.strict:
            span.top = max(span.top, self.horizon + 2 * U - box.h // 2)
        self._relate(span, box, sided=False)
        if span.empty():
            raise Refused(f"no room for the {box.shape}")
        for _ in range(TRIES):
            box.x, box.y = self.random.between(span.left, span.right), self.random.between(span.top, span.bottom)
            if self._clear(box):
                return
        raise Refused(f"no room for the {box.shape}")

    def _span(self, box: Box) -> Range:
        """Return where a box may be by itself: in the area, and at its place."""
        place = self.scene.things[box.thing].place
        x0, y0, x1, y1 = self.area
        left, right = place_range(place, x0 + U + box.w // 2, x1 - U - box.w // 2, x0, x1, vertical=False)
        top, bottom = place_range(place, y0 + U + box.h // 2, y1 - U - box.h // 2, y0, y1, vertical=True)
        if box.shape in SKY and not place:
            others = range(len(self.scene.things))
            under = any(choice.side(box.thing, n) == "below" for choice in self.choices for n in others)
            bottom = min(bottom, y0 + (y1 - y0) * (LOW_SKY if under else SKY_DEPTH) // 100)
        return Range(left, right, top, bottom)

    def _relate(self, span: Range, box: Box, *, sided: bool) -> None:
        """Narrow the range of a box by its relations to all placed boxes; ``sided``: without those of nearness."""
        for choice in self.choices:
            if sided and choice.relation.kind == "next_to":
                continue
            for other in self.boxes:
                if other.x >= 0 and other.thing != box.thing:
                    single = len(self.of[box.thing]) == len(self.of[other.thing]) == 1
                    here = choice
                    settled = self._settled(choice, box, other)
                    if settled is not None:
                        here, single = settled, True
                    narrow(span, here, box, other, single=single, strict=self.strict and not sided)

    def _settled(self, choice: Choice, box: Box, other: Box) -> Choice | None:
        """Return on which sides two things stand that shall be next to one other thing, or to two; else None.

        They flank the one; with two others they form a square in which equal things are opposite.
        """
        subject, members = choice.relation.subject, self.of[choice.relation.subject]
        beside = [c.relation for c in self.choices if c.relation.kind == "next_to" and c.relation.subject == subject]
        if choice.relation not in beside or len(members) != 2 or len(beside) > 2:
            return None
        if any(len(r.targets) != 1 or len(self.of[r.targets[0]]) != 1 for r in beside):
            return None
        second = self.boxes[members[1]] is box or self.boxes[members[1]] is other
        if len(beside) == 1:
            return replace(choice, flip=choice.flip != second)
        first = choice.relation == beside[0]
        # Things of the sky stand in the upper half of the square.
        turned = self.scene.things[beside[1].targets[0]].shape in SKY
        across = first != second
        return replace(choice, across=across, flip=second if across else second != turned)

    def _related(self, box: Box, *, sided: bool) -> bool:
        x0, y0, x1, y1 = self.area
        span = Range(x0, x1, y0, y1)
        self._relate(span, box, sided=sided)
        return span.holds(box.x, box.y)

    def _clear(self, box: Box) -> bool:
        """Say whether a box keeps its distance from every separate box placed so far."""
        return all(
            b is box
            or b.x < 0
            or b.layer > 0
            or abs(box.x - b.x) * 2 >= box.w + b.w + 2 * GAP
            or abs(box.y - b.y) * 2 >= box.h + b.h + 2 * GAP
            for b in self.boxes
        )

    def _place_inside(self, n: int) -> None:
        """Place the instances of thing ``n`` inside the first instance of the thing that holds it."""
        candidates = self.of[self.outer[n]]
        if not candidates:
            raise Refused("a thing cannot be placed inside stars")
        holder = self.boxes[candidates[0]]
        members = [k for m in self.outer if self.outer[m] == self.outer[n] for k in self.of[m]]
        dx, dy, percent = INNER_BOX.get(holder.shape, (0, 0, 50))
        side = min(holder.w, holder.h) * percent // 100
        across = len(members)
        # Several share the width, and may reach a little beyond the greatest square.
        slot = side if across == 1 else (side * 5 // 4 - (across - 1) * U) // across
        if slot < LEAST_SIDE * 7 // 8:
            raise Refused(f"the {holder.shape} is too small for what lies inside")
        for k in self.of[n]:
            box = self.boxes[k]
            box.w, box.h = extents(box.shape, slot * self.random.between(88, 100) // 100 if across == 1 else slot)
            box.x = holder.x + holder.w * dx // 200 + (2 * members.index(k) - across + 1) * (slot + U) // 2
            box.y = holder.y + holder.h * dy // 200
            box.inside = candidates[0]
            if not self._related(box, sided=True):
                raise Refused(f"a relation of the {box.shape} does not hold where it lies")
