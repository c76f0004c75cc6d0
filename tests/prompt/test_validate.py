"""The rules of a scene."""

from dataclasses import replace

import pytest

from harness.prompt import InvalidSceneError, PromptContradictionError, PromptError, TooManyThingsError, validate
from harness.prompt.scene import Absence, Background, Relation, Scene, Thing

A, B, C = Thing("circle", "red"), Thing("square", "blue"), Thing("star", "yellow")
MOON, STARS = Thing("moon"), Thing("stars")


def scene(*things: Thing, relations: tuple[Relation, ...] = (), **fields: object) -> Scene:
    return replace(Scene(things, relations), **fields)


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (scene(Thing("fox", "red")), "things[0].shape"),
        (scene(A, Thing("circle", "gray")), "things[1].color"),
        (scene(Thing("circle")), "things[0].color"),
        (scene(Thing("circle", "red", "huge")), "things[0].size"),
        (scene(Thing("circle", "red", None, 0)), "things[0].count"),
        (scene(Thing("circle", "red", None, 1, "middle")), "things[0].place"),
        (scene(Thing("moon", "red")), "things[0]"),
        (scene(MOON, MOON), "things"),
        (scene(A, B, relations=(Relation("near", 0, (1,)),)), "relations[0].kind"),
        (scene(A, B, relations=(Relation("left_of", 0, (2,)),)), "relations[0]"),
        (scene(A, B, relations=(Relation("left_of", 0, (0,)),)), "relations[0]"),
        (scene(A, B, relations=(Relation("left_of", 0),)), "relations[0].targets"),
        (scene(A, B, C, relations=(Relation("between", 0, (1,)),)), "relations[0].targets"),
        (scene(A, relations=(Relation("row", 0),)), "relations[0]"),
        (scene(A, STARS, relations=(Relation("below", 0, (1,)),)), "relations[0]"),
        (scene(A, MOON, relations=(Relation("inside", 0, (1,)),)), "relations[0]"),
        (scene(A, B, relations=(Relation("above", 0, (1,)),) * 2), "relations"),
        (
            scene(A, B, C, relations=(Relation("inside", 0, (1,)), Relation("inside", 0, (2,)))),
            "relations[1]",
        ),
        (
            scene(A, B, C, relations=(Relation("inside", 0, (1,)), Relation("left_of", 0, (2,)))),
            "relations[1]",
        ),
        (scene(A, B, C, relations=(Relation("row", 0, (1,)), Relation("row", 1, (2,)))), "relations[1]"),
        (scene(replace(A, place="left"), B, relations=(Relation("inside", 0, (1,)),)), "things[0].place"),
        (scene(A, background=Background("desert")), "background.kind"),
        (scene(A, background=Background("plain", "red")), "background.color"),
        (scene(A, background=Background("plain", "white", "day")), "background.time"),
        (scene(A, background=Background("sea", None, None)), "background.time"),
        (scene(A, background=Background("sea", "blue", "day")), "background.color"),
        (scene(A, style="crayon"), "style"),
        (scene(A, absent=(Absence(),)), "absent[0]"),
        (scene(A, absent=(Absence("sun", "red"),)), "absent[0]"),
        (scene(A, absent=(Absence("fox"),)), "absent[0].shape"),
        (scene(A, absent=(Absence("ring"), Absence("ring"))), "absent"),
    ],
)
def test_a_broken_rule_is_named(bad: Scene, where: str) -> None:
    with pytest.raises(InvalidSceneError) as caught:
        validate(bad)
    assert caught.value.where == where


@pytest.mark.parametrize(
    "bad",
    [
        scene(A, absent=(Absence("circle"),)),
        scene(A, absent=(Absence(None, "red"),)),
        scene(A, absent=(Absence("circle", "red"),)),
        scene(Thing("sun"), absent=(Absence(None, "yellow"),)),
        scene(A, absent=(Absence(None, "white"),)),
        scene(A, background=Background("hills", None, "day"), absent=(Absence(None, "green"),)),
        scene(A, B, relations=(Relation("left_of", 0, (1,)), Relation("left_of", 1, (0,)))),
        scene(A, B, relations=(Relation("left_of", 0, (1,)), Relation("right_of", 0, (1,)))),
        scene(A, B, relations=(Relation("inside", 0, (1,)), Relation("inside", 1, (0,)))),
        scene(A, B, relations=(Relation("row", 0, (1,)), Relation("above", 0, (1,)))),
        scene(A, B, relations=(Relation("row", 0, (1,)), Relation("left_of", 1, (0,)))),
        scene(replace(A, place="left"), replace(B, place="right"), relations=(Relation("left_of", 1, (0,)),)),
        scene(replace(A, place="top"), replace(B, place="bottom"), relations=(Relation("above", 1, (0,)),)),
    ],
)
def test_what_cannot_be_met_is_a_contradiction(bad: Scene) -> None:
    with pytest.raises(PromptContradictionError):
        validate(bad)


@pytest.mark.parametrize(
    "good",
    [
        Scene(),
        scene(A, absent=(Absence("circle", "blue"), Absence("square", "red"))),
        scene(A, background=Background("hills", None, "day"), absent=(Absence(None, "red"),)[:0]),
        scene(A, B, relations=(Relation("left_of", 0, (1,)), Relation("above", 0, (1,)))),
        scene(A, B, C, relations=(Relation("between", 1, (0, 2)), Relation("above", 0, (1,)))),
        scene(A, B, C, relations=(Relation("inside", 0, (1,)), Relation("left_of", 1, (2,)))),
        scene(replace(A, count=3), relations=(Relation("row", 0),)),
        scene(MOON, STARS, A, relations=(Relation("below", 2, (0,)),)),
    ],
)
def test_what_can_be_met_is_returned(good: Scene) -> None:
    assert validate(good) is good


def test_bounds() -> None:
    validate(scene(replace(A, count=6), MOON, STARS))
    with pytest.raises(TooManyThingsError) as caught:
        validate(scene(replace(A, count=6), B))
    assert (caught.value.count, caught.value.limit, caught.value.what) == (7, 6, "things")


def test_many_relations_are_bounded_and_quick() -> None:
    things = tuple(Thing("circle", "red") for _ in range(6))
    pairs = [(a, b) for a in range(6) for b in range(6) if a != b]
    relations = tuple(Relation("next_to", a, (b,)) for a, b in pairs[:13])
    with pytest.raises(TooManyThingsError):
        validate(scene(*things, relations=relations))
    tangled = tuple(Relation("between", a, (b, (a + b + 1) % 6)) for a, b in pairs if (a + b + 1) % 6 not in (a, b))
    with pytest.raises(PromptError):
        validate(scene(*things, relations=tangled[:12]))
