"""What it costs to explain a drift, beside comparing the pair: CPU milliseconds by kind of change.

    python -m benchmarks.explaining                 # the table, as Markdown

Three photographs that scikit-image ships, 512 × 512; each step takes turns over all changes, and the median counts.
Decoding is not part of either.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import skimage.data
from PIL import Image

from harness.comparison import compare, explain
from harness.image import EncodedImage, encode_jpeg, encode_png

Pair = tuple[EncodedImage, EncodedImage]
SIDE = 512
ROUNDS = 9
PHOTOS = ("astronaut", "coffee", "chelsea")
CHANGES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "channels swapped": lambda p: p[..., ::-1],
    "mirrored": lambda p: p[:, ::-1],
    "rotated": lambda p: np.rot90(p),
    "shifted": lambda p: np.roll(p, (3, -7), (0, 1)),
    "gamma": lambda p: np.rint(255 * (p / 255.0) ** (1 / 2.2)).astype(np.uint8),
    "JPEG 85, stored as PNG": lambda p: EncodedImage(encode_jpeg(p, quality=85)).image.pixels,
    "cropped": lambda p: p[20:-20, 20:-20],
    "cropped and enlarged": lambda p: np.asarray(Image.fromarray(p[20:-20, 20:-20]).resize((SIDE, SIDE))),
    "half size": lambda p: np.asarray(Image.fromarray(p).resize((SIDE // 2, SIDE // 2))),
    "rounding": lambda p: np.clip(p + _random().integers(-1, 2, p.shape), 0, 255).astype(np.uint8),
    "noise (nothing is named)": lambda p: np.clip(p + _random().normal(0, 6, p.shape), 0, 255).astype(np.uint8),
}


def main() -> None:
    """Print the table."""
    photos = [np.asarray(Image.fromarray(getattr(skimage.data, name)()).resize((SIDE, SIDE))) for name in PHOTOS]
    pairs = {name: [(_decoded(photo), _decoded(change(photo))) for photo in photos] for name, change in CHANGES.items()}
    comparing: dict[str, list[float]] = {name: [] for name in pairs}
    explaining: dict[str, list[float]] = {name: [] for name in pairs}
    named: dict[str, int] = {}
    for _ in range(ROUNDS):
        for name, found in pairs.items():
            comparing[name].append(_cpu(partial(_compared, found)))
            explaining[name].append(_cpu(partial(_explained, found)))
            named[name] = sum(bool(explain(a, b)) for a, b in found)
    # of other sizes there is nothing to compare: the pair of equal sizes is what counts beside it
    usual = statistics.median(comparing["noise (nothing is named)"])
    print(f"| change | named | explain, CPU ms | beside comparing ({usual / len(photos):.1f} ms) |\n|---|---|---|---|")
    for name in pairs:
        each = statistics.median(explaining[name])
        print(f"| {name} | {named[name]} of {len(photos)} | {each / len(photos):.1f} | {each / usual:.1f} × |")


def _decoded(pixels: np.ndarray) -> EncodedImage:
    image = EncodedImage(encode_png(np.ascontiguousarray(pixels), level=1))
    _ = image.image
    return image


def _random() -> np.random.Generator:
    return np.random.default_rng(0)


def _compared(pairs: Sequence[Pair]) -> None:
    for a, b in pairs:
        compare(a.image.pixels, b.image.pixels)


def _explained(pairs: Sequence[Pair]) -> None:
    for a, b in pairs:
        explain(a, b)


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


if __name__ == "__main__":
    main()
