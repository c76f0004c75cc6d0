"""What turns an accepted image into a new one: each change by its name, and nothing for any other change."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from harness.comparison import explain
from harness.image import EncodedImage, encode_jpeg, encode_png
from harness.image.sources import from_array, from_pillow
from harness.records import Box
from harness.vocabulary import CHANGES, Code
from tests.comparison.perturbing import other, photos

Pixels = npt.NDArray[np.uint8]
PHOTOS = photos()
PAINTED = sorted((Path(__file__).parents[2] / "baselines").rglob("*.png"))[:3]


def painted(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


IMAGES = PHOTOS | {f"painted {number}": painted(path) for number, path in enumerate(PAINTED)}


def png(pixels: Any) -> EncodedImage:
    return EncodedImage(encode_png(np.ascontiguousarray(pixels), level=1))


def named(a: Any, b: Any) -> list[tuple[Code, Mapping[str, Any]]]:
    return [(one.code, one.data) for one in explain(png(a), png(b))]


def curve(function: Callable[[Any], Any]) -> Callable[[Pixels], Pixels]:
    levels = np.clip(np.rint(function(np.arange(256.0) / 255) * 255), 0, 255).astype(np.uint8)
    return lambda pixels: levels[pixels]


def scaled(
    pixels: Pixels, size: tuple[int, int], how: Image.Resampling, box: tuple[int, int, int, int] | None = None
) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize(size, how, box))


def zoomed(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return scaled(pixels, (width, height), Image.Resampling.BICUBIC, (12, 12, width - 12, height - 12))


def cut(pixels: Pixels) -> Pixels:
    new = np.zeros_like(pixels)
    new[5:, :-9] = pixels[:-5, 9:]
    return new


def seamed(pixels: Pixels) -> Pixels:
    new = pixels.astype(int)
    for at in range(64, pixels.shape[0], 64):
        new[at - 1 : at + 1] += 12
    for at in range(64, pixels.shape[1], 64):
        new[:, at - 1 : at + 1] += 12
    return np.asarray(np.clip(new, 0, 255), np.uint8)


def ended(pixels: Pixels) -> Pixels:
    new = pixels.copy()
    new[len(new) * 2 // 3 :] = (128, 128, 128)
    return new


def scribbled(pixels: Pixels) -> Pixels:
    new = pixels.copy()
    new[20:60, 30:80] = np.random.default_rng(1).integers(0, 255, (40, 50, 3))
    return new


def rounded(pixels: Pixels) -> Pixels:
    return np.clip(pixels.astype(int) + np.random.default_rng(0).integers(-1, 2, pixels.shape), 0, 255).astype(np.uint8)


def jpeg(quality: int, subsampling: str) -> Callable[[Pixels], Pixels]:
    def made(pixels: Pixels) -> Pixels:
        return EncodedImage(encode_jpeg(pixels, quality=quality, subsampling=subsampling)).image.pixels

    return made


TABLE: Mapping[str, tuple[Callable[[Pixels], Any], Code, Mapping[str, Any]]] = {
    "BGR": (lambda p: p[..., ::-1], Code.CHANGE_CHANNELS, {"order": "BGR"}),
    "GBR": (lambda p: p[..., [1, 2, 0]], Code.CHANGE_CHANNELS, {"order": "GBR"}),
    "mirrored": (lambda p: p[:, ::-1], Code.CHANGE_TURNED, {"how": "left-right"}),
    "upside down": (lambda p: p[::-1], Code.CHANGE_TURNED, {"how": "top-bottom"}),
    "180°": (lambda p: p[::-1, ::-1], Code.CHANGE_TURNED, {"how": "rotated-180"}),
    "90°": (lambda p: np.rot90(p, -1), Code.CHANGE_TURNED, {"how": "rotated-90"}),
    "270°": (np.rot90, Code.CHANGE_TURNED, {"how": "rotated-270"}),
    "transposed": (lambda p: p.swapaxes(0, 1), Code.CHANGE_TURNED, {"how": "transposed"}),
    "shifted around": (lambda p: np.roll(p, (3, -7), (0, 1)), Code.CHANGE_SHIFTED,
                       {"x": -7, "y": 3, "edge": "wrapped"}),
    "one pixel": (lambda p: np.roll(p, 1, 1), Code.CHANGE_SHIFTED, {"x": 1, "y": 0}),
    "shifted": (cut, Code.CHANGE_SHIFTED, {"x": -9, "y": 5, "edge": "cut"}),
    "cropped": (lambda p: p[5:-60, 30:-10], Code.CHANGE_CROPPED, {"filter": None}),
    "center": (lambda p: p[16:-16, 16:-16], Code.CHANGE_CROPPED, {"filter": None}),
    "padded": (lambda p: np.pad(p, ((8, 8), (8, 8), (0, 0))), Code.CHANGE_PADDED, {}),
    "enlarged": (zoomed, Code.CHANGE_CROPPED, {"filter": "bicubic"}),
    "half size": (lambda p: scaled(p, (p.shape[1] // 2, p.shape[0] // 2), Image.Resampling.LANCZOS),
                  Code.CHANGE_RESIZED,
                  {"filter": "lanczos"}),
    "another size": (lambda p: scaled(p, (192, 224), Image.Resampling.BILINEAR), Code.CHANGE_RESIZED,
                     {"filter": "bilinear"}),
    "JPEG 90": (jpeg(90, "4:2:0"), Code.CHANGE_ENCODED, {"quality": 90, "subsampling": "4:2:0"}),
    "JPEG 75": (jpeg(75, "4:2:0"), Code.CHANGE_ENCODED, {"quality": 75, "subsampling": "4:2:0"}),
    "JPEG 50": (jpeg(50, "4:4:4"), Code.CHANGE_ENCODED, {"subsampling": "4:4:4"}),
    "to linear": (curve(lambda x: x**2.2), Code.CHANGE_GAMMA, {}),
    "to sRGB": (curve(lambda x: x ** (1 / 2.2)), Code.CHANGE_GAMMA, {}),
    "range up": (curve(lambda x: (x + 1) / 2), Code.CHANGE_LINE, {"gain": 0.5, "offset": 127.5}),
    "range down": (curve(lambda x: 2 * x - 1), Code.CHANGE_LINE, {"gain": 2.0, "offset": -255.0}),
    "brighter": (curve(lambda x: x + 0.1), Code.CHANGE_LINE, {"gain": 1.0}),
    "inverted": (lambda p: 255 - p, Code.CHANGE_LINE, {"gain": -1.0, "offset": 255.0}),
    "16 levels": (lambda p: p // 16 * 16, Code.CHANGE_BANDS, {"levels": 16}),
    "tiles": (seamed, Code.CHANGE_SEAMS, {"x": 64, "y": 64}),
    "one box": (scribbled, Code.CHANGE_REGION, {"box": [30, 20, 50, 40], "color": None}),
    "cut off": (ended, Code.CHANGE_REGION, {"color": [128, 128, 128]}),
    "rounding": (rounded, Code.CHANGE_ROUNDING, {"max_abs": 1}),
}  # fmt: skip
# flat pictures with few textured blocks: the quality comes out only near the right one, or not at all
UNSURE = {("JPEG 90", "painted"), ("JPEG 75", "painted"), ("JPEG 50", "painted")}


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("change", TABLE)
def test_a_change_is_named(change: str, image: str) -> None:
    made, code, data = TABLE[change]
    accepted = IMAGES[image]
    found = named(accepted, made(accepted))
    if (change, image.split()[0]) in UNSURE:
        assert all(one == code for one, _ in found)
        return
    [(seen, what)] = found
    assert seen == code
    assert {name: what[name] for name in data} == data
    assert what.get("left", 0.0) < 1


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize(("quality", "subsampling"), [(95, 0), (85, 2), (60, 1)])
def test_of_a_jpeg_file_its_own_tables_prove_it(image: str, quality: int, subsampling: int) -> None:
    out = io.BytesIO()
    Image.fromarray(IMAGES[image]).save(out, "JPEG", quality=quality, subsampling=subsampling)
    [reason] = explain(png(IMAGES[image]), EncodedImage(out.getvalue()))
    assert reason.code == Code.CHANGE_ENCODED
    assert reason.data["quality"] == quality
    assert reason.data["left"] == 0


def test_another_format_is_said_where_nothing_else_is() -> None:
    out = io.BytesIO()
    Image.fromarray(PHOTOS["coffee"]).save(out, "WEBP", quality=60)
    [reason] = explain(png(PHOTOS["coffee"]), EncodedImage(out.getvalue()))
    assert (reason.code, reason.data) == (Code.CHANGE_FORMAT, {"before": "png", "after": "webp"})


@pytest.mark.parametrize("source", [from_array, lambda pixels: from_pillow(Image.fromarray(pixels))])
def test_an_array_or_a_generated_pillow_image_has_no_format_that_could_change(source: Callable[[Pixels], Any]) -> None:
    changed = PHOTOS["coffee"][..., ::-1]
    new = EncodedImage(encode_png(np.ascontiguousarray(changed)), image=source(np.ascontiguousarray(changed)))
    assert [reason.code for reason in explain(png(PHOTOS["coffee"]), new)] == [Code.CHANGE_CHANNELS]


ALPHA: Mapping[str, Callable[[Any, Any], Any]] = {
    "on-white": lambda p, a: p * a + 255 * (1 - a),
    "on-black": lambda p, a: p * a,
    "premultiplied": lambda p, a: np.concatenate([p * a, 255 * a], axis=2),
}


@pytest.mark.parametrize("how", ALPHA)
def test_alpha(how: str) -> None:
    colors = PHOTOS["astronaut"]
    ramp = np.linspace(40, 255, colors.shape[1]).astype(np.uint8)[None, :, None].repeat(colors.shape[0], 0)
    accepted = np.concatenate([colors, ramp], axis=2)
    new = np.rint(ALPHA[how](colors.astype(float), ramp / 255)).astype(np.uint8)
    [(code, data)] = named(accepted, new)
    assert (code, data["how"]) == (Code.CHANGE_ALPHA, how)
    assert data["left"] < 1


def test_ignored_places_count_for_nothing() -> None:
    accepted = PHOTOS["chelsea"]
    new = accepted[..., ::-1].copy()
    new[:40, :40] = 0
    [reason] = explain(png(accepted), png(new), ignore=(Box(0, 0, 40, 40),))
    assert reason.code == Code.CHANGE_CHANNELS
    assert reason.data["left"] == 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PHOTOS)), st.integers(-40, 40), st.integers(-40, 40))
def test_any_shift_is_found_exactly(image: str, x: int, y: int) -> None:
    found = named(PHOTOS[image], np.roll(PHOTOS[image], (y, x), (0, 1)))
    if (x, y) == (0, 0):
        assert not found
        return
    [(code, data)] = found
    assert (code, data["x"], data["y"], data["left"]) == (Code.CHANGE_SHIFTED, x, y, 0)


def test_no_other_change_is_named() -> None:
    """Noise, blur, sharpening, saturation, white balance, warps, another image …: 300 of them, none has a name."""
    random = np.random.default_rng(20)
    images = list(IMAGES.values())
    wrong = []
    for number in range(300):
        at = number % len(images)
        kind, new = other(images[at], images[(at + 1 + number % 2) % len(images)], random)
        wrong += [(kind, at, one) for one in named(images[at], new) if one[0] in CHANGES]
    assert not wrong


def test_a_blurred_reduction_of_another_image_is_no_resize() -> None:
    other_image = ndimage.gaussian_filter(PHOTOS["coffee"], (4, 4, 0))[::2, ::2]
    assert named(PHOTOS["astronaut"], other_image) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 300), (8, 8), (17, 31)])
def test_small_images_are_no_error(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    a, b = (random.integers(0, 255, (*size, 3)).astype(np.uint8) for _ in range(2))
    named(a, b)
    named(a, random.integers(0, 255, (size[0] + 3, size[1], 3)).astype(np.uint8))
    named(np.full_like(a, 7), np.full_like(a, 200))
