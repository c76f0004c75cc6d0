"""Makes the gallery: ``python -m tests.comparison.gallery``. Pairs of images that are the same to a person, and not.

Each pair is a folder under ``gallery/same`` or ``gallery/different`` with ``accepted.png``, ``candidate.png`` (or
``.jpg``) and a README of one line. All images are made here; none is anybody's photograph.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, PngImagePlugin

from harness.image import encode_png
from harness.image.image import Pixels

GALLERY = Path(__file__).parent / "gallery"
SIDE = 128


def landscape(seed: int = 0) -> Pixels:
    """Something like a photograph: a sky, hills of fractal noise, grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    height = np.zeros((SIDE, SIDE))
    for octave in range(1, 6):
        size = 2**octave + 2
        coarse = Image.fromarray(rng.random((size, size)).astype(np.float32))
        height += np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) / 2**octave
    ground = (y + 0.35 * height) > 0.75
    sky = np.stack([120 + 90 * y, 160 + 60 * y, 235 - 25 * y], axis=2)
    hill = np.stack([70 + 90 * height, 95 + 70 * height, 45 + 50 * height], axis=2)
    levels = np.where(ground[:, :, None], hill, sky) + rng.normal(0, 2.5, (SIDE, SIDE, 3))
    sun = (x - 0.72) ** 2 + (y - 0.22) ** 2 < 0.008
    levels[sun] = (250, 225, 120)
    return rounded(levels)


def rounded(levels: np.ndarray) -> Pixels:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def shapes(*circles: tuple[int, int, int, str], square: int = 84) -> Pixels:
    image = Image.new("RGB", (SIDE, SIDE), "#f4efe2")
    draw = ImageDraw.Draw(image)
    for x, y, radius, color in circles:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    draw.rectangle((square, 70, square + 28, 98), fill="#2b4fa3")
    return np.asarray(image)


def lettered(base: Pixels, text: str) -> Pixels:
    image = Image.fromarray(base)
    ImageDraw.Draw(image).text((30, 88), text, fill="white", font=ImageFont.load_default(size=16))
    return np.asarray(image)


def encoded(pixels: Pixels, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def retitled(pixels: Pixels) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "another program")
    return encoded(pixels, "PNG", pnginfo=info, compress_level=1)


def equal_luma(base: Pixels) -> Pixels:
    """A disc that only color shows: its grey, as Pillow computes it, is that of the ground."""
    pixels = base.copy()
    y, x = np.mgrid[:SIDE, :SIDE]
    disc = (x - 64) ** 2 + (y - 64) ** 2 < 30**2
    pixels[disc] = (190, 91, 102)
    pixels[~disc] = (90, 143, 97)
    return pixels


# fmt: off
def pairs() -> dict[str, tuple[str, bytes, bytes, str]]:
    """Name → folder, accepted file, candidate file, line of the README."""
    base = landscape()
    rng = np.random.default_rng(9)
    step = (rng.integers(0, 2, base.shape) * 2 - 1) * (rng.random(base.shape) < 0.6)
    flat = np.full_like(base, 128)
    circles = ((40, 40, 18, "#c8322b"), (80, 34, 14, "#c8322b"))
    two = shapes(*circles)
    chroma = rounded(base + np.array([14, -12, 25]))
    plain = equal_luma(base)
    ground = np.full_like(base, (90, 143, 97))
    a = encode_png(base)
    return {
        "encoded-again": ("same", a, retitled(base), "The same pixels from another program: other bytes, other texts."),
        "opaque-alpha": (
            "same", a, encode_png(np.dstack([base, np.full((SIDE, SIDE), 255, np.uint8)])),
            "The same pixels with an alpha channel that is opaque everywhere.",
        ),
        "last-bit": (
            "same", a, encode_png(rounded(base + step)),
            "One level up or down in 60% of all values: other arithmetic.",
        ),
        "flat-last-bit": (
            "same", encode_png(flat), encode_png(rounded(flat + step)),
            "A flat image, one level up or down: hashes of structure would hash noise (wHash half of its bits).",
        ),
        "jpeg-95": ("same", a, encoded(base, "JPEG", quality=95, subsampling=0), "JPEG of quality 95."),
        "color-shift": (
            "different", a, encode_png(chroma),
            "Another tint at the same luma: grey SSIM and pHash see nothing, the color difference does.",
        ),
        "color-only": (
            "different", encode_png(ground), encode_png(plain),
            "A disc that only its color shows: in grey the images are equal, so every hash of grey is.",
        ),
        "flat-level": (
            "different", encode_png(np.zeros_like(base)), encode_png(np.full_like(base, 10)),
            "Black against almost black: SSIM falls to a twentieth, though hardly anything is to be seen.",
        ),
        "one-character": (
            "different", encode_png(lettered(base, "OPEN 24 H")), encode_png(lettered(base, "OPEN 21 H")),
            "One character of a text: mean SSIM stays near 1 and pHash at 0, the lowest block falls.",
        ),
        "shift-1px": (
            "different", a, encode_png(np.roll(base, 1, axis=1)),
            "Everything one pixel to the right: few bits of a hash, but SSIM falls everywhere.",
        ),
        "one-more": (
            "different", encode_png(two), encode_png(shapes(*circles, (34, 98, 14, "#c8322b"))),
            "Three circles instead of two.",
        ),
        "object-moved": (
            "different", encode_png(two), encode_png(shapes(*circles, square=30)), "The square on the other side.",
        ),
        "mirrored": ("different", a, encode_png(base[:, ::-1]), "Left and right exchanged."),
        "blurred": (
            "different", a, encode_png(np.asarray(Image.fromarray(base).filter(ImageFilter.GaussianBlur(1.4)))),
            "Soft: fine detail is lost.",
        ),
        "seam": (
            "different", a, encode_png(rounded(base + 7 * (np.arange(SIDE) >= 64)[None, :, None])),
            "The right half seven levels brighter: a seam of tiles.",
        ),
        "other-size": (
            "different", a, encode_png(base[:96]),
            "A part of the image: nothing can be measured, and nothing is resized silently.",
        ),
    }


# fmt: on


def main() -> None:
    for name, (kind, accepted, candidate, line) in pairs().items():
        folder = GALLERY / kind / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "accepted.png").write_bytes(accepted)
        suffix = "jpg" if candidate[:2] == b"\xff\xd8" else "png"
        (folder / f"candidate.{suffix}").write_bytes(candidate)
        (folder / "README.md").write_text(line + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
