"""A painter of its own for the viewer's tests: plain shapes with Pillow, generated large and scaled down."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Pixels = NDArray[np.uint8]
TONES = {
    "red": (220, 38, 38), "orange": (245, 130, 20), "yellow": (250, 212, 30), "green": (34, 150, 60),
    "blue": (40, 90, 215), "purple": (130, 50, 170), "pink": (245, 110, 185), "brown": (125, 75, 38),
    "black": (25, 25, 30), "white": (252, 252, 252),
}  # fmt: skip
OVER = 4


def _points(shape: str, x: float, y: float, r: float) -> list[tuple[float, float]]:
    if shape == "star":
        radii = [1, 0.42] * 5
        return [
            (x + r * k * math.sin(math.pi * i / 5), y - r * k * math.cos(math.pi * i / 5)) for i, k in enumerate(radii)
        ]
    if shape == "heart":
        out = []
        for i in range(60):
            a = 2 * math.pi * i / 60
            v = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
            out.append((x + r * math.sin(a) ** 3, y - r * (v + 2.5) / 14.5))
        return out
    k = 0.36
    unit = {
        "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "triangle": [(0, -1), (1, 0.9), (-1, 0.9)],
        "diamond": [(0, -1), (0.86, 0), (0, 1), (-0.86, 0)],
        "cross": [
            (-k, -1), (k, -1), (k, -k), (1, -k), (1, k), (k, k), (k, 1), (-k, 1), (-k, k), (-1, k), (-1, -k), (-k, -k),
        ],
        "house": [(0, -1), (1, -0.12), (0.82, -0.12), (0.82, 1), (-0.82, 1), (-0.82, -0.12), (-1, -0.12)],
    }[shape]  # fmt: skip
    return [(x + r * px, y + r * py) for px, py in unit]


def _one(
    pen: ImageDraw.ImageDraw,
    shape: str,
    rgb: tuple[int, int, int],
    x: float,
    y: float,
    r: float,
    ground: tuple[int, int, int],
) -> None:
    if shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), rgb)
    elif shape == "ring":
        pen.ellipse((x - r, y - r, x + r, y + r), rgb)
        pen.ellipse((x - 0.54 * r, y - 0.54 * r, x + 0.54 * r, y + 0.54 * r), ground)
    elif shape == "tree":
        pen.polygon([(x - 0.16 * r, y), (x + 0.16 * r, y), (x + 0.18 * r, y + r), (x - 0.18 * r, y + r)], (110, 70, 40))
        pen.ellipse((x - 0.76 * r, y - r, x + 0.76 * r, y + 0.36 * r), rgb)
    else:
        pen.polygon(_points(shape, x, y, r), rgb)
        if shape == "house":
            roof, door = (tuple(int(v * f) for v in rgb) for f in (0.72, 0.5))
            pen.polygon([(x, y - r), (x + r, y - 0.12 * r), (x - r, y - 0.12 * r)], roof)
            pen.rectangle((x - 0.22 * r, y + 0.36 * r, x + 0.22 * r, y + r), door)


@pytest.fixture
def draw() -> Callable[..., Pixels]:
    """A function that generates (shape, color, x, y, radius) in shares of the image on a plain ground."""

    def generated(
        things: Sequence[tuple[str, str, float, float, float]],
        ground: tuple[int, int, int] = (246, 246, 244),
        size: tuple[int, int] = (256, 256),
    ) -> Pixels:
        image = Image.new("RGB", (size[0] * OVER, size[1] * OVER), ground)
        pen = ImageDraw.Draw(image)
        unit = max(image.size)
        for shape, color, x, y, r in things:
            _one(pen, shape, TONES[color], x * image.width, y * image.height, r * unit, ground)
        return np.asarray(image.resize(size, Image.Resampling.BOX))

    return generated
