"""From a picture to a view: background, things, their names, and how sure each is."""

import numpy as np
from numpy.typing import NDArray

from harness.vision.canvas import UNIT, Canvas, canvas
from harness.vision.colors import name_thing
from harness.vision.finding import Dot, Found, find
from harness.vision.fit import Fit
from harness.vision.ground import backdrop
from harness.vision.paint import Extent
from harness.vision.view import Box, Seen, View

_SIZES = ((17.0, "small"), (24.5, "medium"))
SKY = ("sun", "moon")
_STARS = ((255, 246, 190), (206, 150, 30))
_STAR_LIKE = 110.0
"""How far (Euclidean, RGB) a dot may be from the tones of the stars."""

_FEWEST = 3
"""Fewer dots are specks."""


def look(pixels: NDArray[np.uint8]) -> View:
    """Return what a picture shows.

    ``pixels`` is an RGB picture, height × width × 3, 0..255, of any size. Nothing is learned: the background is
    a fitted surface, things are what stands out from it, shapes are templates painted to agree with the pixels,
    colours are the nearest named centres in Lab.
    """
    picture = canvas(pixels)
    behind = backdrop(picture)
    found, dots = find(picture, behind.rgb, behind.distance)
    things = [_seen(one, picture) for one in found]
    stars = _stars(dots, picture)
    return View(picture.width, picture.height, behind.ground, tuple(things) + stars)


def _seen(found: Found, picture: Canvas) -> Seen:
    """Return a find with its names."""
    best = found.fits[0]
    rival = found.fits[1] if len(found.fits) > 1 else None
    margin = best.score - rival.score if rival else 1.0
    named = name_thing(best.fill)
    size = _size(best)
    color = None if best.shape in SKY else named.name
    return Seen(
        best.shape, color, _box(best.box, picture), best.score, margin, named.distance, named.margin,
        (best.shape,), () if color is None else (color,), _rgb(best), size, found.within,
    )  # fmt: skip


def _rgb(fit: Fit) -> tuple[int, int, int]:
    r, g, b = (round(float(v)) for v in fit.fill)
    return r, g, b


def _size(fit: Fit) -> str:
    """Return small, medium or large by the longer side in 1/64 of the picture."""
    side = max(fit.box[2] - fit.box[0], fit.box[3] - fit.box[1]) / UNIT
    return next((name for limit, name in _SIZES if side < limit), "large")


def _box(extent: Extent, picture: Canvas) -> Box:
    """Return an extent in working pixels as a box in pixels of the picture."""
    sx, sy = picture.scale
    x0, y0, x1, y1 = extent
    return round(x0 * sx), round(y0 * sy), round((x1 - x0) * sx), round((y1 - y0) * sy)


def _stars(dots: list[Dot], picture: Canvas) -> tuple[Seen, ...]:
    """Return the stars, when at least three dots of about one colour are there."""
    dots = [dot for dot in dots if min(_far(dot.rgb, tone) for tone in _STARS) < _STAR_LIKE]
    if len(dots) < _FEWEST:
        return ()
    boxes = np.asarray([d.box for d in dots])
    box = (boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max())
    r, g, b = (round(float(v)) for v in np.median([d.rgb for d in dots], axis=0))
    return (Seen("stars", None, _box(box, picture), 1.0, 1.0, 0.0, 0.0, ("stars",), (), (r, g, b), "small"),)


def _far(rgb: NDArray[np.float32], tone: tuple[int, int, int]) -> float:
    """Return the Euclidean distance of two colours."""
    return float(np.sqrt(((np.asarray(rgb) - np.asarray(tone)) ** 2).sum()))
