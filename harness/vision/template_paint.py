"""Painting templates into boxes with the colors that agree best with the pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from harness.vision import templates
from harness.vision.canvas import UNIT, Rgb
from harness.vision.templates import Field, Template

Mask = NDArray[np.bool_]
Extent = tuple[float, float, float, float]

SOFT = 1.8
"""Width of an edge, in units of 1/64 of the image."""

CAP = 0.4
"""RGB difference (root mean square, 0..1) above which a cell counts as something else altogether."""

_CLOSE = 0.04
_ROUNDS = 3
"""Rounds of reweighting; one is enough from a good guess of the colors."""

"""RGB difference (root mean square, 0..1) that is as good as none."""

_LEAST_WEIGHT = 0.2
"""A cell that counts less than this may show another thing, and does not count."""

_RIDGE = np.float32(1e-2)
"""How strongly a color that hardly shows is held to its first guess."""


_RIM = 0.05
"""How far from its edge, in half boxes, a fill is looked at."""


@dataclass(frozen=True)
class Trial:
    """A template to be painted: ``line`` is the contour's width in half boxes, ``box`` in working pixels."""

    template: Template
    line: float
    box: Extent


@dataclass(frozen=True)
class Painted:
    """A trial with its best colors (fill, contour, extra part; 0..1) and its gain.

    ``gain`` is by how much it lowers the cut-off difference to the image, summed over working pixels.
    """

    trial: Trial
    colors: Field
    gain: float


@dataclass(frozen=True)
class Site:
    """Where a thing is: the image, what it lies on, and the weight of each pixel, as one stack of seven layers."""

    stack: Rgb

    @classmethod
    def of(cls, rgb: Rgb, under: Rgb, weight: Field) -> "Site":
        """Return a site; ``weight`` (0..1) is how much each pixel counts."""
        scale = np.float32(1 / 255)
        return cls(np.concatenate([rgb * scale, under * scale, weight[..., None].astype(np.float32)], axis=-1))

    def patches(self, boxes: list[Extent]) -> Field:
        """Return the layers of every box: boxes × cells × 7, the weight last."""
        axis = templates.patch_axis()
        b = np.asarray(boxes, np.float32)
        xs = (b[:, 0] + b[:, 2])[:, None] / 2 + axis * (b[:, 2] - b[:, 0])[:, None] / 2 - 0.5
        ys = (b[:, 1] + b[:, 3])[:, None] / 2 + axis * (b[:, 3] - b[:, 1])[:, None] / 2 - 0.5
        out = bilinear(self.stack, xs, ys)
        out[..., 6] *= out[..., 6] > _LEAST_WEIGHT
        return out


def bilinear(stack: Rgb, xs: Field, ys: Field) -> Field:
    """Return an image's layers on grids of columns and rows (boxes × axis each): boxes × cells × layers."""
    height, width = stack.shape[:2]
    xs, ys = np.clip(xs, 0, width - 1.001), np.clip(ys, 0, height - 1.001)
    x0, y0 = xs.astype(np.intp), ys.astype(np.intp)
    fx, fy = (xs - x0)[:, None, :, None], (ys - y0)[:, :, None, None]
    x0, y0 = x0[:, None, :], y0[:, :, None]
    upper = stack[y0, x0] * (1 - fx) + stack[y0, x0 + 1] * fx
    lower = stack[y0 + 1, x0] * (1 - fx) + stack[y0 + 1, x0 + 1] * fx
    out = upper * (1 - fy) + lower * fy
    return np.asarray(out.reshape(len(xs), -1, stack.shape[2]), np.float32)


def softness(box: Extent) -> float:
    """Return the width of an edge in half boxes."""
    return 2 * SOFT * UNIT / max(box[2] - box[0], box[3] - box[1], 1.0)


def layers(template: Template, line: float, soft: float) -> tuple[Field, Field, Field]:
    """Return how much of each cell shows the fill, the contour and the extra part of a template.

    A house's roof and door are its fill, darker; the extra part is a tree's trunk or a sun's rays.
    """
    whole = templates.cover(template.outline, soft)
    inner = templates.cover(template.outline + np.float32(line), soft) if line else whole
    edge = whole - inner
    if template.shape == "house":
        roof, door = (templates.cover(part, soft) for part in template.parts)
        return inner * (1 - np.float32(0.28) * roof) * (1 - np.float32(0.5) * door), edge, np.zeros_like(whole)
    if template.shape in ("tree", "sun"):
        fill = np.minimum(inner, templates.cover(template.parts[0], soft))
        return fill, edge, inner - fill
    return inner, edge, np.zeros_like(whole)


def paint(site: Site, trials: list[Trial], guess: Field | None = None) -> list[Painted]:
    """Return every trial painted with its best colors: least absolute differences, by reweighted least squares.

    ``guess`` are the colors (fill, contour, extra part) of a trial much like these.
    """
    boxes = list(dict.fromkeys(t.box for t in trials))
    which = [boxes.index(t.box) for t in trials]
    cut = site.patches(boxes)
    rgb, under, keep = cut[which, :, :3], cut[which, :, 3:6], cut[which, :, 6]
    made = [layers(t.template, t.line, softness(t.box)) for t in trials]
    stack = np.stack([np.stack([part.ravel() for part in parts]) for parts in made])
    solid = np.stack([templates.cover(t.template.outline, softness(t.box)).ravel() for t in trials])
    target = rgb - (1 - solid)[..., None] * under
    start = _guess(stack, rgb, trials, which) if guess is None else np.broadcast_to(guess, (len(trials), 3, 3))
    colors: Field = np.asarray(start, np.float32)
    eye = np.eye(3, dtype=np.float32) * _RIDGE
    across = stack.transpose(0, 2, 1)
    # The fill is read near its edge: farther in, something else may lie on it.
    depth = np.stack([-t.template.outline.ravel() - np.float32(t.line) for t in trials])
    rim = np.asarray([_RIM + 0.7 * softness(t.box) for t in trials], np.float32)[:, None]
    keep_near = keep / (1 + (np.maximum(depth, 0) / rim) ** 4)
    for _ in range(_ROUNDS if guess is None else 1):
        rest = target - across @ colors
        weights = keep_near / (np.sqrt(_mean_square(rest)) + np.float32(_CLOSE))
        weighted = stack * weights[:, None]
        colors = np.linalg.solve(weighted @ across + eye, weighted @ target + _RIDGE * start)
        colors = np.asarray(np.clip(colors, -0.05, 1.05), np.float32)
    rest = target - across @ colors
    gain = ((_capped(rgb - under) - _capped(rest)) * keep).sum(-1)
    return [Painted(t, np.clip(colors[n], 0, 1), float(gain[n]) * _cell(t.box)) for n, t in enumerate(trials)]


def _mean_square(rest: Field) -> Field:
    r, g, b = rest[..., 0], rest[..., 1], rest[..., 2]
    return np.asarray((r * r + g * g + b * b) * np.float32(1 / 3))


def _capped(rest: Field) -> Field:
    """Return the root mean square over the color channels, large ones cut off."""
    return np.asarray(np.minimum(np.sqrt(_mean_square(rest)), np.float32(CAP)))


def _cell(box: Extent) -> float:
    """Return the area of a cell of a box's patch, in working pixels."""
    return (box[2] - box[0]) * (box[3] - box[1]) / templates.CELLS**2


def _guess(stack: Field, rgb: Field, trials: list[Trial], which: list[int]) -> Field:
    """Return the first guess of the colors: medians where each layer is strongest, shared by like trials."""
    out = np.zeros((len(trials), 3, 3), np.float32)
    known: dict[tuple[str, int, bool], Field] = {}
    for n, trial in enumerate(trials):
        key = (trial.template.shape, which[n], trial.line > 0)
        if key not in known:
            colors = np.zeros((3, 3), np.float32)
            for k in range(3):
                shown = stack[n, k] > 0.8 * max(float(stack[n, k].max()), 0.06)
                # Where a fill meets its edge nothing else lies on it.
                rim = shown & (trial.template.outline.ravel() > -trial.line - 2 * _RIM)
                shown = rim if k == 0 and rim.sum() > 12 else shown
                if shown.any():
                    colors[k] = np.median(rgb[n, shown], axis=0)
            known[key] = colors
        out[n] = known[key]
    return out


def nothing(site: Site, box: Extent) -> float:
    """Return the cut-off difference of a box to what it lies on, summed over working pixels."""
    cut = site.patches([box])[0]
    return float((_capped(cut[:, :3] - cut[:, 3:6]) * cut[:, 6]).sum()) * _cell(box)


def render(painted: Painted, under: Rgb) -> tuple[Rgb, Mask]:
    """Return the image (0..255) with a painted trial over ``under``, and the mask of its shape."""
    height, width = under.shape[:2]
    x0, y0, x1, y1 = painted.trial.box
    x = ((np.arange(width, dtype=np.float32) + 0.5) * 2 - (x0 + x1)) / max(x1 - x0, 1)
    y = ((np.arange(height, dtype=np.float32) + 0.5) * 2 - (y0 + y1)) / max(y1 - y0, 1)
    cols, rows = np.flatnonzero(np.abs(x) < 1.3), np.flatnonzero(np.abs(y) < 1.3)
    mask = np.zeros((height, width), bool)
    out = under.copy()
    if not len(cols) or not len(rows):
        return out, mask
    window = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
    gx, gy = np.meshgrid(x[window[1]], y[window[0]])
    template = templates.at(painted.trial.template.shape, painted.trial.template.turn, gx, gy)
    soft = softness(painted.trial.box)
    parts = np.stack(layers(template, painted.trial.line, soft), axis=-1)
    clear = 1 - templates.cover(template.outline, soft)
    out[window] = clear[..., None] * under[window] + parts @ (painted.colors * np.float32(255))
    mask[window] = ndimage.binary_fill_holes(template.outline <= 0)
    return out, mask
