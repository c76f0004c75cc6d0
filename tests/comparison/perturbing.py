"""Photographs of scikit-image, and changes of an image that no explanation names."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image
from scipy import ndimage

Pixels = npt.NDArray[np.uint8]
SIDES = (256, 192)


def photos() -> dict[str, Pixels]:
    """Return photographs by name, 192 × 256 × 3: those that scikit-image ships."""
    return {name: _photo(name) for name in ("astronaut", "coffee", "chelsea", "rocket")}


def _photo(name: str) -> Pixels:
    return np.asarray(Image.fromarray(getattr(skimage.data, name)()).convert("RGB").resize(SIDES))


def _noise(p: Any, r: np.random.Generator) -> Any:
    return p + r.normal(0, r.uniform(1.5, 25), p.shape)


def _saturation(p: Any, r: np.random.Generator) -> Any:
    gray = p.mean(axis=2, keepdims=True)
    return gray + (p - gray) * r.choice([0.5, 0.8, 1.2, 1.6])


def _white_balance(p: Any, r: np.random.Generator) -> Any:
    return p * [r.uniform(0.8, 0.92), 1, r.uniform(1.08, 1.2)]


def _rotation(p: Any, r: np.random.Generator) -> Any:
    return ndimage.rotate(p, r.uniform(0.5, 8) * r.choice([-1, 1]), reshape=False, order=1, mode="reflect")


def _warp(p: Any, r: np.random.Generator) -> Any:
    y, x = np.mgrid[: p.shape[0], : p.shape[1]]
    size = r.uniform(1, 4)
    places = [y + size * np.sin(x / 20), x + size * np.cos(y / 25)]
    planes = [ndimage.map_coordinates(p[..., c], places, order=1, mode="reflect") for c in range(3)]
    return np.stack(planes, axis=2)


def _vignette(p: Any, r: np.random.Generator) -> Any:
    y, x = np.mgrid[: p.shape[0], : p.shape[1]]
    far = (y / p.shape[0] - 0.5) ** 2 + (x / p.shape[1] - 0.5) ** 2
    return p * (1 - 2 * r.uniform(0.2, 0.4) * far[..., None])


def _patches(p: Any, r: np.random.Generator) -> Any:
    new = p.copy()
    for _ in range(6):
        y, x = r.integers(0, p.shape[0] - 30), r.integers(0, p.shape[1] - 30)
        new[y : y + 25, x : x + 25] = r.integers(0, 255, 3)
    # in opposite corners, so that no box of a quarter of the image holds all
    new[2:12, 2:12], new[-12:-2, -12:-2] = (255, 0, 0), (0, 0, 255)
    return new


KINDS: Mapping[str, Callable[[Any, np.random.Generator], Any]] = {
    "noise": _noise,
    "blur": lambda p, r: ndimage.gaussian_filter(p, (size := r.uniform(0.4, 4), size, 0)),
    "sharpening": lambda p, r: p + r.uniform(0.3, 2) * (p - ndimage.gaussian_filter(p, (1, 1, 0))),
    "saturation": _saturation,
    "white balance": _white_balance,
    "rotation": _rotation,
    "warp": _warp,
    "vignette": _vignette,
    "part of a pixel": lambda p, r: ndimage.shift(p, (*r.uniform(0.2, 0.8, 2), 0), order=1, mode="reflect"),
    "clouds": lambda p, r: p + ndimage.gaussian_filter(r.normal(0, 400, p.shape), (8, 8, 0)),
    "patches": _patches,
    "median": lambda p, _: ndimage.median_filter(p, (3, 3, 1)),
}


def other(pixels: Pixels, another: Pixels, random: np.random.Generator) -> tuple[str, Pixels]:
    """Return the name of a change and the image with it: one of KINDS, or ``another`` image altogether."""
    kind = str(random.choice([*KINDS, "another image"]))
    new = another.astype(float) if kind == "another image" else KINDS[kind](pixels.astype(float), random)
    return kind, np.clip(np.rint(new), 0, 255).astype(np.uint8)
