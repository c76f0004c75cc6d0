"""From an image to a view: background, things, their names, and how sure each is."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.image import on_ground
from harness.vision.background import backdrop
from harness.vision.canvas import UNIT, Canvas, canvas
from harness.vision.colors import name_thing, to_lab
from harness.vision.finding import Dot, Found, find
from harness.vision.fit import Fit
from harness.vision.template_paint import Extent
from harness.vision.view import SOMETHING, Box, Ground, Seen, View

_SIZES = ((17.0, "small"), (24.5, "medium"))
SKY = ("sun", "moon")
_GOOD_SCORE, _WEAK_SCORE = 0.47, 0.3
"""Scores from which on a shape fits, and fits somehow; clear shapes of true renders score more than the first."""

_GOOD_MARGIN, _MIDDLE_MARGIN, _WEAK_MARGIN = 0.05, 0.12, 0.25
"""By how much a shape that fits, fits somehow, or hardly fits must be ahead of another to rule that one out."""

_MOST_UNCLEAR = 4
"""More unclear things than this, and more than the clear ones, and nothing is certain."""

_UNEXPLAINED = 8.0
"""A pixel that differs by more than this (ΔE 76) from what was read is not explained."""

_HOLE = 15.0
"""How far (ΔE 76) the ground that is seen through a small ring may be from that around it."""

_STARS = ((255, 246, 190), (206, 150, 30))
_STAR_LIKE = 110.0
"""How far (Euclidean, RGB) a dot may be from the tones of the stars."""

_LARGE_DOT, _TWO_DOTS = 6.5 * UNIT, 11.0 * UNIT
"""Things up to these sizes in the tone of the dots are a dot, or two that run together."""

_SINGLE_THING_SCORE = 0.75
_SAME_TONE = 60.0
_FEWEST = 3
"""Fewer dots are specks."""


def look(pixels: NDArray[np.uint8]) -> View:
    """Return what an image shows.

    ``pixels`` is an RGB image, height × width × 3, 0..255, of any size; one with alpha (× 4) is composited on white.
    Nothing is learned: the background is
    a fitted surface, things are what stands out from it, shapes are templates painted to agree with the pixels,
    colors are the nearest named centers in Lab.
    """
    image = canvas(on_ground(pixels, 255))
    behind = backdrop(image)
    # Without a background there is nothing that things could stand out from.
    is_unclear = behind.ground.kind == "unclear"
    found, dots, expected = ([], [], behind.rgb) if is_unclear else find(image, behind.rgb, behind.distance)
    dots = [dot for dot in dots if min(_far(dot.rgb, tone) for tone in _STARS) < _STAR_LIKE]
    if len(dots) >= _FEWEST:
        found = _without_dots(found, dots)
    found = _without_holes(found, behind.rgb)
    seen = (*(_seen(one, image) for one in found), *_stars(dots, image))
    error = float((np.sqrt(((image.lab - to_lab(expected)) ** 2).sum(-1)) > _UNEXPLAINED).mean())
    return View(image.width, image.height, behind.ground, seen, _doubts(behind.ground, seen), error)


def _seen(found: Found, image: Canvas) -> Seen:
    best = found.fits[0]
    others = [fit for fit in found.fits[1:] if fit.shape != best.shape]
    slack = _GOOD_MARGIN if best.score >= _GOOD_SCORE else _MIDDLE_MARGIN if best.score >= _WEAK_SCORE else _WEAK_MARGIN
    shapes = (best.shape, *(fit.shape for fit in others if best.score - fit.score < slack))
    if best.score < _WEAK_SCORE and len(shapes) == 1:
        shapes = (best.shape, SOMETHING)
    named = name_thing(best.fill)
    colors = () if all(shape in SKY for shape in shapes) else named.readings
    return Seen(
        best.shape,
        colors[0] if colors and best.shape not in SKY else None,
        _box(best.box, image),
        best.score,
        shapes,
        colors,
        _size(best),
        found.within,
    )


def _doubts(ground: Ground, things: tuple[Seen, ...]) -> tuple[str, ...]:
    """Return why an image cannot be read as a whole."""
    doubts = []
    if ground.kind == "unclear":
        doubts.append("the background is too busy to tell things from it")
    unclear = sum(not thing.clear for thing in things)
    if unclear > _MOST_UNCLEAR and 2 * unclear > len(things):
        doubts.append(f"{unclear} of {len(things)} things are unclear")
    return tuple(doubts)


def _size(fit: Fit) -> str:
    """Return small, medium or large by the longer side in 1/64 of the image."""
    side = max(fit.box[2] - fit.box[0], fit.box[3] - fit.box[1]) / UNIT
    return next((name for limit, name in _SIZES if side < limit), "large")


def _box(extent: Extent, image: Canvas) -> Box:
    """Return an extent in working pixels as a box in pixels of the image."""
    sx, sy = image.scale
    x0, y0, x1, y1 = extent
    return round(x0 * sx), round(y0 * sy), round((x1 - x0) * sx), round((y1 - y0) * sy)


def _without_dots(found: list[Found], dots: list[Dot]) -> list[Found]:
    """Return what was found less what are dots of the stars that came out large or run together."""
    tone = np.median([dot.rgb for dot in dots], axis=0)
    real = []
    for one in found:
        best = one.fits[0]
        side = max(best.box[2] - best.box[0], best.box[3] - best.box[1])
        is_dot = side <= _LARGE_DOT or (side <= _TWO_DOTS and best.score < _SINGLE_THING_SCORE)
        real.append(not (is_dot and one.within is None and _far(best.fill, (tone[0], tone[1], tone[2])) < _SAME_TONE))
    return _kept(found, real)


def _without_holes(found: list[Found], ground: NDArray[np.floating[Any]]) -> list[Found]:
    """Return what was found less the holes of rings: circles in them through which the ground is seen."""
    real = []
    for one in found:
        x0, y0, x1, y1 = one.fits[0].box
        behind = ground[int((y0 + y1) / 2), int((x0 + x1) / 2)]
        holder = None if one.within is None else found[one.within]
        in_ring = holder is not None and "ring" in [fit.shape for fit in holder.fits[:2]]
        tones = to_lab(np.asarray([one.fits[0].fill, behind], np.float64))
        is_hole = in_ring and one.fits[0].shape == "circle" and _far(tones[0], tuple(tones[1])) < _HOLE
        real.append(not is_hole)
    return _kept(found, real)


def _kept(found: list[Found], real: list[bool]) -> list[Found]:
    """Return the things that are real; what lies in another that is not lies in none."""
    places = np.cumsum(real) - 1
    return [
        replace(one, within=None if one.within is None or not real[one.within] else int(places[one.within]))
        for one, is_real in zip(found, real, strict=True)
        if is_real
    ]


def _stars(dots: list[Dot], image: Canvas) -> tuple[Seen, ...]:
    """Return the stars, when at least three dots of about one color are there."""
    if len(dots) < _FEWEST:
        return ()
    boxes = np.asarray([d.box for d in dots])
    box = (boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max())
    return (Seen("stars", None, _box(box, image), 1.0, ("stars",), (), "small"),)


def _far(rgb: NDArray[np.floating[Any]], tone: tuple[float, float, float]) -> float:
    return float(np.sqrt(((np.asarray(rgb) - np.asarray(tone)) ** 2).sum()))
