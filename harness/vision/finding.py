"""Finding things: silhouettes on the background, the shape of each, and what lies inside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from harness.vision.canvas import UNIT, Canvas, Rgb
from harness.vision.colors import to_lab
from harness.vision.fit import Fit, extent_of, fit
from harness.vision.paint import Extent, Mask, render

_APART = 11.0
"""ΔE to what is under it from which on a pixel belongs to a thing."""

_PEAK = 18.0
"""ΔE that a thing reaches somewhere."""

_INNER = 15.0
"""The same for what lies inside a thing, over the painted fit."""

_DOT = 5.2 * UNIT
"""Nothing larger than this, either way, is a dot of the stars."""

_LEAST = 14 * UNIT**2
"""Area of the smallest thing, in working pixels."""

_RIM = 1.5 * UNIT
"""Inside a thing, nothing nearer to its edge than this starts another thing."""

_CORE = 1.1 * UNIT
"""Half the least thickness of a thing that lies inside another."""

_WHOLE = 0.8
"""A silhouette that is explained this well as one thing is one thing."""

_BETTER = 0.08
"""By how much every piece must score better than the whole for it to be several things."""

_NEAR = 4
"""Working pixels around a silhouette that are still its own: a faint contour."""

_DOT_SCORE = 0.6
_FILLS = 0.8
"""What is wider or taller than this share of its holder is a flaw of the fit, not a thing inside."""

_DEPTH = 3
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Found:
    """One silhouette and the shapes that it may be (the best first); ``within`` is the index of its holder, or None."""

    fits: tuple[Fit, ...]
    within: int | None
    depth: int


@dataclass(frozen=True)
class Dot:
    """A speck too small for a thing, perhaps one of the stars: its box in working pixels and its colour."""

    box: Extent
    rgb: NDArray[np.float32]


def find(picture: Canvas, under: Rgb, distance: NDArray[np.float32]) -> tuple[list[Found], list[Dot]]:
    """Return the things that stand out from the background, holders before what they hold, and the specks."""
    apart = distance > _APART
    parts, count = ndimage.label(apart, _EIGHT)
    if not count:
        return [], []
    peaks = ndimage.maximum(distance, parts, np.arange(1, count + 1))
    apart &= np.concatenate([[False], peaks > _PEAK])[parts]
    whole = ndimage.binary_fill_holes(apart)
    parts, count = ndimage.label(whole, _EIGHT)
    # Outside every silhouette the pixels are the background, whatever the model of it says.
    base = np.where(ndimage.binary_dilation(whole, _EIGHT, 2)[..., None], under, picture.rgb)
    found: list[Found] = []
    dots: list[Dot] = []
    for n in range(1, count + 1):
        silhouette = parts == n
        _place(_Scene(picture, base, distance, np.ones_like(whole)), silhouette, None, 0, found, dots)
    return found, dots


@dataclass(frozen=True)
class _Scene:
    """What a silhouette is read from: the picture, what it lies on, how far each pixel is from that, and which pixels
    are not another thing's."""

    picture: Canvas
    under: Rgb
    distance: NDArray[np.float32]
    ours: Mask


def _place(
    scene: _Scene, silhouette: Mask, within: int | None, depth: int, found: list[Found], dots: list[Dot]
) -> None:
    """Note what a silhouette is: a thing, several that touch, a speck, or too little to tell."""
    if _is_dot(silhouette):
        if silhouette.sum() >= 1.5 * UNIT**2:
            middle = silhouette & (scene.distance >= 0.7 * scene.distance[silhouette].max())
            dots.append(Dot(extent_of(silhouette), np.median(scene.picture.rgb[middle], axis=0)))
        return
    x0, y0, x1, y1 = extent_of(silhouette)
    if silhouette.sum() < _LEAST or min(x1 - x0, y1 - y0) <= 2 * UNIT:
        return
    fits = _fits(scene, silhouette)
    if fits[0].score < _WHOLE:
        for parts in _divisions(scene, silhouette, fits[0].score):
            for part in parts:
                _place(_without(scene, silhouette, part), part, within, depth, found, dots)
            return
    me = len(found)
    found.append(Found(fits, within, depth))
    if depth < _DEPTH:
        expected, mask = render(fits[0].painted, scene.under)
        distance = np.asarray(np.sqrt(((scene.picture.lab - to_lab(expected)) ** 2).sum(-1)), np.float32)
        inner = replace(scene, under=expected, distance=distance)
        for part in _inside(distance, silhouette | mask):
            _place(inner, part, me, depth + 1, found, dots)


def _fits(scene: _Scene, silhouette: Mask) -> tuple[Fit, ...]:
    """Return the shapes that a silhouette may be, other things left out of account."""
    near = ndimage.binary_dilation(silhouette, _EIGHT, _NEAR)
    others = ndimage.binary_dilation((scene.distance > _APART) & ~near, _EIGHT)
    return fit(scene.picture.rgb, scene.under, silhouette, scene.ours & ~others)


def _without(scene: _Scene, whole: Mask, part: Mask) -> _Scene:
    """Return a scene in which the rest of a silhouette is not the part's."""
    return replace(scene, ours=scene.ours & ~(whole & ~part))


def _is_dot(silhouette: Mask) -> bool:
    """Say whether a silhouette is no larger than one of the stars."""
    x0, y0, x1, y1 = extent_of(silhouette)
    return max(x1 - x0, y1 - y0) <= _DOT


def _divisions(scene: _Scene, silhouette: Mask, score: float) -> Iterator[list[Mask]]:
    """Yield ways to see a silhouette as several things, each better than as one thing of this score."""
    tried = 0
    for share in (0.5, 0.7):
        parts = _pieces(scene.distance, silhouette, share)
        if len(parts) <= max(1, tried):
            continue
        tried = len(parts)
        scores = [
            _DOT_SCORE if _is_dot(part) else _fits(_without(scene, silhouette, part), part)[0].score for part in parts
        ]
        if min(scores) > score + _BETTER:
            yield parts


def _pieces(distance: NDArray[np.float32], part: Mask, share: float) -> list[Mask]:
    """Return the pieces into which a silhouette falls at a share of its contrast, each grown back to fill it.

    Things that only touch by their soft edges come apart so; what stays whole is returned as it is.
    """
    level = share * float(np.percentile(distance[part], 80))
    core = ndimage.binary_fill_holes(part & (distance > level))
    cores, count = ndimage.label(core, _EIGHT)
    sizes = ndimage.sum_labels(core, cores, np.arange(1, count + 1))
    keep = [n + 1 for n in range(count) if sizes[n] >= 3 * UNIT**2]
    if len(keep) < 2:
        return [part]
    seeds = np.where(np.isin(cores, keep), cores, 0)
    nearest = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    grown = seeds[tuple(nearest)]
    return [part & (grown == n) for n in keep]


def _inside(rest: NDArray[np.float32], silhouette: Mask) -> list[Mask]:
    """Return the silhouettes of what differs (ΔE ``rest``) from the painted fit inside a thing."""
    deep = ndimage.distance_transform_edt(silhouette) > _RIM
    x0, y0, x1, y1 = extent_of(silhouette)
    differs = ndimage.binary_fill_holes((rest > _INNER) & deep)
    parts, count = ndimage.label(differs, _EIGHT)
    out = []
    for n in range(1, count + 1):
        part = parts == n
        if part.sum() < _LEAST:
            continue
        a0, b0, a1, b1 = extent_of(part)
        if a1 - a0 > _FILLS * (x1 - x0) or b1 - b0 > _FILLS * (y1 - y0):
            continue
        thick = ndimage.distance_transform_edt(part)
        if thick.max() >= _CORE:
            out.append(part)
    return out
