"""Images to compare: photographs that ship in packages, and generated ones."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from harness.comparison.kernel import VARIABLE, kernel
from harness.image import read_file
from harness.image.image import Pixels

NATIVE = find_spec("harness.comparison._kernel") is not None or os.environ.get(VARIABLE) == "native"
KERNELS = ("numpy", "native") if NATIVE else ("numpy",)
"""The kernels to try; with HARNESS_KERNEL=native a missing extension is an error, not a kernel less."""
PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "camera.png", "rocket.jpg", "text.png", "brick.png")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Have one kernel make the numbers."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    kernel.cache_clear()
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before
        kernel.cache_clear()


def photo(name: str) -> Pixels:
    return read_file(Path(skimage.data.__file__).parent / name).pixels


def generated(kind: str, height: int, width: int, channels: int | None, seed: int = 0) -> Pixels:
    """An image of one kind: flat, gradient, noise, near-flat, shapes or symmetric."""
    rng = np.random.default_rng(seed)
    depth = channels or 1
    y, x = np.mgrid[:height, :width]
    if kind == "flat":
        levels = np.broadcast_to(rng.integers(0, 256, depth), (height, width, depth))
    elif kind == "near-flat":
        levels = 128 + rng.integers(-1, 2, (height, width, depth))
    elif kind == "gradient":
        levels = ((x * 3 + y * 2)[:, :, None] + rng.integers(0, 256, depth)) % 256
    elif kind == "symmetric":
        levels = np.repeat((255 * ((x // 4 + y // 4) % 2))[:, :, None], depth, axis=2)
    elif kind == "shapes":
        levels = np.full((height, width, depth), 255)
        for _ in range(3):
            cy, cx, r = rng.integers(0, height), rng.integers(0, width), rng.integers(1, max(2, height // 3))
            levels[(y - cy) ** 2 + (x - cx) ** 2 <= r * r] = rng.integers(0, 256, depth)
    else:
        levels = rng.integers(0, 256, (height, width, depth))
    array = np.ascontiguousarray(levels, dtype=np.uint8)
    return array[:, :, 0].copy() if channels is None else array


KINDS = ("flat", "near-flat", "gradient", "symmetric", "shapes", "noise")


@pytest.fixture(scope="session")
def astronaut() -> Pixels:
    return photo("astronaut.png")
