"""Which shape a silhouette is, in which colors: every likely template is painted, and the best agreement wins."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from harness.vision import templates
from harness.vision.canvas import UNIT, Rgb
from harness.vision.template_paint import Extent, Mask, Painted, Site, Trial, bilinear, nothing, paint
from harness.vision.templates import Field, Template

_LINES = (0.0, 1.1, 1.6)
"""Widths of contours tried, in units of 1/64 of the image."""

_HIDDEN = (1.5, 3.0, 4.5)
"""By how many working pixels a contour that is lost in the ground may reach beyond the silhouette."""

_THICKEST = 0.4
"""No contour is wider than this, in half boxes: what is wider is a ring."""

_NEAR = 0.17
"""Shapes whose silhouette fits worse than the best by more than this (IoU) are not tried in color."""

_MOST = 6
_SURE = 0.5
_AHEAD = 0.2
"""A fit is not refined when its score is above the first and ahead of the next shape by the second."""

_PLAIN_FIRST = 0.03
"""What a contour must gain to be believed."""

_RIVAL = 0.25
"""Shapes whose score is lower than the best by more than this are not refined."""

_REACH = 5 * UNIT
"""How far a side of a box may be from that of the silhouette, in working pixels."""

_NARROW = 6.0
"""The least side of a box, in working pixels."""

_SETTLED = 4
"""How many shapes are refined."""


@dataclass(frozen=True)
class Fit:
    """A shape painted into a box so that it agrees with the pixels.

    ``score`` is the share of the difference to the background that it explains (at most 1, less what speaks against
    its colors).
    """

    painted: Painted
    score: float

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
        """The color of the fill, RGB 0..255."""
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


def fit(rgb: Rgb, under: Rgb, silhouette: Mask, weight: Field) -> tuple[Fit, ...]:
    """Return the shapes that a filled silhouette may be, one fit a shape, the best first.

    ``rgb`` and ``under`` (what it lies on) are height × width × 3, 0..255; ``weight`` (height × width, 0..1) is how
    much each pixel counts, 0 where another thing is.
    """
    site = Site.of(rgb, under, weight)
    outer = extent_of(silhouette)
    ranked = _overlaps(silhouette, outer)
    search = _Search(site, outer, ranked, max(nothing(site, _inset(outer, -2.0)), 1e-6))
    found = search.settled(search.likely(), (1.0, 0.5), 3)
    if found[0].score < _SURE or (len(found) > 1 and found[0].score - found[1].score < _AHEAD):
        found = search.settled(search.unlikely(found), (2.0, 1.0, 0.5), _SETTLED)
    return tuple(found)


@dataclass(frozen=True)
class _Search:
    """A search for the best fit: the site, the silhouette's box, each shape's overlap, and what there is to gain."""

    site: Site
    outer: Extent
    ranked: dict[str, tuple[float, Template]]
    blank: float

    def likely(self) -> list[Fit]:
        """Return the shapes whose silhouettes agree, painted into the box of the silhouette; the best first."""
        best = max(value for value, _ in self.ranked.values())
        near = [t for value, t in list(self.ranked.values())[:_MOST] if value >= best - _NEAR]
        boxes = ((_inset(self.outer, 0.5), _LINES), (_inset(self.outer, 1.5), _LINES[1:]))
        return self.best([Trial(t, width, box) for box, lines in boxes for t in near for width in _widths(box, lines)])

    def unlikely(self, found: list[Fit]) -> list[Fit]:
        """Return the fits joined by shapes with other silhouettes, and by contours that are lost in the ground."""
        boxes = [found[0].box, *(_inset(self.outer, -by) for by in _HIDDEN)]
        trials = [
            Trial(t, width, box)
            for box in boxes
            for width in _widths(box, _LINES if box == boxes[0] else _LINES[1:])
            for _, t in self.ranked.values()
        ]
        best = {f.shape: f for f in self.best(trials)}
        for one in found:
            if one.score >= best[one.shape].score:
                best[one.shape] = one
        return sorted(best.values(), key=lambda f: -f.score)

    def best(self, trials: list[Trial], guess: Field | None = None) -> list[Fit]:
        """Return the best trial of every shape, the best shape first."""
        found: dict[str, Fit] = {}
        for painted in paint(self.site, trials, guess):
            shape = painted.trial.template.shape
            score = painted.gain / self.blank - _against(painted)
            if shape not in found or score > found[shape].score:
                found[shape] = Fit(painted, score)
        return sorted(found.values(), key=lambda f: -f.score)

    def settled(self, found: list[Fit], steps: tuple[float, ...], most: int) -> list[Fit]:
        """Return the fits with the likely ones moved to where they agree best, the best first."""
        near = [f for f in found if f.score > found[0].score - _RIVAL][:most]
        moved: list[Fit] = []
        for one in near:
            if moved and max(f.score for f in moved) - one.score > _AHEAD:
                break
            moved.append(self.settle(one, steps))
        return sorted(moved + found[len(moved) :], key=lambda f: -f.score)

    def settle(self, start: Fit, steps: tuple[float, ...]) -> Fit:
        """Return a fit with each side of its box moved as long as that helps, then its turn and contour."""
        best = start
        for step in steps:
            trial = best.painted.trial
            moves = {(side, by): self.moved(trial, side, by) for side in range(4) for by in (-step, step)}
            sound = [(side, move) for (side, _), move in moves.items() if move is not None]
            if not sound:
                break
            gains: dict[int, tuple[float, Trial]] = {}
            for (side, move), painted in zip(
                sound, paint(self.site, [m for _, m in sound], best.painted.colors), strict=True
            ):
                score = painted.gain / self.blank - _against(painted)
                if score > gains.get(side, (best.score, move))[0]:
                    gains[side] = (score, move)
            if gains:
                x0, y0, x1, y1 = (gains[n][1].box[n] if n in gains else trial.box[n] for n in range(4))
                together = replace(trial, box=(x0, y0, x1, y1))
                one = max(gains.values(), key=lambda pair: pair[0])[1]
                best = max([best, *self.best([together, one], best.painted.colors)], key=lambda f: f.score)
        trial = best.painted.trial
        turned = [t for t in templates.library() if t.shape == best.shape and abs(t.turn - trial.template.turn) < 4]
        again = [Trial(t, width, trial.box) for t in turned for width in _widths(trial.box, _LINES)]
        return max([best, *self.best(again)], key=lambda f: f.score)

    def moved(self, trial: Trial, side: int, by: float) -> Trial | None:
        """Return a trial with one side of its box moved, or None when that leads too far."""
        x0, y0, x1, y1 = (edge + by * (n == side) for n, edge in enumerate(trial.box))
        if min(x1 - x0, y1 - y0) < _NARROW or abs((x0, y0, x1, y1)[side] - self.outer[side]) > _REACH:
            return None
        return replace(trial, box=(x0, y0, x1, y1))


def _widths(box: Extent, lines: tuple[float, ...]) -> tuple[float, ...]:
    """Return widths of contours (in 1/64 of the image) in half boxes."""
    half = max(box[2] - box[0], box[3] - box[1]) / 2 / UNIT
    return tuple(sorted({min(line / half, _THICKEST) for line in lines}))


def _inset(box: Extent, by: float) -> Extent:
    """Return a box made smaller on all sides (larger when ``by`` is negative); a narrow one stays as it is."""
    x0, y0, x1, y1 = box
    if by > 0 and min(x1 - x0, y1 - y0) < 4 * by + 4:
        return box
    return x0 + by, y0 + by, x1 - by, y1 - by


_CONTOURS = np.asarray([(28, 28, 34), (150, 150, 160)], np.float32) / 255
_SUN = np.asarray([(255, 214, 64)], np.float32) / 255
_RAYS = np.asarray([(248, 160, 32), (140, 117, 35)], np.float32) / 255
_MOON = np.asarray([(246, 240, 206), (146, 150, 178)], np.float32) / 255
_TRUNKS = np.asarray([(110, 70, 40), (160, 124, 98)], np.float32) / 255


def _against(painted: Painted) -> float:
    """Return what speaks against the colors of a painted trial (0: nothing).

    A contour is dark, grey, or a darker tone of the fill; a trunk is brown; sun and moon have their own colors.
    """
    shape, (fill, edge, extra) = painted.trial.template.shape, painted.colors
    against = 0.0
    if painted.trial.line and shape != "sun":
        usual = np.concatenate([_CONTOURS, 0.58 * fill[None]])
        against += _PLAIN_FIRST + min(0.5, 1.5 * max(0.0, _far(edge, usual) - 0.2))
    if shape == "sun":
        against += 0.6 * max(0.0, _far(fill, _SUN) - 0.15) + 0.6 * max(0.0, _far(extra, _RAYS) - 0.15)
    elif shape == "moon":
        against += 0.8 * max(0.0, _far(fill, _MOON) - 0.12)
    elif shape == "tree":
        against += 0.4 * max(0.0, _far(extra, _TRUNKS) - 0.15)
    return against


def _far(color: Field, colors: Field) -> float:
    """Return the Euclidean distance (RGB, 0..1) to the nearest of some colors."""
    return float(np.sqrt(((colors - color) ** 2).sum(-1)).min())
