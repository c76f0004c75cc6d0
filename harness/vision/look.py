"""From a picture to a view: background, things, their names, and how sure each is."""

import numpy as np
from numpy.typing import NDArray

from harness.vision.canvas import UNIT, Canvas, canvas
from harness.vision.colors import name_thing
from harness.vision.finding import Dot, Found, find
from harness.vision.fit import Fit
from harness.vision.ground import backdrop
from harness.vision.paint import Extent
from harness.vision.view import SOMETHING, Box, Ground, Seen, View

_SIZES = ((17.0, "small"), (24.5, "medium"))
SKY = ("sun", "moon")
_FITS, _SOME = 0.47, 0.3
"""Scores from which on a shape fits, and fits somehow; clear shapes of true renders score more than the first."""

_TOLD, _VAGUE, _ANY = 0.05, 0.12, 0.25
"""By how much a shape that fits, fits somehow, or hardly fits must be ahead of another to rule that one out."""

_MOST_UNCLEAR = 4
"""More unclear things than this, and more than the clear ones, and nothing is certain."""
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
    # Without a background there is nothing that things could stand out from.
    found, dots = find(picture, behind.rgb, behind.distance) if behind.ground.kind != "unclear" else ([], [])
    things = (_seen(one, picture) for one in found)
    seen = (*things, *_stars(dots, picture))
    return View(picture.width, picture.height, behind.ground, seen, _doubts(behind.ground, seen))


def _seen(found: Found, picture: Canvas) -> Seen:
    """Return a find with its names."""
    best = found.fits[0]
    others = [fit for fit in found.fits[1:] if fit.shape != best.shape]
    margin = best.score - others[0].score if others else 1.0
    slack = _TOLD if best.score >= _FITS else _VAGUE if best.score >= _SOME else _ANY
    shapes = (best.shape, *(fit.shape for fit in others if best.score - fit.score < slack))
    if best.score < _SOME and len(shapes) == 1:
        shapes = (best.shape, SOMETHING)
    named = name_thing(best.fill)
    colors = () if all(shape in SKY for shape in shapes) else named.readings
    return Seen(
        best.shape,
        colors[0] if colors else None,
        _box(best.box, picture),
        best.score,
        margin,
        named.distance,
        named.margin,
        shapes,
        colors,
        _rgb(best),
        _size(best),
        found.within,
    )


def _doubts(ground: Ground, things: tuple[Seen, ...]) -> tuple[str, ...]:
    """Return why a picture cannot be read as a whole."""
    doubts = []
    if ground.kind == "unclear":
        doubts.append("the background is too busy to tell things from it")
    unclear = sum(not thing.clear for thing in things)
    if unclear > _MOST_UNCLEAR and 2 * unclear > len(things):
        doubts.append(f"{unclear} of {len(things)} things are unclear")
    return tuple(doubts)


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
