"""Layouts: what a scene asks of positions holds for every seed, and what cannot hold is refused."""

import itertools

import pytest

from harness.painter import LayoutError, arrange
from harness.painter.layout import UNIT, Item, Layout
from harness.prompt.scene import COLORS, PLACES, SHAPES, Absence, Background, Relation, Scene, Thing

SEEDS = range(12)


def things(layout: Layout, index: int) -> list[Item]:
    return [i for i in layout.items if i.thing == index]


def apart(a: Item, b: Item) -> bool:
    return abs(a.x - b.x) * 2 >= a.w + b.w or abs(a.y - b.y) * 2 >= a.h + b.h


@pytest.mark.parametrize("count", range(1, 7))
def test_counts_hold_and_nothing_overlaps(count: int) -> None:
    scene = Scene((Thing("circle", "red", None, count), Thing("sun")))
    for seed in SEEDS:
        items = arrange(scene, seed).items
        assert sum(i.shape == "circle" for i in items) == count
        assert all(apart(a, b) for a, b in itertools.combinations(items, 2))
        assert all(i.w // 2 < i.x < 64 * UNIT - i.w // 2 for i in items)


@pytest.mark.parametrize(
    ("kind", "axis", "sign"), [("left_of", "x", -1), ("right_of", "x", 1), ("above", "y", -1), ("below", "y", 1)]
)
@pytest.mark.parametrize("count", [1, 2])
def test_sides_hold_between_all_members(kind: str, axis: str, sign: int, count: int) -> None:
    scene = Scene((Thing("star", "red", None, count), Thing("house", "blue", "medium", 2)), (Relation(kind, 0, (1,)),))
    extent = "w" if axis == "x" else "h"
    for seed in SEEDS:
        layout = arrange(scene, seed)
        for a, b in itertools.product(things(layout, 0), things(layout, 1)):
            gap = (getattr(a, axis) - getattr(b, axis)) * sign
            assert gap * 2 >= getattr(a, extent) + getattr(b, extent)


def test_between_row_next_and_inside() -> None:
    triple = (Thing("star", "red"), Thing("house", "blue"), Thing("tree", "green"))
    for seed in SEEDS:
        layout = arrange(Scene(triple, (Relation("between", 0, (1, 2)),)), seed)
        s, a, b = (things(layout, n)[0] for n in range(3))
        assert min(a.x, b.x) < s.x < max(a.x, b.x) or min(a.y, b.y) < s.y < max(a.y, b.y)
        row = arrange(Scene(triple, (Relation("row", 0, (1, 2)),)), seed)
        x = [things(row, n)[0].x for n in range(3)]
        assert x == sorted(x)
        assert len({things(row, n)[0].y for n in range(3)}) == 1
        near = arrange(Scene(triple[:2], (Relation("next_to", 0, (1,)),)), seed)
        s, a = things(near, 0)[0], things(near, 1)[0]
        assert abs(s.x - a.x) - (s.w + a.w) // 2 <= 6 * UNIT
        assert abs(s.y - a.y) - (s.h + a.h) // 2 <= 6 * UNIT


@pytest.mark.parametrize("outer", SHAPES)
def test_a_nested_thing_is_within_and_smaller(outer: str) -> None:
    scene = Scene((Thing("star", "red"), Thing(outer, "blue")), (Relation("inside", 0, (1,)),))
    for seed in SEEDS:
        layout = arrange(scene, seed)
        inner, holder = things(layout, 0)[0], things(layout, 1)[0]
        assert layout.items[inner.under] == holder
        assert inner.layer == 1
        assert inner.w * 3 < holder.w * 2
        assert abs(inner.x - holder.x) * 2 + inner.w < holder.w
        assert abs(inner.y - holder.y) * 2 + inner.h < holder.h


@pytest.mark.parametrize("place", PLACES)
def test_places_hold(place: str) -> None:
    for seed in SEEDS:
        item = arrange(Scene((Thing("circle", "red", None, 1, place),)), seed).items[0]
        third = 64 * UNIT // 3
        if "left" in place:
            assert item.x < 64 * UNIT * 45 // 100
        if "right" in place:
            assert item.x > 64 * UNIT * 55 // 100
        if "top" in place:
            assert item.y < 64 * UNIT * 45 // 100
        if "bottom" in place:
            assert item.y > 64 * UNIT * 55 // 100
        if place == "center":
            assert third < item.x < 2 * third
            assert third < item.y < 2 * third


def test_one_thing_has_three_neighbors() -> None:
    scene = Scene(
        (Thing("heart", "blue", "large"), Thing("diamond", "black"), Thing("tree", "purple"), Thing("sun")),
        tuple(Relation("next_to", 0, (n,)) for n in (1, 2, 3)),
    )
    for seed in SEEDS:
        layout = arrange(scene, seed)
        assert len(layout.items) == 4
        assert things(layout, 3)[0].w >= 13 * UNIT


def test_two_things_next_to_one_stand_on_both_sides() -> None:
    scene = Scene((Thing("circle", "red", None, 2), Thing("diamond", "black")), (Relation("next_to", 0, (1,)),))
    for seed in SEEDS:
        layout = arrange(scene, seed)
        a, b = things(layout, 0)
        middle = things(layout, 1)[0]
        assert min(a.x, b.x) < middle.x < max(a.x, b.x) or min(a.y, b.y) < middle.y < max(a.y, b.y)
        for one in (a, b):
            assert abs(one.x - middle.x) - (one.w + middle.w) // 2 <= 6 * UNIT


def test_houses_stand_on_the_ground_and_the_sun_above() -> None:
    scene = Scene((Thing("house", "red"), Thing("sun")), (), Background("hills", None, "day"))
    for seed in SEEDS:
        layout = arrange(scene, seed)
        assert things(layout, 0)[0].y + things(layout, 0)[0].h // 2 >= layout.horizon
        assert things(layout, 1)[0].y < 64 * UNIT // 3


def test_seeds_move_things_and_a_seed_repeats() -> None:
    scene = Scene((Thing("circle", "red"),))
    assert arrange(scene, 1) == arrange(scene, 1)
    assert len({arrange(scene, seed).items[0].x for seed in range(20)}) > 10


def test_too_many_large_things_are_reduced_with_a_step() -> None:
    layout = arrange(Scene((Thing("square", "red", "large", 6),)), 0)
    assert len(layout.items) == 6
    assert any("reduced" in step for step in layout.steps)


def test_a_missing_color_is_chosen_from_what_is_not_forbidden() -> None:
    absent = tuple(Absence(color=c) for c in COLORS[:9])
    assert arrange(Scene((Thing("circle"),), absent=absent), 3).items[0].color == COLORS[9]


@pytest.mark.parametrize(
    "scene",
    [
        Scene((Thing("circle", "red", None, 7),)),
        Scene(
            (Thing("circle", "red"), Thing("square", "blue")),
            (Relation("left_of", 0, (1,)), Relation("right_of", 0, (1,))),
        ),
        Scene(
            (Thing("circle", "red"), Thing("square", "blue")),
            (Relation("inside", 0, (1,)), Relation("inside", 1, (0,))),
        ),
    ],
    ids=["seven", "contradiction", "circular"],
)
def test_what_cannot_be_laid_out_is_refused(scene: Scene) -> None:
    with pytest.raises(LayoutError) as fault:
        arrange(scene, 0)
    assert fault.value.why
    assert fault.value.hint


def test_a_narrow_frame_holds_everything() -> None:
    scene = Scene((Thing("circle", "red", "small", 2), Thing("stars")))
    frame = (0, 7 * UNIT, 64 * UNIT, 25 * UNIT)
    for seed in SEEDS:
        for item in arrange(scene, seed, 64, 32, frame).items:
            assert frame[1] <= item.y - item.h // 2 <= item.y + item.h // 2 <= frame[3]
