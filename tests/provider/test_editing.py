"""Changing an image by words: what changes is generated again, and nothing else."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from harness.image import decode
from harness.provider import Job, create
from harness.provider.local.editing import edit_of, scene_of
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from harness.vision import look


@pytest.fixture(scope="module")
def painter():
    provider = create("painter", "painter", {"quality": "draft"}, Path())
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def house(painter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inputs") / "house.png"
    path.write_bytes(generated(painter, "a red house and a green tree on hills").data)
    return path


def generated(painter, prompt: str, image: Path | None = None, seed: int = 3, **more: object):
    given = None
    if image is not None:
        given = InputImage(str(image), hashlib.sha256(image.read_bytes()).hexdigest())
    request = Request(prompt, seed=seed, input_image=given, **more)  # type: ignore[arg-type]
    return painter.generate(Job(Recipe(request, Subject("painter", "painter")), TrialKey("s", "c", seed=seed)))


def seen(data: bytes) -> list[str]:
    return sorted(thing.words() for thing in look(decode(data).pixels).things)


def test_only_the_thing_that_changes_is_generated_anew(painter, house: Path) -> None:
    before = decode(house.read_bytes()).pixels
    done = generated(painter, "the same but with a blue house", house)
    assert done.environment["interpretation"]["guided"] == "generated again: red house → blue house"
    assert {"1 blue house".removeprefix("1 "), "green tree"} <= set(seen(done.data))
    [patch] = edit_of(before, "the same but with a blue house", "", 3).patches
    after = decode(done.data).pixels
    assert np.array_equal(after[~patch.mask], before[~patch.mask])
    assert not np.array_equal(after[patch.mask], before[patch.mask])


def test_the_same_at_night_keeps_the_things(painter, house: Path) -> None:
    done = generated(painter, "the same at night", house)
    view = look(decode(done.data).pixels)
    assert view.ground.time == "night"
    assert {"red house", "green tree"} <= {thing.words() for thing in view.things}
    assert "sun" not in {thing.shape for thing in view.things}


def test_a_thing_can_be_taken_out(painter, house: Path) -> None:
    done = generated(painter, "the same without the tree", house)
    assert "green tree" not in seen(done.data)
    assert "red house" in seen(done.data)


def test_an_edit_repeats_bit_for_bit(painter, house: Path) -> None:
    first, second = (generated(painter, "make the house yellow", house).data for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("a blue circle", "the prompt does not speak of the image"),
        ("the same with three circles", "no place is known for what is added"),
        ("the same", "changes nothing"),
    ],
)
def test_what_cannot_be_reported_is_said(painter, house: Path, prompt: str, problem: str) -> None:
    parsed = generated(painter, prompt, house).environment["interpretation"]["guided"]
    assert problem in parsed
    assert parsed.endswith("strength 0.6")


def test_a_photograph_is_not_guessed_at() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    assert "not clear" in edit_of(noise, "the same at night", "", 0).problem


def test_what_an_image_shows_becomes_a_scene(house: Path) -> None:
    scene = scene_of(look(decode(house.read_bytes()).pixels))
    assert {(thing.shape, thing.color) for thing in scene.things} >= {("house", "red"), ("tree", "green")}
    assert scene.background.kind == "hills"
