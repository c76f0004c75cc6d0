"""What is seen: in generations of the tests' own, and in true renders of the painter's scenes."""

import json
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from harness.painter import palette
from harness.prompt.scene import COLORS, PLAIN, SCENIC, SHAPES, TIMES, Background
from harness.vision import View, look
from harness.vision.colors import name_plain, name_thing

Pixels = NDArray[np.uint8]
Draw = Callable[..., Pixels]


def names(pixels: Pixels) -> list[tuple[str, str | None]]:
    return sorted((t.shape, t.color or "") for t in look(pixels).things)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_every_size(shape: str, draw: Draw) -> None:
    things = [(shape, "red", 0.16, 0.2, 0.12), (shape, "blue", 0.7, 0.3, 0.2), (shape, "green", 0.3, 0.72, 0.16)]
    view = look(draw(things))
    assert sorted((t.shape, t.color) for t in view.things) == sorted((shape, c) for _, c, *_ in things)
    assert all(t.clear for t in view.things)
    assert view.ground.words() == "plain white"


@pytest.mark.parametrize("color", COLORS)
def test_every_color(color: str, draw: Draw) -> None:
    ground = (206, 206, 210)
    assert names(draw([("circle", color, 0.3, 0.3, 0.15), ("square", color, 0.7, 0.7, 0.15)], ground)) == [
        ("circle", color),
        ("square", color),
    ]


SCENE = [("circle", "red", 0.2, 0.25, 0.11), ("star", "blue", 0.7, 0.3, 0.14), ("house", "yellow", 0.4, 0.75, 0.14)]
SEEN = [("circle", "red"), ("house", "yellow"), ("star", "blue")]


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (256, 256), (512, 384), (300, 500), (1024, 1024)])
def test_any_size_and_boxes_in_its_pixels(size: tuple[int, int], draw: Draw) -> None:
    view = look(draw(SCENE, size=size))
    assert sorted((t.shape, t.color) for t in view.things) == SEEN
    circle = next(t for t in view.things if t.shape == "circle")
    assert circle.center == pytest.approx((0.2 * size[0], 0.25 * size[1]), abs=0.03 * max(size))


def test_noise_jpeg_and_softness_change_nothing(draw: Draw) -> None:
    clean = draw(SCENE)
    noisy = np.clip(clean + np.random.default_rng(1).normal(0, 5, clean.shape), 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(clean).save(buffer, "JPEG", quality=60)
    small = Image.fromarray(clean).resize((64, 64), Image.Resampling.BOX).resize((256, 256), Image.Resampling.BICUBIC)
    for pixels in (noisy, np.asarray(Image.open(buffer)), np.asarray(small)):
        assert names(pixels) == SEEN


def test_things_that_touch_by_a_pixel_are_two(draw: Draw) -> None:
    pixels = draw([("circle", "red", 0.32, 0.5, 0.15), ("circle", "red", 0.635, 0.5, 0.15)])
    assert names(pixels) == [("circle", "red"), ("circle", "red")]


def test_a_thing_inside_another_is_seen_and_reported_so(draw: Draw) -> None:
    view = look(draw([("square", "yellow", 0.5, 0.5, 0.3), ("star", "blue", 0.5, 0.5, 0.14)]))
    assert [(t.shape, t.color) for t in view.things] == [("square", "yellow"), ("star", "blue")]
    assert [t.within for t in view.things] == [None, 0]


def test_a_smooth_gradient_is_a_plain_ground(draw: Draw) -> None:
    pixels = draw(SCENE).astype(float)
    shade = np.linspace(-12, 12, 256)[None, :, None]
    assert names(np.clip(pixels - 12 + shade, 0, 255).astype(np.uint8)) == SEEN


def test_words_and_summary(draw: Draw) -> None:
    view = look(
        draw(
            [("circle", "red", 0.25, 0.3, 0.12), ("circle", "red", 0.25, 0.7, 0.12), ("cross", "blue", 0.7, 0.5, 0.13)]
        )
    )
    assert sorted(view.words().removesuffix(" on plain white").split(", ")) == ["1 blue cross", "2 red circles"]
    summary = json.loads(json.dumps(view.summary()))
    assert summary["background"] == {"kind": "plain", "color": "white", "time": None, "sure": True}
    assert Counter(t["shape"] for t in summary["things"]) == {"circle": 2, "cross": 1}


def test_nothing_on_an_empty_ground() -> None:
    for rgb in ((255, 255, 255), (0, 0, 0), (214, 229, 250)):
        view = look(np.full((256, 256, 3), rgb, np.uint8))
        assert view.things == ()
        assert view.doubts == ()


@settings(max_examples=8, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_any_image_can_be_looked_at(pixels: Pixels) -> None:
    view = look(pixels)
    assert (view.width, view.height) == (pixels.shape[1], pixels.shape[0])
    json.dumps(view.summary())


@pytest.mark.parametrize("style", sorted(palette.OBJECTS))
def test_names_agree_with_the_painters_palette(style: str) -> None:
    for color, rgb in palette.OBJECTS[style].items():
        named = name_thing(np.asarray(rgb, np.float32))
        assert named.readings == (color,), (style, color, named)


def test_backgrounds_agree_with_the_painters_palette() -> None:
    for color in PLAIN:
        rgb = palette.background(Background("plain", color, None))[0]
        assert name_plain(np.asarray(rgb, np.float32)).readings == (color,)


@pytest.fixture(scope="module")
def renders() -> list[tuple[Any, Any, View]]:
    """True renders of random scenes at 256 pixels: (scene, layout, what is seen)."""
    from training.render import render
    from training.scenes import random_layout

    out = []
    for seed in range(9000, 9030):
        scene, layout = random_layout(seed)
        native = np.clip(render(layout, np.random.default_rng(seed)) + 0.5, 0, 255).astype(np.uint8)
        large = Image.fromarray(native).resize((layout.width * 4, layout.height * 4), Image.Resampling.BICUBIC)
        out.append((scene, layout, look(np.asarray(large))))
    return out


def test_true_renders_are_read_right(renders: list[tuple[Any, Any, View]]) -> None:
    right = total = sure = sure_right = 0
    for _, layout, view in renders:
        wanted = Counter((i.shape, i.color) for i in layout.items if i.shape != "stars")
        seen = Counter((t.shape, t.color) for t in view.things if t.shape != "stars")
        right += (wanted & seen).total()
        total += wanted.total()
        sure += sum(t.clear for t in view.things if t.shape != "stars")
        sure_right += (
            wanted & Counter((t.shape, t.color) for t in view.things if t.clear and t.shape != "stars")
        ).total()
        assert any(i.shape == "stars" for i in layout.items) == any(t.shape == "stars" for t in view.things)
    assert right / total >= 0.97
    assert sure_right / sure >= 0.98


def test_backgrounds_of_true_renders(renders: list[tuple[Any, Any, View]]) -> None:
    kinds = set()
    for scene, _, view in renders:
        ground = view.ground
        wanted = scene.background
        assert (ground.kind, ground.time) == (wanted.kind, wanted.time if wanted.kind in SCENIC else None)
        if wanted.kind == "plain":
            assert ground.color == wanted.color
        kinds.add((wanted.kind, wanted.time if wanted.kind in SCENIC else None))
    assert len(kinds) >= len(TIMES) + 1


def test_an_image_with_alpha_is_laid_on_white() -> None:
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[30:90, 30:90] = (220, 30, 40, 255)
    view = look(pixels)
    assert [thing.words() for thing in view.things] == ["red square"]
    assert view.ground.color == "white"


@pytest.mark.parametrize(("hole", "things"), [((24, 47, 108), ["ring"]), ((220, 38, 38), ["circle", "ring"])])
def test_the_ground_in_a_ring_is_no_thing(
    draw: Callable[..., Pixels], hole: tuple[int, int, int], things: list[str]
) -> None:
    """The ground that is seen through a ring may differ a little from that around it; another color is a circle."""
    pixels = draw([("ring", "yellow", 0.5, 0.5, 0.3)], ground=(24, 53, 97)).copy()
    y, x = np.mgrid[:256, :256]
    pixels[(x - 128) ** 2 + (y - 128) ** 2 < 38**2] = hole
    assert sorted(thing.shape for thing in look(pixels).things) == things
