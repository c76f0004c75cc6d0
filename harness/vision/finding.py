"""Finding things: silhouettes on the background, the shape of each, and what lies inside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from harness.vision.canvas import UNIT, Canvas, Rgb
from harness.vision.colors import to_lab
from harness.vision.fit import Fit, extent_of, fit
from harness.vision.template_paint import Extent, Mask, render

_APART = 11.0
"""ΔE to what is under it from which on a pixel belongs to a thing."""

_PEAK = 14.0
"""ΔE that a thing reaches somewhere."""

_INNER = 15.0
"""The same for what lies inside a thing, over the painted fit."""

_DOT = 5.2 * UNIT
"""Nothing larger than this, either way, is a dot of the stars."""

_LEAST = 14 * UNIT**2
"""Area of the smallest thing, in working pixels."""

_RIM = 1.5 * UNIT
"""Inside a thing, nothing nearer to its edge than this starts another thing."""

_LOOP = 1.3
"""A contour grows by this factor when it is filled."""

_SLIM = 4.5 * UNIT
"""The least width and height of a thing that lies inside another."""

_CORE = 1.1 * UNIT
"""Half the least thickness of a thing that lies inside another."""

_WHOLE = 0.8
"""A silhouette that is explained this well as one thing is one thing."""

_BETTER = 0.08
"""By how much every piece must score better than the whole for it to be several things."""

_NEAR = 4
"""Working pixels around a silhouette that are still its own: a faint contour."""

_DOT_SCORE = 0.6
_EDGE = 3.0 * UNIT
"""How far from its silhouette's edge a thing is read with full weight."""

_NARROW_EDGE = 2.3 * UNIT
"""The same where nothing but the edge is read."""

_FLAW = 0.15
"""What scores less inside a thing is a flaw of the fit."""

_TIE = 0.06
"""Two shapes whose scores differ by less are both tried out."""

_CUT_OFF = 40.0
_PRICE = 0.08
"""What a thing more must explain, as a share of the whole, to be believed."""

_DEEP = 0.3
"""The weight farther in."""

_ECHO = 0.62
"""A thing of its holder's shape and color that is larger than this share of it is not counted."""

_HOLDER = 13 * UNIT
"""Nothing can be found inside a thing that is smaller than this."""

_FILLS = 0.72
"""What is wider or taller than this share of its holder is a flaw of the fit, not a thing inside."""

_DEPTH = 3
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Found:
    """One silhouette and the shapes that it may be (the best first); ``within`` is the index of its holder, or None."""

    fits: tuple[Fit, ...]
    within: int | None


@dataclass(frozen=True)
class Dot:
    """A speck too small for a thing, perhaps one of the stars: its box in working pixels and its color."""

    box: Extent
    rgb: NDArray[np.float32]


def find(image: Canvas, under: Rgb, distance: NDArray[np.float32]) -> tuple[list[Found], list[Dot], Rgb]:
    """Return the things that stand out from the background, holders before what they hold, the specks, and the image
    that these things on that background would make (specks as they are)."""
    apart = distance > _APART
    parts, count = ndimage.label(apart, _EIGHT)
    if not count:
        return [], [], under
    peaks = ndimage.maximum(distance, parts, np.arange(1, count + 1))
    apart &= np.concatenate([[False], peaks > _PEAK])[parts]
    whole = ndimage.binary_fill_holes(apart)
    parts, count = ndimage.label(whole, _EIGHT)
    # Where a pixel is near the background it is the background, whatever the model of it says.
    base = np.where(ndimage.binary_dilation(apart, _EIGHT, 2)[..., None], under, image.rgb)
    found: list[Found] = []
    dots: list[Dot] = []
    expected = under.copy()
    for silhouette in _with_trunks([parts == n for n in range(1, count + 1)]):
        known = len(dots)
        shown = _place(_Scene(image, base, distance, np.ones_like(whole)), silhouette, None, 0, found, dots)
        expected = np.where((shown != base).any(-1, keepdims=True), shown, expected)
        if len(dots) > known:
            expected[silhouette] = image.rgb[silhouette]
    return found, dots, expected


@dataclass(frozen=True)
class _Scene:
    """What a silhouette is read from: the image, what it lies on, how far each pixel is from that, and which pixels
    are not another thing's."""

    image: Canvas
    under: Rgb
    distance: NDArray[np.float32]
    ours: Mask


def _place(scene: _Scene, silhouette: Mask, within: int | None, depth: int, found: list[Found], dots: list[Dot]) -> Rgb:
    """Note what a silhouette is: a thing, several that touch, a speck, or too little to tell.

    Returns what the image should look like if it is so.
    """
    if _is_dot(silhouette):
        if within is None and silhouette.sum() >= 1.5 * UNIT**2:
            middle = silhouette & (scene.distance >= 0.7 * scene.distance[silhouette].max())
            dots.append(Dot(extent_of(silhouette), np.median(scene.image.rgb[middle], axis=0)))
        return scene.under
    x0, y0, x1, y1 = extent_of(silhouette)
    if silhouette.sum() < _LEAST or min(x1 - x0, y1 - y0) <= 2 * UNIT:
        return scene.under
    fits = _fits(scene, silhouette, _DEEP)
    if fits[0].score < _WHOLE:
        for parts in _divisions(scene, silhouette, fits[0].score):
            expected = scene.under
            for part in parts:
                expected = _place(
                    replace(_without(scene, silhouette, part), under=expected), part, within, depth, found, dots
                )
            return expected
    if within is not None and _is_flaw(scene, silhouette, fits[0], found[within].fits[0]):
        return scene.under
    if fits[0].score >= _WHOLE or depth >= _DEPTH or max(x1 - x0, y1 - y0) < _HOLDER:
        return _note(scene, silhouette, fits, within, depth, found)
    # What lies inside may have been taken for the fill: read the edge alone, and keep what explains more.
    readings = []
    # At the edge alone a ring and a disc are the same.
    other = {"circle": "ring", "ring": "circle"}.get(fits[0].shape)
    opinions = [fits, tuple(one for one in _fits(scene, silhouette, 0.0) if one.shape != other)]
    if len(fits) > 1 and fits[0].score - fits[1].score < _TIE:
        opinions.append((fits[1], fits[0], *fits[2:]))
    for opinion in opinions:
        notes = found.copy()
        readings.append((_note(scene, silhouette, opinion, within, depth, notes), notes))
    each = _PRICE * _unexplained(scene, silhouette, scene.under)
    rests = [_unexplained(scene, silhouette, expected) + each * len(notes) for expected, notes in readings]
    expected, notes = readings[int(np.argmin(rests))]
    found[:] = notes
    return expected


def _note(
    scene: _Scene, silhouette: Mask, fits: tuple[Fit, ...], within: int | None, depth: int, found: list[Found]
) -> Rgb:
    """Note a thing and what lies inside it; return what the image should look like with them."""
    me = len(found)
    found.append(Found(fits, within))
    expected, mask = render(fits[0].painted, scene.under)
    x0, y0, x1, y1 = fits[0].box
    if depth < _DEPTH and max(x1 - x0, y1 - y0) >= _HOLDER:
        distance = np.asarray(np.sqrt(((scene.image.lab - to_lab(expected)) ** 2).sum(-1)), np.float32)
        for part in _inside(distance, silhouette | mask):
            expected = _place(replace(scene, under=expected, distance=distance), part, me, depth + 1, found, [])
    return expected


def _is_flaw(scene: _Scene, silhouette: Mask, inner: Fit, outer: Fit) -> bool:
    """Say whether what was found inside a thing is only where its fit was not exact."""
    if inner.score < _FLAW or _fills(inner.box, outer.box):
        return True
    if outer.shape == inner.shape and inner.box[2] - inner.box[0] > _ECHO * (outer.box[2] - outer.box[0]):
        # A contour that was taken for the fill, and the fill for a thing inside.
        return float(np.sqrt(((to_lab(inner.fill) - to_lab(outer.fill)) ** 2).sum())) < 2 * _APART
    if outer.shape != "ring" or inner.shape not in ("circle", "ring"):
        return False
    # The inner contour of a ring, with the ground in its middle.
    ground = np.sqrt(((to_lab(scene.under[silhouette]) - to_lab(inner.fill)) ** 2).sum(-1))
    return float(np.median(ground)) < _APART


def _fills(inner: Extent, outer: Extent) -> bool:
    """Say whether a box is too large to be that of a thing inside another."""
    return any(inner[n + 2] - inner[n] > _FILLS * (outer[n + 2] - outer[n]) for n in (0, 1))


def _unexplained(scene: _Scene, silhouette: Mask, expected: Rgb) -> float:
    """Return how much of a silhouette differs from what is expected: ΔE, large ones cut off, summed over pixels."""
    rest = np.sqrt(((scene.image.lab[silhouette] - to_lab(expected[silhouette])) ** 2).sum(-1))
    return float(np.minimum(rest, _CUT_OFF).sum())


def _fits(scene: _Scene, silhouette: Mask, deep: float) -> tuple[Fit, ...]:
    """Return the shapes that a silhouette may be, other things left out of account; ``deep`` weighs its inside."""
    near = ndimage.binary_dilation(silhouette, _EIGHT, _NEAR)
    others = ndimage.binary_dilation((scene.distance > _APART) & ~near, _EIGHT)
    # Deep inside a thing there may be another: its edge says more about it.
    depth = ndimage.distance_transform_edt(silhouette)
    weight = deep + (1 - deep) / (1 + (depth / (_EDGE if deep else _NARROW_EDGE)) ** 6)
    fits = fit(scene.image.rgb, scene.under, silhouette, np.where(scene.ours & ~others, weight, 0))
    shapes = [one.shape for one in fits]
    if shapes[0] == "circle" and "ring" in shapes and _is_hollow(scene, fits[0]):
        ring = fits[shapes.index("ring")]
        return (replace(ring, score=max(ring.score, fits[0].score)), *(one for one in fits if one is not ring))
    return fits


def _is_hollow(scene: _Scene, circle: Fit) -> bool:
    """Say whether the ground shows in the middle of a disc that is not of the ground's color."""
    x0, y0, x1, y1 = circle.box
    y, x = np.mgrid[0 : scene.distance.shape[0], 0 : scene.distance.shape[1]] + 0.5
    radius = np.hypot((2 * x - x0 - x1) / (x1 - x0), (2 * y - y0 - y1) / (y1 - y0))
    middle = (radius > 0.22) & (radius < 0.42)
    if not middle.any():
        return False
    under = to_lab(scene.under[middle])
    far = np.sqrt(((under - to_lab(circle.fill)) ** 2).sum(-1)).mean() > 2 * _APART
    return bool(far and (scene.distance[middle] < _APART).mean() > 0.6)


def _without(scene: _Scene, whole: Mask, part: Mask) -> _Scene:
    """Return a scene in which the rest of a silhouette is not the part's."""
    return replace(scene, ours=scene.ours & ~(whole & ~part))


def _with_trunks(silhouettes: list[Mask]) -> list[Mask]:
    """Return silhouettes in which slender bits are joined with what stands right above them: a tree on its trunk."""
    boxes = [extent_of(silhouette) for silhouette in silhouettes]
    crown_of: dict[int, int] = {}
    for n, (x0, y0, x1, y1) in enumerate(boxes):
        for k, (a0, b0, a1, b1) in enumerate(boxes):
            slender = x1 - x0 < 0.45 * (a1 - a0) and 1.5 * UNIT < y1 - y0 < 0.7 * (b1 - b0)
            under = abs(x0 + x1 - a0 - a1) < 0.3 * (a1 - a0) and abs(y0 - b1) < 2.5 * UNIT
            if n != k and slender and under:
                crown_of[n] = k
    joined = [silhouette.copy() for silhouette in silhouettes]
    for n, k in crown_of.items():
        bridge = np.zeros_like(joined[k])
        x0, y0, x1, _ = (int(v) for v in boxes[n])
        bridge[int(boxes[k][3]) - 1 : y0 + 1, x0:x1] = True
        joined[k] |= silhouettes[n] | bridge
    return [silhouette for n, silhouette in enumerate(joined) if n not in crown_of]


def _is_dot(silhouette: Mask) -> bool:
    """Say whether a silhouette is no larger than one of the stars."""
    x0, y0, x1, y1 = extent_of(silhouette)
    return max(x1 - x0, y1 - y0) <= _DOT


def _divisions(scene: _Scene, silhouette: Mask, score: float) -> Iterator[list[Mask]]:
    """Yield ways to see a silhouette as several things, each better than as one thing of this score."""
    tried = 0
    for share in (0.3, 0.5, 0.7):
        parts = _pieces(scene.distance, silhouette, share)
        if len(parts) <= max(1, tried):
            continue
        tried = len(parts)
        scores = [
            _DOT_SCORE if _is_dot(part) else _fits(_without(scene, silhouette, part), part, _DEEP)[0].score
            for part in parts
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
    large = [n + 1 for n in range(count) if sizes[n] >= 3 * UNIT**2]
    if len(large) < 2:
        return [part]
    seeds = np.where(np.isin(cores, large), cores, 0)
    nearest = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    grown = seeds[tuple(nearest)]
    return [part & (grown == n) for n in large]


def _inside(rest: NDArray[np.float32], silhouette: Mask) -> list[Mask]:
    """Return the silhouettes of what differs (ΔE ``rest``) from the painted fit inside a thing."""
    deep = ndimage.distance_transform_edt(silhouette) > _RIM
    parts, count = ndimage.label((rest > _INNER) & deep, _EIGHT)
    border = deep & ~ndimage.binary_erosion(deep, _EIGHT)
    whole = np.zeros_like(deep)
    for n in range(1, count + 1):
        part = parts == n
        if part.sum() < UNIT**2:
            continue
        if (part & border).any():
            # It runs along the holder's contour: only what is closed or thick may be a thing.
            filled = ndimage.binary_fill_holes(part)
            closed = filled.sum() > _LOOP * part.sum() and not _fills(extent_of(filled), extent_of(silhouette))
            thick = ndimage.binary_dilation(ndimage.binary_opening(part, _EIGHT, 2), _EIGHT, 2)
            part = filled if closed else part & thick
        whole |= ndimage.binary_fill_holes(part)
    parts, count = ndimage.label(whole, _EIGHT)
    out = []
    for n in range(1, count + 1):
        part = parts == n
        x0, y0, x1, y1 = extent_of(part)
        if part.sum() < _LEAST or min(x1 - x0, y1 - y0) < _SLIM or _fills((x0, y0, x1, y1), extent_of(silhouette)):
            continue
        if ndimage.distance_transform_edt(part).max() >= _CORE:
            out.append(part)
    return out
