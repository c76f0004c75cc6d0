"""Throw random arguments at the native entry points, and random damage at the decoder.

``python -m tests.comparison.fuzz SECONDS [SEED]``: right calls must give numpy's numbers, wrong ones a ValueError or
TypeError, damaged files an ImageError. Anything else (a crash, a sanitizer's report, another exception) ends it.
Run it through ``sanitize.py --fuzz SECONDS`` to have out-of-bounds access and undefined behavior found.
"""

import io
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
from PIL import Image

from harness.comparison import _kernel, compare, native, numeric
from harness.comparison.axes import lanczos
from harness.comparison.color import LINEAR
from harness.image import ImageError, Limits, _png, decode, encode_png
from tests.comparison.conftest import KINDS, generated

Rng = np.random.Generator
INSTRUCTIONS = [name for name in ("base", "avx2", "avx512") if _kernel.use(name)]


def image(rng: Rng, channels: int | None = 3) -> np.ndarray:
    height, width = rng.integers(1, 70, 2)
    return generated(KINDS[rng.integers(len(KINDS))], int(height), int(width), channels, int(rng.integers(1 << 30)))


def right_pair(rng: Rng) -> None:
    channels = int(rng.choice([1, 3, 4]))
    a = image(rng, channels)
    b = generated("noise", *a.shape, int(rng.integers(1 << 30)))
    mask = rng.random(a.shape[:2]) < 0.1 if rng.random() < 0.5 else None
    one, other = native.pair(a, b, mask), numeric.pair(a, b, mask)
    assert (one.max_abs, one.changed, one.sum_abs) == (other.max_abs, other.changed, other.sum_abs)
    if other.ssim is not None:
        np.testing.assert_allclose(one.ssim, other.ssim, atol=1e-9)


def right_seen(rng: Rng) -> None:
    a = image(rng)
    b = generated("noise", *a.shape, int(rng.integers(1 << 30)))
    found, wanted = native.seen(a, b), numeric.seen(a, b)
    for one, other in ((found.a, wanted.a), (found.b, wanted.b), (native.one(a), wanted.a)):
        for name in ("small", "strip", "haar", "colors", "low", "high"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), (name, a.shape)
    assert np.array_equal(found.lightness.blocks, wanted.lightness.blocks), a.shape
    assert np.array_equal(found.lightness.cells, wanted.lightness.cells), a.shape
    assert abs(found.delta_e - wanted.delta_e) < 1e-9, a.shape


def right_compare(rng: Rng) -> None:
    a = image(rng)
    compare(a, a.copy() if rng.random() < 0.3 else generated("gradient", *a.shape, int(rng.integers(99))))


def buffer(rng: Rng, size: int) -> object:
    size = max(0, size + int(rng.choice([-1, 1, -8, 8, 100])) * (rng.random() < 0.05))
    made = bytearray(rng.bytes(size))
    return made if rng.random() < 0.97 else memoryview(made)[int(rng.integers(0, 2)) :]


def number(rng: Rng, right: int) -> int:
    wild = [0, -1, 1, right - 1, right + 1, 2**31, -(2**31), 2**62, 8193, int(rng.integers(0, 200))]
    return right if rng.random() < 0.95 else int(rng.choice(np.array(wild, dtype=object)))


def axis(rng: Rng, source: int, size: int) -> object:
    if rng.random() < 0.8:
        return lanczos(source, size)
    head = np.array([size, 16 * rng.integers(1, 4)], np.int32)
    spans = rng.integers(-2, source + 2, (2, size)).astype(np.int32)
    if rng.random() < 0.7:
        spans = np.abs(spans) % np.maximum(1, source // 2)
        spans[1] = np.minimum(spans[1], 16)
    weights = rng.integers(-32768, 32768, 2 * size * int(head[1])).astype(np.int16)
    return head.tobytes() + spans.tobytes() + weights.tobytes()


def wild_pair(rng: Rng) -> None:
    height, width, channels = int(rng.integers(1, 60)), int(rng.integers(1, 60)), int(rng.integers(1, 5))
    size = height * width * channels
    blocks = 8 * max(1, height // 16) * max(1, width // 16)
    mask = buffer(rng, height * width) if rng.random() < 0.5 else b""
    _kernel.pair(
        buffer(rng, size), buffer(rng, size), number(rng, height), number(rng, width), number(rng, channels),
        mask, buffer(rng, 32), buffer(rng, blocks), buffer(rng, blocks),
    )  # fmt: skip


def wild_seen(rng: Rng) -> None:
    height, width = int(rng.integers(1, 60)), int(rng.integers(1, 60))
    side = int(rng.choice([8, 16, 32, numeric.haar_side(width, height)]))
    axes = [axis(rng, source, size) for size_x, size_y in ((32, 32), (9, 8), (side, side))
            for source, size in ((width, size_x), (height, size_y))]  # fmt: skip
    parts = int(rng.integers(1, 65)), int(rng.integers(1, 65))
    sums = [8 * max(1, height // part) * max(1, width // part) for part in parts]
    images = int(rng.integers(1, 3))
    linear = LINEAR.tobytes() if rng.random() < 0.8 else buffer(rng, 257 * 8)
    _kernel.seen(
        buffer(rng, height * width * 3), buffer(rng, height * width * 3 * (images - 1)), number(rng, height),
        number(rng, width), int(rng.integers(-1, 9)), *axes, linear, buffer(rng, 72), buffer(rng, 512),
        number(rng, parts[0]), number(rng, parts[1]), buffer(rng, images * 1736), buffer(rng, sums[0]),
        buffer(rng, sums[1]),
    )  # fmt: skip


def wild_haar(rng: Rng) -> None:
    side = int(rng.choice([8, 16, 32, 64, 12, 0]))
    _kernel.haar(buffer(rng, side * side), number(rng, side), buffer(rng, 512))


def wild_unfilter(rng: Rng) -> None:
    channels, width, height = int(rng.integers(1, 5)), int(rng.integers(1, 60)), int(rng.integers(1, 20))
    row = channels * width
    raw = np.frombuffer(rng.bytes(height * (row + 1)), np.uint8).reshape(height, row + 1).copy()
    if rng.random() < 0.8:
        raw[:, 0] %= 5
    data = raw.tobytes() if rng.random() < 0.7 else buffer(rng, raw.size)
    _png.unfilter(data, buffer(rng, height * row), number(rng, row), number(rng, channels), bool(rng.integers(2)))


def damaged_file(rng: Rng) -> None:
    pixels = image(rng, [None, 3, 4][rng.integers(3)])
    kind = ["PNG", "JPEG", "WEBP"][rng.integers(3)]
    if kind == "PNG":
        data = bytearray(encode_png(pixels, level=1))
    else:
        out = io.BytesIO()
        Image.fromarray(pixels if pixels.ndim == 3 and pixels.shape[2] == 3 else numeric_rgb(pixels)).save(out, kind)
        data = bytearray(out.getvalue())
    for _ in range(rng.integers(0, 6)):
        data[rng.integers(len(data))] = rng.integers(256)
    if rng.random() < 0.3:
        del data[rng.integers(len(data)) :]
    decode(bytes(data), Limits(pixels=1 << 20))


def numeric_rgb(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, :3])


ALL: tuple[tuple[Callable[[Rng], None], tuple[type[Exception], ...]], ...] = (
    (right_pair, ()),
    (right_seen, ()),
    (right_compare, ()),
    (wild_pair, (ValueError, TypeError, OverflowError)),
    (wild_seen, (ValueError, TypeError, OverflowError)),
    (wild_haar, (ValueError, TypeError, OverflowError)),
    (wild_unfilter, (ValueError, TypeError, OverflowError)),
    (damaged_file, (ImageError,)),
)


def main(seconds: float, seed: int) -> None:
    until = time.monotonic() + seconds
    done: Counter[str] = Counter()
    while time.monotonic() < until:
        rng = np.random.default_rng(seed)
        _kernel.use(INSTRUCTIONS[seed % len(INSTRUCTIONS)])
        work, allowed = ALL[rng.integers(len(ALL))]
        try:
            work(rng)
            done[f"{work.__name__} done"] += 1
        except allowed as refusal:
            done[f"{work.__name__} refused ({type(refusal).__name__})"] += 1
        except BaseException:
            print(f"seed {seed}: {work.__name__}", flush=True)
            raise
        seed += 1
    for name, count in sorted(done.items()):
        print(f"{count:9,} {name}")
    sets = ", ".join(INSTRUCTIONS)
    print(f"{sum(done.values()):9,} calls in {seconds:g} s, instruction sets {sets}: no crash, no wrong number")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
