"""Changes to photographs that a run should shrug off, and changes that it should find."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from harness.image import read_file

Pixels = np.ndarray
Rng = np.random.Generator
Change = Callable[[Image.Image, Rng], Image.Image]

SIDE = 256
PHOTOS = (
    "astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg",
    "ihc.png", "camera.png", "coins.png", "moon.png", "brick.png", "grass.png", "gravel.png", "page.png",
    "retina.jpg", "cell.png",
)  # fmt: skip
"""Photographs that ship inside the scikit-image wheel."""


def photo(name: str) -> Image.Image:
    """Return the middle of a photograph, 256 × 256."""
    image = Image.fromarray(read_file(Path(skimage.data.__file__).parent / name).pixels[:, :, :3])
    scale = max(1.0, min(image.size) / (1.6 * SIDE))
    if scale > 1:
        image = image.resize((round(image.width / scale), round(image.height / scale)), Image.Resampling.LANCZOS)
    scale = SIDE / min(image.size)
    if scale > 1:
        image = image.resize((-(-image.width * SIDE // min(image.size)), -(-image.height * SIDE // min(image.size))))
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    return image.crop((left, top, left + SIDE, top + SIDE))


def pixels(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(image)


def _of(levels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def _float(image: Image.Image) -> Pixels:
    return np.asarray(image, np.float64)


def _noise(sigma: float) -> Change:
    return lambda image, rng: _of(_float(image) + rng.normal(0, sigma, (SIDE, SIDE, 3)))


def _lsb(share: float) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        step = rng.integers(0, 2, (SIDE, SIDE, 3)) * 2 - 1
        return _of(_float(image) + step * (rng.random((SIDE, SIDE, 3)) < share))

    return change


def _encoded(kind: str, low: int, high: int) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        out = io.BytesIO()
        image.save(out, kind, quality=int(rng.integers(low, high + 1)), subsampling=0)
        return Image.open(io.BytesIO(out.getvalue())).convert("RGB")

    return change


def _scaled(low: float, high: float) -> Change:
    return lambda image, rng: _of(_float(image) * rng.uniform(low, high))


BENIGN: dict[str, Change] = {
    "±1 in 10%": _lsb(0.1),
    "±1 in 60%": _lsb(0.6),
    "noise σ 0.5": _noise(0.5),
    "noise σ 1": _noise(1.0),
    "noise σ 1.5": _noise(1.5),
    "noise σ 2": _noise(2.0),
    "JPEG 95–98": _encoded("JPEG", 95, 98),
    "JPEG 92–95": _encoded("JPEG", 92, 95),
    "WebP 96–99": _encoded("WEBP", 96, 99),
    "brightness ±0.4%": _scaled(0.996, 1.004),
}
"""What another machine, arithmetic or encoder does to an image."""


def _spot(rng: Rng, size: int) -> tuple[int, int]:
    x, y = rng.integers(8, SIDE - size - 8, 2)
    return int(x), int(y)


def _object(size: int) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        image = image.copy()
        x, y = _spot(rng, size)
        color = tuple(int(level) for level in rng.integers(0, 256, 3))
        ImageDraw.Draw(image).ellipse((x, y, x + size, y + size), fill=color)
        return image

    return change


def _removed(image: Image.Image, rng: Rng) -> Image.Image:
    x, y = _spot(rng, 40)
    box = (x, y, x + 40, y + 40)
    image = image.copy()
    image.paste(image.crop(box).filter(ImageFilter.GaussianBlur(12)), box)
    return image


def _recolored(image: Image.Image, rng: Rng) -> Image.Image:
    x, y = _spot(rng, 48)
    levels = _float(image)
    levels[y : y + 48, x : x + 48] = levels[y : y + 48, x : x + 48] * 0.7 + np.array([76, 0, 20])
    return _of(levels)


def _swapped(image: Image.Image, _rng: Rng) -> Image.Image:
    (ax, ay), (bx, by) = (16, 16), (176, 176)
    first, second = image.crop((ax, ay, ax + 64, ay + 64)), image.crop((bx, by, bx + 64, by + 64))
    image = image.copy()
    image.paste(second, (ax, ay))
    image.paste(first, (bx, by))
    return image


def _character(image: Image.Image, rng: Rng) -> Image.Image:
    image = image.copy()
    x, y = _spot(rng, 20)
    ImageDraw.Draw(image).text((x, y), "8", fill="white", stroke_width=1, stroke_fill="black", font=_FONT)
    return image


def _moved(pixels_moved: int) -> Change:
    return lambda image, rng: Image.fromarray(np.roll(np.asarray(image), pixels_moved, axis=int(rng.integers(2))))


def _turned(image: Image.Image, _rng: Rng) -> Image.Image:
    return image.rotate(1.0, Image.Resampling.BICUBIC)


def _zoomed(image: Image.Image, _rng: Rng) -> Image.Image:
    return image.resize((SIDE + 8, SIDE + 8), Image.Resampling.BICUBIC).crop((4, 4, SIDE + 4, SIDE + 4))


def _cast(*steps: int) -> Change:
    return lambda image, _rng: _of(_float(image) + np.array(steps))


def _saturation(factor: float) -> Change:
    return lambda image, _rng: ImageEnhance.Color(image).enhance(factor)


def _warmer(image: Image.Image, _rng: Rng) -> Image.Image:
    return _of(_float(image) * np.array([1.06, 1.0, 0.94]))


def _seam(image: Image.Image, _rng: Rng) -> Image.Image:
    levels = _float(image)
    levels[:, SIDE // 2 :] += 7
    return _of(levels)


def _banded(image: Image.Image, _rng: Rng) -> Image.Image:
    return _of(np.floor(_float(image) / 24) * 24 + 12)


def _vignette(image: Image.Image, _rng: Rng) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return _of(_float(image) * (1 - 0.12 * (x * x + y * y))[:, :, None])


_FONT = ImageFont.load_default(size=22)

DRIFT: dict[str, Change] = {
    "object 24 px": _object(24),
    "object 48 px": _object(48),
    "object removed": _removed,
    "object recolored": _recolored,
    "two parts swapped": _swapped,
    "one character": _character,
    "moved 1 px": _moved(1),
    "moved 3 px": _moved(3),
    "turned 1°": _turned,
    "zoomed 3%": _zoomed,
    "mirrored": lambda image, _rng: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "brightness +8": _cast(8, 8, 8),
    "blue +10": _cast(0, 0, 10),
    "red +8, green −4": _cast(8, -4, 0),
    "warmer": _warmer,
    "saturation × 0.75": _saturation(0.75),
    "saturation × 1.3": _saturation(1.3),
    "contrast × 1.15": lambda image, _rng: ImageEnhance.Contrast(image).enhance(1.15),
    "blurred σ 1": lambda image, _rng: image.filter(ImageFilter.GaussianBlur(1)),
    "sharpened": lambda image, _rng: image.filter(ImageFilter.UnsharpMask(2, 120, 0)),
    "JPEG 30": _encoded("JPEG", 30, 30),
    "noise σ 10": _noise(10.0),
    "seam of 7 levels": _seam,
    "banded": _banded,
    "vignette": _vignette,
}
"""What a changed model, prompt, setting or weight does to an image."""
