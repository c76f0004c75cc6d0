"""Where two images of one size differ, when they differ in places only: a box, seams on a regular grid, or by at most
a rounding."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from harness.comparison.explanation.sides import PART, Found, Sides
from harness.records import Reason
from harness.vocabulary import Code

_ROUNDING = 2
_LARGEST_BOX = 0.25
_LARGEST_FILL = 0.75
_MOST_BANDS = 0.35
_WIDEST = 24
_FAINT = 0.25
_ONE_COLOR = 0.98
_LEAST_FILL = 0.02
_SAMPLE = 128
_MOST_CHANGED = 0.75
_OUTSIDE = 0.5


def rounding(sides: Sides) -> Iterator[Found]:
    """Find that no level differs by more than two."""
    largest = int(sides.delta.max())
    if 0 < largest <= _ROUNDING:
        changed = float(np.count_nonzero(sides.delta) / sides.delta.size)
        yield Found(Reason(Code.CHANGE_ROUNDING, {"max_abs": largest, "changed": float(changed)}), 0.0)


def region(sides: Sides) -> Iterator[Found]:
    """Find one box outside of which all pixels are equal, at most a quarter of the image, or three quarters
    filled with one color."""
    down, across = (max(1, side // _SAMPLE) for side in sides.delta.shape)
    if (sides.delta[::down, ::across] > 0).mean() > _MOST_CHANGED:
        return
    changed = sides.delta > 0
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not rows.size:
        return
    y, x = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) - y + 1, int(columns[-1]) - x + 1
    color = _filling(sides, changed)
    if height * width <= (_LARGEST_BOX if color is None else _LARGEST_FILL) * changed.size:
        share = float(np.count_nonzero(changed) / changed.size)
        yield Found(Reason(Code.CHANGE_REGION, {"box": [x, y, width, height], "share": share, "color": color}), 0.0)


def _filling(sides: Sides, changed: npt.NDArray[np.bool_]) -> list[int] | None:
    """Return the color that nearly all changed pixels have in the new image, where they are enough to be a fill."""
    if np.count_nonzero(changed) < _LEAST_FILL * changed.size:
        return None
    down, across = (max(1, side // _SAMPLE) for side in changed.shape)
    levels = sides.b[::down, ::across][changed[::down, ::across]]
    if not len(levels):
        return None
    color = np.median(levels, axis=0).astype(np.uint8)
    near = (np.maximum(levels, color) - np.minimum(levels, color)).max(axis=1) <= _ROUNDING
    return color.tolist() if near.mean() >= _ONE_COLOR else None


def seams(sides: Sides) -> Iterator[Found]:
    """Find differences that lie on lines at equal distances, across the whole image."""
    height, width = sides.delta.shape
    down = _lines(sides.delta.sum(axis=1, dtype=np.uint32) / width)
    across = _lines(sides.delta.sum(axis=0, dtype=np.uint32) / height)
    if down is None and across is None:
        return
    bands = np.zeros((height, width), np.bool_)
    if down is not None:
        bands[down[1]] = True
    if across is not None:
        bands[:, across[1]] = True
    share = bands.mean()
    if not 0 < share <= _MOST_BANDS:
        return
    inside, outside = float(sides.delta[bands].mean()), float(sides.delta[~bands].mean())
    if outside <= min(_OUTSIDE, PART * inside):
        data = {"x": None if across is None else across[0], "y": None if down is None else down[0], "left": outside}
        yield Found(Reason(Code.CHANGE_SEAMS, data), outside)


def _lines(profile: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.bool_]] | None:
    """Return the distance of equally distant lines in a profile of mean differences, and which places they cover."""
    ground = float(np.median(profile))
    hot = profile > max(_FAINT + ground, 3 * ground)
    if not hot.any() or hot.mean() > _MOST_BANDS:
        return None
    edges = np.flatnonzero(np.diff(np.concatenate(([0], hot.astype(np.int8), [0]))))
    middles = (edges[::2] + edges[1::2]) / 2
    period = float(np.median(np.diff(middles))) if middles.size > 1 else float(middles[0])
    widths = edges[1::2] - edges[::2]
    if period < 8 or np.ptp(widths) > 2 or widths.max() > min(_WIDEST, period / 3):
        return None
    # lines lie at multiples of one distance from the border, as tiles do
    off = np.abs(middles / period - np.rint(middles / period)) * period
    return (round(period), hot) if off.max() <= 2 and len(middles) >= profile.size / period - 1.5 else None
