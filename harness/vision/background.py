"""The background: a plain color that may shade slowly, or a sky over hills or sea."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.vision.canvas import UNIT, Canvas, Rgb
from harness.vision.colors import Lab, distance_to_plain, name_plain, to_lab
from harness.vision.view import Ground

Map = NDArray[np.floating[Any]]

_NEAR = 9.0
"""ΔE within which a pixel belongs to a background model."""

_COVERED = 0.8
"""Share of the border that a model must explain to be believed."""

_SMOOTH = 0.9
"""Mean ΔE of the border below which a plain background is beyond question."""

_GAIN = 0.5
"""Mean ΔE by which a scenic model must explain the border better than a plain one."""

_SHOWN = 0.8
"""Share of a column about the horizon that must show for its horizon to be read."""

_LARGE = 30.0
"""RGB difference beyond which a thing stands at the side of the image."""

_SCENES: dict[tuple[str, str], tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    ("hills", "day"): ((168, 212, 250), (214, 234, 252), (166, 212, 128)),
    ("hills", "sunset"): ((190, 158, 204), (255, 208, 164), (176, 156, 110)),
    ("hills", "night"): ((20, 24, 58), (40, 46, 92), (38, 66, 58)),
    ("sea", "day"): ((168, 212, 250), (214, 234, 252), (112, 178, 222)),
    ("sea", "sunset"): ((190, 158, 204), (255, 208, 164), (150, 122, 172)),
    ("sea", "night"): ((20, 24, 58), (40, 46, 92), (24, 52, 96)),
}
"""Top and bottom of the sky, and the ground, of the scenes that have a name."""

_FAR_SCENE = 30.0
_CLOSE_SCENE = 4.0


@dataclass(frozen=True)
class Backdrop:
    """The background of a canvas: its description, its ΔE to each pixel, and its image without the things."""

    ground: Ground
    distance: Map
    rgb: Rgb


def backdrop(image: Canvas) -> Backdrop:
    """Return the background of an image: the simplest model that explains its border."""
    border = _border(*image.rgb.shape[:2])
    plain = _plain(image)
    rest = _misfit(plain, border)
    if plain.ground.cover >= _COVERED and rest < _SMOOTH:
        return plain
    scenic = _scenic(image)
    best = scenic if _misfit(scenic, border) < rest - _GAIN else plain
    if best.ground.cover >= _COVERED:
        return best
    return Backdrop(Ground("unclear", None, None, best.ground.cover, sure=False), best.distance, best.rgb)


def _misfit(model: Backdrop, border: NDArray[np.bool_]) -> float:
    """Return the mean ΔE of the border to a model, large ones cut off."""
    return float(np.minimum(model.distance[border], 20.0).mean())


def _border(height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of the outermost two working pixels."""
    mask = np.ones((height, width), bool)
    mask[2:-2, 2:-2] = False
    return mask


def _terms(height: int, width: int, *, quadratic: bool) -> NDArray[np.float64]:
    """Return the terms of a slow change over the image: height × width × (3 or 6)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    one = np.ones_like(x)
    return np.stack([one, x, y, x * x, x * y, y * y] if quadratic else [one, x, y], axis=-1)


def _fit(terms: NDArray[np.float64], rgb: Rgb, mask: NDArray[np.bool_]) -> Rgb:
    """Return the least-squares surface through the masked pixels, over the whole image."""
    known = terms[mask]
    normal = known.T @ known + 1e-6 * np.eye(known.shape[1])
    solution = np.linalg.solve(normal, known.T @ rgb[mask].astype(np.float64))
    return np.asarray(np.clip(terms @ solution, 0, 255), np.float32)


def _delta(a: Lab, b: Lab) -> Map:
    return np.asarray(np.sqrt(((a - b) ** 2).sum(-1)), np.float32)


def _plain(image: Canvas) -> Backdrop:
    """Return the model of a single color, slowly shaded."""
    height, width = image.rgb.shape[:2]
    border = _border(height, width)
    middle = np.median(image.rgb[border], axis=0).astype(np.float32)
    near = border & (_delta(image.lab, to_lab(middle)) < 2.5 * _NEAR)
    surface = _fit(_terms(height, width, quadratic=False), image.rgb, near if near.sum() > 50 else border)
    for quadratic in (False, True):
        near = _delta(image.lab, to_lab(surface)) < _NEAR
        if near.sum() < 0.1 * height * width:
            break
        surface = _fit(_terms(height, width, quadratic=quadratic), image.rgb, near)
    distance = _delta(image.lab, to_lab(surface))
    cover = float((distance[border] < _NEAR).mean())
    tone = np.median(surface.reshape(-1, 3), axis=0)
    named = name_plain(tone)
    ground = Ground("plain", named.name, None, cover, len(named.readings) == 1, distance_to_plain(tone))
    return Backdrop(ground, distance, surface)


def _horizon(strip: Rgb) -> int:
    """Return the row where one vertical strip (rows × 3) changes from sky to ground."""
    rows = len(strip)
    low, high = rows * 3 // 10, rows * 85 // 100
    coarse = min(range(low, high, 4), key=lambda split: _split_error(strip, split))
    return min(range(max(low, coarse - 3), min(high, coarse + 4)), key=lambda split: _split_error(strip, split))


def _split_error(strip: Rgb, split: int) -> float:
    """Return how badly a strip is a sky that changes evenly above a row and one color below it."""
    sky, ground = strip[: split - 1], strip[split + 1 :]
    y = np.arange(len(sky)) - (len(sky) - 1) / 2
    slope = (y @ sky) / max(float(y @ y), 1.0)
    error = 0.0
    for rest in (sky - sky.mean(0) - y[:, None] * slope, ground - ground.mean(0)):
        error += float(np.minimum(rest**2, _LARGE**2).sum())
    return error


def _scenic(image: Canvas) -> Backdrop:
    """Return the model of a sky over a ground."""
    height, width = image.rgb.shape[:2]
    border = _border(height, width)
    strips = [np.median(image.rgb[:, part], axis=1) for part in (slice(0, 3), slice(-3, None))]
    left, right = (_horizon(strip) for strip in strips)
    rows = np.arange(height)[:, None] + np.zeros((1, width), int)
    skyward, below = rows < min(left, right) - 4 * UNIT, rows > max(left, right) + 2 * UNIT
    sky = _surface(image, border & skyward, skyward)
    ground = _surface(image, border & below, below)
    sky_lab, ground_lab = to_lab(sky), to_lab(ground)
    light = to_lab(np.clip(ground * 1.2 + 14, 0, 255))
    middle, horizon = width // 2, min(left, right)
    seen = to_lab(np.stack([sky[0, middle], sky[max(0, horizon - 2), middle], ground[-1, middle]]))
    named = _name_scene(seen)
    # The sea is level; hills rise and fall between the sides.
    up, down = (1.5, 1.5) if named.kind == "sea" else (7.0, 5.0)
    low, high = horizon - round(up * UNIT), max(left, right) + round(down * UNIT)
    to_sky, to_ground = _delta(image.lab, sky_lab), _between(image.lab, ground_lab, light)
    band = np.minimum(np.minimum(to_sky, to_ground), _between(image.lab, sky_lab, ground_lab))
    distance = np.where(rows < low, to_sky, np.where(rows > high, to_ground, band)).astype(np.float32)
    cover = float((distance[border] < _NEAR).mean())
    line = _ridge(to_sky, to_ground, max(0, low), min(height, high + 1), (left, right))
    upper = rows < line
    rgb = np.where(upper[..., None], sky, ground)
    return Backdrop(replace(named, cover=cover), distance, rgb)


def _ridge(to_sky: Map, to_ground: Map, low: int, high: int, ends: tuple[int, int]) -> Map:
    """Return for every column the row where the ground begins, between the rows ``low`` and ``high``.

    Columns that a thing hides take it from their neighbors, the sides of the image from ``ends``.
    """
    width = to_sky.shape[1]
    sky, ground = to_sky[low:high], to_ground[low:high]
    known = np.minimum(sky, ground) < _NEAR
    share = (known & (sky < ground)).sum(0) / np.maximum(known.sum(0), 1)
    columns = np.flatnonzero(known.mean(0) > _SHOWN)
    columns = columns[(columns > 1) & (columns < width - 2)]
    at = np.concatenate([[0], columns, [width - 1]])
    rows = np.concatenate([[ends[0]], low + share[columns] * (high - low), [ends[1]]])
    return np.asarray(np.interp(np.arange(width), at, rows))


def _surface(image: Canvas, seed: NDArray[np.bool_], region: NDArray[np.bool_]) -> Rgb:
    """Return a slowly shaded color grown from seed pixels over a region."""
    height, width = image.rgb.shape[:2]
    terms = _terms(height, width, quadratic=False)
    surface = _fit(terms, image.rgb, seed)
    for _ in range(2):
        near = region & (_delta(image.lab, to_lab(surface)) < _NEAR)
        if near.sum() < 40:
            break
        surface = _fit(terms, image.rgb, near)
    return surface


def _between(lab: Lab, one: Lab, other: Lab) -> Map:
    """Return ΔE 76 to the nearest mixture of two colors."""
    way = other - one
    t = np.clip(((lab - one) * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-6), 0, 1)
    return _delta(lab, one + t[..., None] * way)


def _name_scene(seen: Lab) -> Ground:
    """Return the scene whose sky and ground are nearest to those seen (three Lab colors)."""
    ranked = sorted(
        (float(np.sqrt(((to_lab(np.asarray(colors, np.float32)) - seen) ** 2).sum(-1)).mean()), key)
        for key, colors in _SCENES.items()
    )
    (near, (kind, time)), (next_, _) = ranked[:2]
    return Ground(kind, None, time, 0.0, near <= _FAR_SCENE and next_ - near >= _CLOSE_SCENE, near)
