"""Generation: sizes, options, guidance by an image, and what is refused."""

from typing import Any

import numpy as np
import pytest

from harness.painter import BACKGROUND, OptionError, Options, Painter
from harness.painter.arithmetic import ARITHMETICS
from harness.painter.condition import condition
from harness.painter.guided import background_mask, native_frame
from harness.painter.layout import arrange
from harness.painter.network import Network
from harness.painter.sampler import Guide, encode, sample
from harness.painter.weights import load
from harness.prompt.scene import Background, Scene, Thing

SCENE = Scene((Thing("circle", "red", "large"),), (), Background("plain", "white"))


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest.mark.parametrize("size", [(64, 64), (256, 256), (100, 75), (320, 180), (90, 160), (64, 256), (1024, 512)])
def test_every_size_is_generated_with_everything_in_sight(painter: Painter, size: tuple[int, int]) -> None:
    generation = painter.generate(Scene((Thing("circle", "red", "small"),)), 1, Options(quality="draft", size=size))
    assert generation.pixels.shape == (size[1], size[0], 3)
    assert generation.pixels.dtype == np.uint8
    red = (generation.pixels[..., 0].astype(int) - generation.pixels[..., 1] > 100).mean()
    assert red > 0.005
    x0, y0, x1, y1 = generation.layout.frame
    for i in generation.layout.items:
        assert x0 <= i.x - i.w // 2 <= i.x + i.w // 2 <= x1
        assert y0 <= i.y - i.h // 2 <= i.y + i.h // 2 <= y1


def test_the_native_canvas_covers_every_shape() -> None:
    for width in range(64, 1025, 37):
        for height in range(max(64, width // 4 + 1), min(1024, width * 4) + 1, 41):
            (cw, ch), (x0, y0, x1, y1) = native_frame(width, height)
            assert cw % 8 == ch % 8 == 0
            assert 0 <= x0 < x1 <= cw * 16
            assert 0 <= y0 < y1 <= ch * 16
            assert max(cw, ch) == 64


def test_progress_is_reported_step_by_step(painter: Painter) -> None:
    seen: list[tuple[int, int, int]] = []
    shown: list[Any] = []

    def note(index: int, step: int, steps: int, pixels: Any) -> None:
        seen.append((index, step, steps))
        shown.append(pixels)

    painted = painter.generate(SCENE, 0, Options(quality="draft", size=(64, 64)), note)
    assert seen == [(0, 1, 4), (0, 2, 4), (0, 3, 4), (0, 4, 4)]
    images = [pixels() for pixels in shown]
    assert all(image.shape == painted.pixels.shape for image in images)
    assert len({image.tobytes() for image in images}) == 4
    assert np.array_equal(images[-1], painted.pixels)


def test_the_states_of_a_guided_generation_have_the_image_where_nothing_is_generated(painter: Painter) -> None:
    image = np.arange(64 * 64 * 3, dtype=np.float64).reshape(64, 64, 3) % 256
    mask = np.zeros((64, 64), np.bool_)
    mask[:, :20] = True
    shown: list[Any] = []
    finished = sample(
        Network(load("painter@2").arrays, ARITHMETICS["exact"]),
        [condition(arrange(SCENE, 0, 64, 64, native_frame(64, 64)[1]))],
        [0], 3, 1.0, Guide(encode(image), mask, 0), lambda _step, _steps, images: shown.append(images),
    )  # fmt: skip
    states = [images()[0] for images in shown]
    assert np.array_equal(states[-1], finished[0])
    assert all(np.array_equal(state[:, 20:], image[:, 20:]) for state in states)
    assert len({state[:, :20].tobytes() for state in states}) == 3


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True, "7"])
def test_bad_seeds_are_refused(painter: Painter, seed: Any) -> None:
    with pytest.raises(OptionError) as fault:
        painter.generate(SCENE, seed)
    assert fault.value.option == "seed"
    assert "2^64" in fault.value.hint


IMAGE = np.zeros((64, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (Options(size=(0, 64)), "size"),
        (Options(size=(63, 64)), "size"),
        (Options(size=(2049, 2048)), "size"),
        (Options(size=(1024, 64)), "size"),
        (Options(quality="best"), "quality"),
        (Options(steps=0), "steps"),
        (Options(steps=100_000), "steps"),
        (Options(guidance=float("nan")), "guidance"),
        (Options(guidance=-1), "guidance"),
        (Options(strength=0.5), "strength"),
        (Options(input_image=IMAGE, strength=0.0), "strength"),
        (Options(input_image=IMAGE, strength=1.5), "strength"),
        (Options(mask=[(0, 0, 5, 5)]), "mask"),
        (Options(input_image=IMAGE, mask=[(0, 0, 65, 5)]), "mask"),
        (Options(input_image=IMAGE, mask=[(5, 5, 5, 9)]), "mask"),
        (Options(input_image=IMAGE, mask="foreground"), "mask"),
        (Options(input_image=IMAGE, mask=np.zeros((64, 64), np.bool_)), "mask"),
        (Options(input_image=IMAGE, mask=np.zeros((32, 64), np.bool_)), "mask"),
        (Options(input_image=IMAGE, size=(128, 128)), "size"),
        (Options(input_image=IMAGE[..., 0]), "input_image"),
        (Options(input_image=np.zeros((64, 64, 4), np.uint8)), "input_image"),
        (Options(input_image=np.zeros((64, 64, 3), np.float32)), "input_image"),  # type: ignore[arg-type]
        (Options(input_image=np.zeros((16, 16, 3), np.uint8)), "size"),
    ],
)
def test_bad_options_are_refused_by_name(painter: Painter, options: Options, option: str) -> None:
    with pytest.raises(OptionError) as fault:
        painter.generate(SCENE, 0, options)
    assert fault.value.option == option
    assert fault.value.hint
    assert option in str(fault.value)


def test_an_unknown_arithmetic_is_refused() -> None:
    with pytest.raises(OptionError):
        Painter(arithmetic="float16")


def test_outside_the_mask_every_pixel_is_kept(painter: Painter) -> None:
    image = painter.generate(SCENE, 3, Options(size=(256, 256))).pixels
    before = image.copy()
    box = (130, 120, 250, 250)
    scene = Scene((Thing("star", "blue"),), (), Background("plain", "white"))
    generation = painter.generate(scene, 5, Options(input_image=image, mask=[box]))
    inside = np.zeros((256, 256), np.bool_)
    inside[box[1] : box[3], box[0] : box[2]] = True
    np.testing.assert_array_equal(generation.pixels[~inside], image[~inside])
    np.testing.assert_array_equal(image, before)
    blue = generation.pixels[..., 2].astype(int) - generation.pixels[..., 0] > 80
    assert blue[inside].mean() > 0.05
    again = painter.generate(scene, 5, Options(input_image=image, mask=inside))
    np.testing.assert_array_equal(again.pixels, generation.pixels)


def test_a_noised_start_keeps_the_image_and_follows_the_prompt(painter: Painter) -> None:
    image = painter.generate(SCENE, 3, Options(size=(128, 128))).pixels
    assert painter.generate(SCENE, 3, Options(input_image=image, strength=1e-9)).pixels.shape == image.shape
    again = painter.generate(SCENE, 3, Options(input_image=image, strength=0.1)).pixels
    assert np.abs(again.astype(int) - image).mean() < 12
    blue = Scene((Thing("circle", "blue", "large"),), (), Background("plain", "white"))
    changed = painter.generate(blue, 3, Options(input_image=image, strength=0.6)).pixels.astype(int)
    assert (changed[..., 2] - changed[..., 0] > 80).mean() > 0.1
    whole = painter.generate(blue, 3, Options(input_image=image, strength=1.0)).pixels.astype(int)
    np.testing.assert_array_equal(whole, painter.generate(blue, 3, Options(size=(128, 128))).pixels)


def test_the_background_is_regenerated_under_the_kept_things(painter: Painter) -> None:
    image = painter.generate(SCENE, 3, Options(size=(256, 256))).pixels
    mask = background_mask(image)
    night = Scene((Thing("circle", "red", "large"), Thing("moon")), (), Background("hills", None, "night"))
    generation = painter.generate(night, 1, Options(input_image=image, mask=BACKGROUND))
    generated = generation.pixels
    assert [i.shape for i in generation.layout.items] == ["moon"]
    moon = generation.layout.items[0]
    assert generated[moon.y // 4, (moon.x - moon.w // 4) // 4].min() > 150
    np.testing.assert_array_equal(generated[~mask], image[~mask])
    red = (image[..., 0].astype(int) - image[..., 1]) > 130
    assert (~mask)[red].mean() > 0.85
    assert generated[mask].mean() < 100 < image[mask].mean()


def test_the_environment_names_what_images_depend_on(painter: Painter) -> None:
    facts = painter.environment()
    assert set(facts) == {"model", "weights", "arithmetic", "numpy", "blas"}
    assert len(facts["weights"]) == 64


def test_what_has_no_room_beside_the_kept_things_is_left_out_with_a_step(painter: Painter) -> None:
    image = np.full((64, 64, 3), 240, np.uint8)
    image[2:60, 2:60] = (200, 30, 30)
    night = Scene((Thing("moon"),), (), Background("hills", None, "night"))
    generation = painter.generate(night, 1, Options(quality="draft", input_image=image, mask=BACKGROUND))
    assert generation.layout.items == ()
    assert "moon left out" in generation.steps[0]
