"""Which shape a silhouette is, in which colours: every likely template is painted, and the best agreement wins."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from harness.vision import templates
from harness.vision.canvas import UNIT, Rgb
from harness.vision.paint import Extent, Mask, Painted, Site, Trial, bilinear, nothing, paint
from harness.vision.templates import Field, Template

_LINES = (0.0, 1.1, 1.5, 2.0)
"""Widths of contours tried, in units of 1/64 of the picture."""

_HIDDEN = (0.7, 1.1, 1.5)
"""Widths tried for a contour that is lost in the ground."""

_THICKEST = 0.4
"""No contour is wider than this, in half boxes: what is wider is a ring."""

_INSETS = (0.0, 0.5, 1.0, 1.5)
"""By how many working pixels the true box may lie inside that of the silhouette."""

_KEEP = 0.17
"""Shapes whose silhouette fits worse than the best by more than this (IoU) are not tried in colour."""

_MOST = 6
_SURE = 0.75
_AHEAD = 0.2
"""A fit is not refined when its score is above the first and ahead of the next shape by the second."""

_RIVAL = 0.35
"""Shapes whose score is lower than the best by more than this are not refined."""

_REACH = 5 * UNIT
"""How far a side of a box may be from that of the silhouette, in working pixels."""

_SETTLED = 4
"""How many shapes are refined."""


@dataclass(frozen=True)
class Fit:
    """A shape painted into a box so that it agrees with the pixels.

    ``score`` is the share of the difference to the background that it explains (at most 1, less what speaks
    against its colours); ``overlap`` the intersection over union with the silhouette.
    """

    painted: Painted
    score: float
    overlap: float

    @property
    def shape(self) -> str:
        """The shape."""
        return self.painted.trial.template.shape

    @property
    def box(self) -> Extent:
        """The box, in working pixels."""
        return self.painted.trial.box

    @property
    def fill(self) -> Field:
        """The colour of the fill, RGB 0..255."""
        return np.asarray(self.painted.colors[0] * 255, np.float32)


def extent_of(mask: Mask) -> Extent:
    """Return the box of a mask, in working pixels."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(cols[0]), float(rows[0]), float(cols[-1] + 1), float(rows[-1] + 1)


@cache
def _solid() -> tuple[Template, ...]:
    """Return the templates without holes: a ring's silhouette is a circle's."""
    return tuple(t for t in templates.library() if t.shape != "ring")


@cache
def _silhouettes() -> Field:
    """Return the silhouettes of the templates without holes: templates × cells."""
    return np.stack([templates.cover(t.outline, 0.08).ravel() for t in _solid()])


def _overlaps(mask: Mask, box: Extent) -> dict[str, tuple[float, Template]]:
    """Return the best turn of every shape with its overlap with a silhouette, the best first."""
    axis = templates.patch_axis()
    xs = (box[0] + box[2]) / 2 + axis * (box[2] - box[0]) / 2 - 0.5
    ys = (box[1] + box[3]) / 2 + axis * (box[3] - box[1]) / 2 - 0.5
    patch = bilinear(mask[..., None].astype(np.float32), xs[None], ys[None])[0, :, 0]
    shapes = _silhouettes()
    both = np.minimum(shapes, patch).sum(1)
    overlap = both / (shapes.sum(1) + patch.sum() - both)
    best: dict[str, tuple[float, Template]] = {}
    for n in np.argsort(-overlap):
        best.setdefault(_solid()[n].shape, (float(overlap[n]), _solid()[n]))
    ring = next(t for t in templates.library() if t.shape == "ring" and t.turn == 0)
    best["ring"] = (best["circle"][0], ring)
    return dict(sorted(best.items(), key=lambda item: -item[1][0]))


def fit(rgb: Rgb, under: Rgb, silhouette: Mask, ours: Mask) -> tuple[Fit, ...]:
    """Return the shapes that a filled silhouette may be, one fit a shape, the best first.

    ``rgb`` and ``under`` (what it lies on) are height × width × 3, 0..255; ``ours`` is false where another thing is.
    """
    site = Site.of(rgb, under, ours)
    outer = extent_of(silhouette)
    ranked = _overlaps(silhouette, outer)
    best = max(value for value, _ in ranked.values())
    kept = {shape: pair for shape, pair in list(ranked.items())[:_MOST] if pair[0] >= best - _KEEP}
    half = max(outer[2] - outer[0], outer[3] - outer[1]) / 2 / UNIT
    lines = sorted({min(line / half, _THICKEST) for line in _LINES})
    blank = max(nothing(site, _inset(outer, -2.0) or outer), 1e-6)
    first = [
        Trial(template, line, box)
        for box in filter(None, (_inset(outer, by) for by in _INSETS))
        for _, template in list(kept.values())[:3]
        for line in lines[::2]
    ]
    box = max(paint(site, first), key=lambda p: p.gain).trial.box
    found = _best(site, [Trial(t, line, box) for _, t in kept.values() for line in lines], ranked, blank)
    if found[0].score < _SURE or (len(found) > 1 and found[0].score - found[1].score < _AHEAD):
        found = _refined(site, found, ranked, silhouette, half, blank)
    return tuple(found)


def _best(site: Site, trials: list[Trial], ranked: dict[str, tuple[float, Template]], blank: float) -> list[Fit]:
    """Return the best trial of every shape, the best shape first."""
    found: dict[str, Fit] = {}
    for painted in paint(site, trials):
        shape = painted.trial.template.shape
        score = painted.gain / blank - _against(painted)
        if shape not in found or score > found[shape].score:
            found[shape] = Fit(painted, score, ranked[shape][0])
    return sorted(found.values(), key=lambda f: -f.score)


def _refined(
    site: Site,
    found: list[Fit],
    ranked: dict[str, tuple[float, Template]],
    silhouette: Mask,
    half: float,
    blank: float,
) -> list[Fit]:
    """Return the likely shapes with every side of their boxes moved to where they agree best."""
    outer = extent_of(silhouette)
    around = [_around(t, line, outer) for _, t in ranked.values() for line in _HIDDEN]
    line = min(_LINES[2] / half, _THICKEST)
    whole = [Trial(t, width, found[0].box) for _, t in ranked.values() for width in (0.0, line)]
    wider = _best(site, around + whole, ranked, blank)
    best = {f.shape: f for f in wider + found}
    for f in found + wider:
        best[f.shape] = max(best[f.shape], f, key=lambda g: g.score)
    ahead = sorted(best.values(), key=lambda f: -f.score)
    for candidate in [f for f in ahead if f.score > ahead[0].score - _RIVAL][:_SETTLED]:
        best[candidate.shape] = _settle(site, candidate, outer, ranked, blank)
    return sorted(best.values(), key=lambda f: -f.score)


def _settle(site: Site, start: Fit, outer: Extent, ranked: dict[str, tuple[float, Template]], blank: float) -> Fit:
    """Return a fit with each side of its box moved as long as that helps."""
    best = start
    for step in (2.0, 2.0, 1.0, 0.5):
        trial = best.painted.trial
        moves = []
        for side in range(4):
            for by in (-step, step):
                x0, y0, x1, y1 = (edge + by * (n == side) for n, edge in enumerate(trial.box))
                if x1 - x0 > 6 and y1 - y0 > 6 and abs(trial.box[side] + by - outer[side]) <= _REACH:
                    moves.append((side, replace(trial, box=(x0, y0, x1, y1))))
        if not moves:
            break
        scores: dict[int, tuple[float, Trial]] = {}
        for (side, move), painted in zip(moves, paint(site, [m for _, m in moves]), strict=True):
            score = painted.gain / blank - _against(painted)
            if score > scores.get(side, (best.score, trial))[0]:
                scores[side] = (score, move)
        if not scores:
            continue
        together = list(trial.box)
        for side, (_, move) in scores.items():
            together[side] = move.box[side]
        box = (together[0], together[1], together[2], together[3])
        one = max(scores.values(), key=lambda pair: pair[0])[1]
        best = max([best, *_best(site, [replace(trial, box=box), one], ranked, blank)], key=lambda f: f.score)
    trial = best.painted.trial
    turned = [t for t in templates.library() if t.shape == best.shape and abs(t.turn - trial.template.turn) < 4]
    thinner = (0.7 * trial.line, trial.line, min(1.3 * trial.line, _THICKEST)) if trial.line else (0.0,)
    again = [Trial(t, line, trial.box) for t in turned for line in thinner]
    return max([best, *_best(site, again, ranked, blank)], key=lambda f: f.score)


def _around(template: Template, width: float, core: Extent) -> Trial:
    """Return the trial of a shape of which only the part inside its contour (in 1/64 of the picture) is seen."""
    box, line = core, 0.0
    axis, cell = templates.patch_axis(), 1 / templates.CELLS
    for _ in range(3):
        line = min(2 * UNIT * width / max(box[2] - box[0], box[3] - box[1]), _THICKEST)
        inside = template.outline + np.float32(line) <= 0
        cols, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
        if not len(cols) or not len(rows):
            break
        ends = []
        for seen, low, high in ((cols, core[0], core[2]), (rows, core[1], core[3])):
            first, last = float(axis[seen[0]]) - cell, float(axis[seen[-1]]) + cell
            scale = (high - low) / (last - first)
            ends.append((max(low - _REACH, low + (-1 - first) * scale), min(high + _REACH, high + (1 - last) * scale)))
        box = ends[0][0], ends[1][0], ends[0][1], ends[1][1]
    return Trial(template, line, box)


def _inset(box: Extent, by: float) -> Extent | None:
    """Return a box made smaller on all sides, or None when little would be left."""
    x0, y0, x1, y1 = box
    if by > 0 and min(x1 - x0, y1 - y0) < 4 * by + 4:
        return None
    return x0 + by, y0 + by, x1 - by, y1 - by


_SUN = np.asarray([(255, 214, 64), (248, 160, 32)], np.float32) / 255
_MOON = np.asarray([(246, 240, 206), (146, 150, 178)], np.float32) / 255
_TRUNKS = np.asarray([(110, 70, 40), (160, 124, 98)], np.float32) / 255


def _against(painted: Painted) -> float:
    """Return what speaks against the colours of a painted trial (0: nothing).

    A contour is dark, grey, or a darker tone of the fill; a trunk is brown; sun and moon have their own colours.
    """
    shape, (fill, edge, extra) = painted.trial.template.shape, painted.colors
    against = 0.0
    if painted.trial.line and shape != "sun":
        gray = float(edge.max() - edge.min()) < 0.12
        dark = float(edge.max()) < 0.3
        tone = float(np.abs(edge - 0.58 * fill).max()) < 0.2
        against += 0.0 if gray or dark or tone else 0.12
    if shape == "sun":
        against += 0.6 * max(0.0, _far(fill, _SUN[:1]) - 0.15) + 0.6 * max(0.0, _far(extra, _SUN[1:]) - 0.15)
    elif shape == "moon":
        against += 0.8 * max(0.0, _far(fill, _MOON) - 0.12)
    elif shape == "tree":
        against += 0.4 * max(0.0, _far(extra, _TRUNKS) - 0.15)
    return against


def _far(color: Field, colors: Field) -> float:
    """Return the Euclidean distance (RGB, 0..1) to the nearest of some colours."""
    return float(np.sqrt(((colors - color) ** 2).sum(-1)).min())
