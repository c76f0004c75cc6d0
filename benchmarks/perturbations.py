"""Changes to pictures that a run should shrug off, and changes that it should find; of any size."""

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
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        levels = _float(image)
        return _of(levels + rng.normal(0, sigma, levels.shape))

    return change


def _lsb(share: float) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        levels = _float(image)
        step = rng.integers(0, 2, levels.shape) * 2 - 1
        return _of(levels + step * (rng.random(levels.shape) < share))

    return change


def _encoded(kind: str, low: int, high: int, **options: int) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        out = io.BytesIO()
        image.save(out, kind, quality=int(rng.integers(low, high + 1)), **options)
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
    "JPEG 95–98": _encoded("JPEG", 95, 98, subsampling=0),
    "JPEG 92–95": _encoded("JPEG", 92, 95, subsampling=0),
    "WebP 96–99": _encoded("WEBP", 96, 99),
    "brightness ±0.4%": _scaled(0.996, 1.004),
}
"""What another machine, arithmetic or encoder does to an image."""
EIGHT_BENIGN: dict[str, Change] = {
    **{kind: BENIGN[kind] for kind in ("±1 in 10%", "±1 in 60%", "noise σ 1", "noise σ 2", "brightness ±0.4%")},
    "JPEG 97": _encoded("JPEG", 97, 97),
    "JPEG 95, 4:4:4": _encoded("JPEG", 95, 95, subsampling=0),
    "WebP 98": _encoded("WEBP", 98, 98),
}
"""Those of the larger set of pictures. JPEG 97 has half of the color's resolution (4:2:0), as WebP always has."""


def _spot(image: Image.Image, rng: Rng, size: int) -> tuple[int, int]:
    x, y = (int(rng.integers(8, side - size - 8)) for side in image.size)
    return x, y


def _busy(image: Image.Image, rng: Rng, size: int) -> tuple[int, int]:
    """Return that of eight spots where most is to be seen."""
    grey = np.asarray(image.convert("L"), np.float64)
    spots = [_spot(image, rng, size) for _ in range(8)]
    return max(spots, key=lambda at: grey[at[1] : at[1] + size, at[0] : at[0] + size].std())


def _object(size: int) -> Change:
    def change(image: Image.Image, rng: Rng) -> Image.Image:
        image = image.copy()
        x, y = _spot(image, rng, size)
        color = tuple(int(level) for level in rng.integers(0, 256, 3))
        ImageDraw.Draw(image).ellipse((x, y, x + size, y + size), fill=color)
        return image

    return change


def _removed(image: Image.Image, rng: Rng) -> Image.Image:
    x, y = _busy(image, rng, 40)
    box = (x, y, x + 40, y + 40)
    image = image.copy()
    image.paste(image.crop(box).filter(ImageFilter.GaussianBlur(12)), box)
    return image


def _recolored(image: Image.Image, rng: Rng) -> Image.Image:
    x, y = _spot(image, rng, 48)
    levels = _float(image)
    levels[y : y + 48, x : x + 48] = levels[y : y + 48, x : x + 48] * 0.7 + np.array([76, 0, 20])
    return _of(levels)


def _swapped(image: Image.Image, _rng: Rng) -> Image.Image:
    size, far = image.width // 4, image.width * 11 // 16
    first, second = image.crop((16, 16, 16 + size, 16 + size)), image.crop((far, far, far + size, far + size))
    image = image.copy()
    image.paste(second, (16, 16))
    image.paste(first, (far, far))
    return image


def _character(image: Image.Image, rng: Rng) -> Image.Image:
    image = image.copy()
    x, y = _spot(image, rng, 20)
    ImageDraw.Draw(image).text((x, y), "8", fill="white", stroke_width=1, stroke_fill="black", font=_FONT)
    return image


def _glyph(image: Image.Image, rng: Rng) -> Image.Image:
    """One glyph of 14 pixels, in black or white, whichever is farther from what is behind it."""
    image = image.copy()
    x, y = _spot(image, rng, 16)
    behind = np.asarray(image.crop((x, y, x + 14, y + 16)).convert("L")).mean()
    ImageDraw.Draw(image).text((x, y), "e", fill="black" if behind > 127 else "white", font=_SMALL_FONT)
    return image


def _watermark(image: Image.Image, _rng: Rng) -> Image.Image:
    """Write a word across the image, again and again, 5% towards white or black."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for row, y in enumerate(range(8, image.height, 56)):
        for x in range(-40 + 60 * (row % 2), image.width, 120):
            draw.text((x, y), "SAMPLE", fill=255, font=_FONT)
    levels = _float(image)
    ground = 0 if levels.mean() > 127 else 255
    return _of(levels + (ground - levels) * 0.05 * (np.asarray(mask, np.float64) / 255)[:, :, None])


def _grid(image: Image.Image, _rng: Rng) -> Image.Image:
    """Lines of one pixel every 16 pixels, 4 levels darker or, on black, brighter."""
    levels = _float(image)
    step = -4 if levels.mean() > 32 else 4
    levels[::16] += step
    levels[:, ::16] += step
    return _of(levels)


def _moved(pixels_moved: int) -> Change:
    return lambda image, rng: Image.fromarray(np.roll(np.asarray(image), pixels_moved, axis=int(rng.integers(2))))


def _turned(image: Image.Image, _rng: Rng) -> Image.Image:
    return image.rotate(1.0, Image.Resampling.BICUBIC)


def _zoomed(image: Image.Image, _rng: Rng) -> Image.Image:
    side, more = image.width, image.width // 64
    larger = image.resize((side + 2 * more, side + 2 * more), Image.Resampling.BICUBIC)
    return larger.crop((more, more, side + more, side + more))


def _cast(*steps: int) -> Change:
    return lambda image, _rng: _of(_float(image) + np.array(steps))


def _saturation(factor: float) -> Change:
    return lambda image, _rng: ImageEnhance.Color(image).enhance(factor)


def _warmer(image: Image.Image, _rng: Rng) -> Image.Image:
    return _of(_float(image) * np.array([1.06, 1.0, 0.94]))


def _seam(image: Image.Image, _rng: Rng) -> Image.Image:
    levels = _float(image)
    levels[:, image.width // 2 :] += 7
    return _of(levels)


def _banded(image: Image.Image, _rng: Rng) -> Image.Image:
    return _of(np.floor(_float(image) / 24) * 24 + 12)


def _vignette(image: Image.Image, _rng: Rng) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    return _of(_float(image) * (1 - 0.12 * (x * x + y * y))[:, :, None])


_FONT = ImageFont.load_default(size=22)
_SMALL_FONT = ImageFont.load_default(size=14)

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
    "JPEG 30": _encoded("JPEG", 30, 30, subsampling=0),
    "noise σ 10": _noise(10.0),
    "seam of 7 levels": _seam,
    "banded": _banded,
    "vignette": _vignette,
}
"""What a changed model, prompt, setting or weight does to an image."""
_SHARED = (
    "object 24 px", "object removed", "object recolored", "two parts swapped", "moved 1 px", "turned 1°", "zoomed 3%",
    "mirrored", "brightness +8", "red +8, green −4", "saturation × 0.75", "contrast × 1.15", "blurred σ 1", "sharpened",
    "JPEG 30", "seam of 7 levels", "banded",
)  # fmt: skip
TWENTY_DRIFTS: dict[str, Change] = {
    **{kind: DRIFT[kind] for kind in _SHARED},
    "one glyph": _glyph,
    "faint grid": _grid,
    "faint watermark": _watermark,
}
"""Those of the larger set of pictures."""
