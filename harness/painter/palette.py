"""The colors that images are made of: objects by style, backgrounds, things of the sky, contours.

Shared by the renderer of the training images, the conditioning of the network and the checks, so that all
mean the same red. RGB values are integers 0..255.
"""

import math

from harness.prompt import SKY as SKY_THINGS
from harness.prompt import Background

RGB = tuple[int, int, int]

FLAT: dict[str, RGB] = {
    "red": (220, 38, 38),
    "orange": (245, 130, 20),
    "yellow": (250, 212, 30),
    "green": (34, 150, 60),
    "blue": (40, 90, 215),
    "purple": (130, 50, 170),
    "pink": (245, 110, 185),
    "brown": (125, 75, 38),
    "black": (25, 25, 30),
    "white": (252, 252, 252),
}
PASTEL: dict[str, RGB] = {
    "red": (236, 104, 104),
    "orange": (250, 176, 108),
    "yellow": (248, 226, 112),
    "green": (132, 202, 136),
    "blue": (120, 164, 236),
    "purple": (176, 134, 222),
    "pink": (250, 170, 212),
    "brown": (180, 142, 112),
    "black": (92, 92, 104),
    "white": (253, 253, 253),
}
OBJECTS: dict[str, dict[str, RGB]] = {"flat": FLAT, "outline": FLAT, "pastel": PASTEL}

PLAIN: dict[str, RGB] = {
    "white": (246, 246, 244),
    "gray": (206, 206, 210),
    "black": (46, 46, 52),
    "blue": (214, 229, 250),
    "green": (218, 240, 216),
    "yellow": (255, 246, 206),
    "pink": (254, 224, 232),
    "purple": (233, 222, 248),
}
SKY: dict[str, tuple[RGB, RGB]] = {
    "day": ((168, 212, 250), (214, 234, 252)),
    "sunset": ((190, 158, 204), (255, 208, 164)),
    "night": ((20, 24, 58), (40, 46, 92)),
}
"""Top and bottom of the sky over scenic backgrounds; between them the color changes linearly."""

GROUND: dict[tuple[str, str], RGB] = {
    ("hills", "day"): (166, 212, 128),
    ("hills", "sunset"): (176, 156, 110),
    ("hills", "night"): (38, 66, 58),
    ("sea", "day"): (112, 178, 222),
    ("sea", "sunset"): (150, 122, 172),
    ("sea", "night"): (24, 52, 96),
}
SUN: RGB = (255, 214, 64)
SUN_RAYS: RGB = (248, 160, 32)
MOON_ON_DARK: RGB = (246, 240, 206)
MOON_ON_PALE: RGB = (146, 150, 178)
STARS_ON_DARK: RGB = (255, 246, 190)
STARS_ON_PALE: RGB = (206, 150, 30)
TRUNK: RGB = (110, 70, 40)
TRUNK_PASTEL: RGB = (160, 124, 98)
CONTOUR: RGB = (28, 28, 34)
"""The contour of the ``outline`` style."""

CONTOUR_OF_BLACK: RGB = (150, 150, 160)
"""The contour of black things in the ``outline`` style and on dark grounds."""

CONTOUR_OF_WHITE: RGB = (140, 140, 150)
NEAR = 80
"""An object nearer than this (Euclidean, RGB) to what is under it gets a contour of its own dark tone."""


def distance(a: RGB, b: RGB) -> float:
    """Return the Euclidean distance of two colors."""
    return math.sqrt(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)))


def is_dark(rgb: RGB) -> bool:
    """Say whether a color is darker than mid grey."""
    return 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] < 110_000


def background(ground: Background) -> tuple[RGB, RGB, RGB]:
    """Return the colors (top of the sky, bottom of the sky, ground) of a background; equal when plain."""
    if ground.kind == "plain":
        rgb = PLAIN[ground.color or "white"]
        return rgb, rgb, rgb
    top, bottom = SKY[ground.time or "day"]
    return top, bottom, GROUND[ground.kind, ground.time or "day"]


def fill(shape: str, color: str | None, style: str, ground: Background) -> RGB:
    """Return the color that a thing is filled with; things of the sky have their own."""
    if shape == "sun":
        return SUN
    dark = is_dark(background(ground)[0])
    if shape == "moon":
        return MOON_ON_DARK if dark else MOON_ON_PALE
    if shape == "stars":
        return STARS_ON_DARK if dark else STARS_ON_PALE
    return OBJECTS[style][color or "black"]


def paints(
    shape: str, color: str | None, style: str, ground: Background, under: tuple[RGB, ...], size: int
) -> tuple[RGB, RGB, int]:
    """Return fill, contour color and contour width (in sixteenths of a pixel) of a generated thing."""
    inside = fill(shape, color, style, ground)
    if shape in SKY_THINGS:
        return inside, shade(inside, 55), 16 if style == "outline" and shape != "stars" else 0
    return inside, *contour(inside, style, under, size)


def shade(rgb: RGB, per_cent: int) -> RGB:
    """Return a color scaled to ``per_cent`` of its brightness."""
    return (rgb[0] * per_cent // 100, rgb[1] * per_cent // 100, rgb[2] * per_cent // 100)


def contour(inside: RGB, style: str, under: tuple[RGB, ...], size: int) -> tuple[RGB, int]:
    """Return the contour of an object (its color, its width in sixteenths of a pixel; 0: none).

    ``inside`` is the fill; ``under`` are the colors that the object lies on; ``size`` its width in sixteenths.
    """
    near = any(distance(inside, rgb) < NEAR for rgb in under)
    black = max(inside) < 110
    if style == "outline":
        return (CONTOUR_OF_BLACK if black and near else CONTOUR), (24 if size >= 288 else 16)
    if not near:
        return inside, 0
    if black or (is_dark(inside) and any(is_dark(rgb) for rgb in under)):
        return CONTOUR_OF_BLACK, 14
    if min(inside) > 240:
        return CONTOUR_OF_WHITE, 14
    return shade(inside, 58), 14
