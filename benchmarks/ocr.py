"""How well the viewer of text reads: 8 phrases, each flat, small, on noise and tilted; needs the extra ``ocr``.

    python -m benchmarks.ocr

Prints exact matches (case and spaces aside), the mean character error rate, and the CPU time of an image.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from harness.vision.ocr import OcrViewer
from harness.vision.text_grammar import error_rate, normalized

PHRASES = (
    "OPEN", "Coffee Shop", "SALE 50%", "Hello World", "No Parking", "Room 237", "Happy Birthday", "EXIT 12B",
)  # fmt: skip
SIDE = 512
Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """A phrase in one setting."""

    phrase: str
    setting: str
    pixels: Rgb


def _text(phrase: str, size: int) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text((SIDE // 2, SIDE // 2), phrase, "black", font, anchor="mm")
    return image


def samples() -> Iterator[Sample]:
    """Yield every phrase in every setting, 512 × 512 pixels."""
    noise = np.random.default_rng(7)
    for phrase in PHRASES:
        yield Sample(phrase, "flat", np.asarray(_text(phrase, 52)))
        yield Sample(phrase, "small", np.asarray(_text(phrase, 18)))
        flat = np.asarray(_text(phrase, 52)).astype(int)
        noisy = np.clip(flat * 0.6 + noise.normal(60, 40, flat.shape), 0, 255)
        yield Sample(phrase, "noisy", noisy.astype(np.uint8))
        tilted = _text(phrase, 52).rotate(17, resample=Image.Resampling.BICUBIC, fillcolor="white")
        yield Sample(phrase, "tilted", np.asarray(tilted))


def read_as(viewer: OcrViewer, pixels: Rgb) -> str:
    """Return what a viewer reads, without case and spaces."""
    return normalized(" ".join(word.text for word in viewer.read(pixels)))


def main() -> None:
    viewer = OcrViewer("ocr")
    viewer.read(np.full((SIDE, SIDE, 3), 255, np.uint8))
    rows: dict[str, list[tuple[bool, float, float]]] = {}
    for sample in samples():
        begun = time.process_time()
        read = read_as(viewer, sample.pixels)
        seconds = time.process_time() - begun
        expected = normalized(sample.phrase)
        rows.setdefault(sample.setting, []).append((read == expected, error_rate(expected, read), seconds))
    print("setting  exact  CER    CPU ms an image")
    rows["all"] = [one for setting in rows.values() for one in setting]
    for setting, found in rows.items():
        exact, rates, seconds = zip(*found, strict=True)
        rate, milliseconds = np.mean(rates), 1000 * np.median(seconds)
        print(f"{setting:7}  {sum(exact):2}/{len(found):<2}  {rate:.3f}  {milliseconds:.0f}")


if __name__ == "__main__":
    main()
