"""Laws: any text gives a scene or a PromptError; a described scene reads back to itself; records round-trip."""

import json
from dataclasses import asdict, fields, replace

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.prompt import PromptError, describe, interpret, scene_schema, validate
from harness.prompt.errors import InvalidSceneError
from harness.prompt.phrasebook import phrase_table
from harness.prompt.scene import (
    COLORS,
    PLACES,
    PLAIN,
    RELATIONS,
    SCENIC,
    SHAPES,
    SIZES,
    SKY,
    STYLES,
    TIMES,
    Absence,
    Background,
    Relation,
    Scene,
    Thing,
)
from harness.records import from_json, to_json
from tests.prompt.wordings import paraphrase

WORDS = sorted(" ".join(words) for words in phrase_table()[0])
COMMON = [
    "a", "the", "and", "or", ",", ".", ":", "red", "blue", "circle", "square", "circles", "star", "stars", "two",
    "three", "no", "not", "if it is night", "otherwise", "it", "they", "is", "left of", "above", "between", "inside",
    "with", "in a row", "the second one", "but", "the same", "make", "except", "all", "both", "unless", "i mean",
    "scratch that", "one", "the others", "on", "in", "at the top", "remove", "cat", "house", "background", "replace",
]  # fmt: skip


def _valid(scene: Scene) -> bool:
    try:
        validate(scene)
    except PromptError:
        return False
    return True


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Valid scenes of every kind: what would break a rule is left out while the scene grows."""
    grounds = [Background("plain", color) for color in PLAIN]
    grounds += [Background(kind, None, time) for kind in SCENIC for time in TIMES]
    scene = Scene(background=draw(st.sampled_from(grounds)), style=draw(st.sampled_from(STYLES)))
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.sampled_from([None, None, *PLACES]))
        shape = draw(st.sampled_from([*SHAPES, *SHAPES, *SKY]))
        thing = Thing(shape, place=place)
        if shape not in SKY:
            size = draw(st.sampled_from([None, *SIZES]))
            thing = Thing(shape, draw(st.sampled_from(COLORS)), size, draw(st.sampled_from([1, 1, 2, 3])), place)
        scene = _grown(scene, things=(*scene.things, thing))
    for _ in range(draw(st.integers(0, 3)) if len(scene.things) else 0):
        kind = draw(st.sampled_from(RELATIONS))
        needed = {"between": 3, "row": draw(st.integers(1, 4))}.get(kind, 2)
        members = draw(st.permutations(range(len(scene.things))))[:needed]
        scene = _grown(scene, relations=(*scene.relations, Relation(kind, members[0], tuple(members[1:]))))
    for _ in range(draw(st.integers(0, 3))):
        shape, color = draw(st.sampled_from([None, *SHAPES, *SKY])), draw(st.sampled_from([None, *COLORS]))
        scene = _grown(scene, absent=(*scene.absent, Absence(shape, color)))
    if draw(st.integers(0, 7)) == 0:
        for shape in (*SHAPES, *SKY):
            scene = _grown(scene, absent=(*scene.absent, Absence(shape)))
    return scene


def _grown(scene: Scene, **more: object) -> Scene:
    grown = replace(scene, **more)
    return grown if _valid(grown) else scene


def core(scene: Scene) -> Scene:
    return replace(scene, steps=(), unknown=())


@settings(max_examples=150, deadline=None)
@given(scenes(), st.one_of(st.just(0), st.integers(0, 10**6)))
def test_a_described_scene_reads_back(scene: Scene, wording: int) -> None:
    text = paraphrase(scene, wording)
    assert "\n" not in text
    read = interpret(text, seed=wording)
    assert core(read) == scene, text
    assert read.unknown == (), text


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_scenes_round_trip_through_json_and_fit_the_schema(scene: Scene) -> None:
    read = interpret(describe(scene))
    data = json.loads(json.dumps(to_json(read)))
    assert from_json(Scene, data) == read
    jsonschema.validate(_strict(scene), scene_schema())


def _strict(scene: Scene) -> object:
    """The JSON form with every property given, without steps: what a chat model is asked for."""
    data = asdict(scene)
    del data["steps"]
    return json.loads(json.dumps(data))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(COMMON), st.sampled_from(WORDS)), min_size=1, max_size=25).map(" ".join),
    st.sampled_from(["", "green, cats and stars", "no red circles"]),
    st.one_of(st.none(), scenes()),
    st.integers(-5, 2**64),
)
@example("circles stars", "", None, 0)
def test_any_words_give_a_scene_or_a_fault(prompt: str, negative: str, base: Scene | None, seed: int) -> None:
    try:
        scene = interpret(prompt, negative_prompt=negative, seed=seed, base=base)
    except InvalidSceneError:
        raise
    except PromptError:
        return
    assert scene == interpret(prompt, negative_prompt=negative, seed=seed, base=base)
    assert scene.steps
    assert core(interpret(describe(scene))) == core(scene)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_scene_or_a_fault(prompt: str) -> None:
    try:
        assert interpret(prompt).steps
    except InvalidSceneError:
        raise
    except PromptError:
        pass


def test_wordings_differ() -> None:
    scene = interpret("two small red circles to the left of a large blue square at the sea at night, no green")
    reported = {paraphrase(scene, wording) for wording in range(30)}
    assert len(reported) == 30
    assert describe(scene) == paraphrase(scene, 0)
    assert describe(scene) == "Two small red circles to the left of a large blue square; the moon; stars. " + (
        "The sea at night. No green."
    )


def test_the_schema_speaks_the_whole_vocabulary() -> None:
    properties = scene_schema()["properties"]
    thing = properties["things"]["items"]["properties"]
    assert thing["shape"]["enum"] == [*SHAPES, *SKY]
    assert thing["color"]["enum"] == [*COLORS, None]
    assert thing["size"]["enum"] == [*SIZES, None]
    assert thing["place"]["enum"] == [*PLACES, None]
    assert properties["relations"]["items"]["properties"]["kind"]["enum"] == list(RELATIONS)
    assert properties["style"]["enum"] == list(STYLES)
    assert set(properties) == {field.name for field in fields(Scene)} - {"steps"}
    parts: list[tuple[type, dict[str, object]]] = [
        (Thing, thing),
        (Relation, properties["relations"]["items"]["properties"]),
        (Background, properties["background"]["properties"]),
        (Absence, properties["absent"]["items"]["properties"]),
    ]
    for record, part in parts:
        assert set(part) == {field.name for field in fields(record)}


def test_a_scene_outside_the_schema_is_refused() -> None:
    data = _strict(interpret("a red circle"))
    assert isinstance(data, dict)
    data["things"][0]["shape"] = "fox"
    with pytest.raises(jsonschema.ValidationError, match="fox"):
        jsonschema.validate(data, scene_schema())
