"""Broken images: blank, or noise."""

from typing import Any

import numpy as np

from harness.comparison.channels import with_channels
from harness.image import Pixels, checked, settled
from harness.records import Reason
from harness.vocabulary import Code

_BLANK_SPREAD = 6
_BLANK_SHARE = 0.0002
_NOISE_CORRELATION = 0.3
_NOISE_SPREAD = 12.0
_STEP = 16
_CLEAR_CORRELATION = 0.35
_CLEAR_VARIANCE = 150.0
"""Above both, single precision cannot have made an image of noise look smooth."""


def broken(pixels: Any) -> Reason | None:
    """Why an image is broken (blank or noise), or None for one that shows something.

    ``pixels`` is uint8, height × width, × 3 or × 4; colors under alpha 0 count for nothing. **Blank**: fewer than 0.02%
    of the pixels differ by more than 6 levels from the image's median color, so a few plain shapes on an even ground
    are not blank. **Noise**: in every channel with a spread (standard deviation) of 12 levels or more, and in both
    directions, neighboring pixels correlate below 0.3. Generated images and photographs are far above. Raises
    UnsupportedPixelsError.
    """
    levels = with_channels(checked(pixels))
    levels = settled(levels.view()) if levels.shape[2] == 4 else levels
    height, width, _ = levels.shape
    found = None if _clearly_shows(levels) else _blank(levels)
    return found or (_noise(levels) if min(height, width) >= 8 and not _clearly_smooth(levels) else None)


def _clearly_shows(levels: Pixels) -> bool:
    """Return whether a sixteenth of the pixels proves that an image is not blank: in some channel enough of them are
    outside of any 13 neighboring levels, so outside of those around the median color."""
    height, width, channels = levels.shape
    some = levels.reshape(height * width, channels)[::_STEP]
    for channel in range(channels):
        sums = np.bincount(some[:, channel], minlength=256 + 2 * _BLANK_SPREAD).cumsum()
        sums = np.concatenate([[0], sums])
        window = 2 * _BLANK_SPREAD + 1
        inside = int((sums[window:] - sums[:-window]).max())
        if len(some) - inside >= _BLANK_SHARE * height * width:
            return True
    return False


def _clearly_smooth(levels: Pixels) -> bool:
    """Return whether the rows of some channel correlate so much, by sums in single precision, that exact ones need not
    be made."""
    width = levels.shape[1]
    for plane in np.moveaxis(levels, 2, 0):
        flat = plane.reshape(-1).astype(np.float32)
        flat -= flat[:: max(1, flat.size // 1024)].mean()
        above, below = flat[:-width], flat[width:]
        count = above.size
        square_above, square_below, both = (float(a @ b) for a, b in ((above, above), (below, below), (above, below)))
        mean_above, mean_below = float(above.sum()) / count, float(below.sum()) / count
        variances = square_above / count - mean_above**2, square_below / count - mean_below**2
        covariance = both / count - mean_above * mean_below
        if min(variances) < _CLEAR_VARIANCE:
            continue
        return bool(covariance > _CLEAR_CORRELATION * np.sqrt(variances[0] * variances[1]))
    return False


def _blank(levels: Pixels) -> Reason | None:
    ground = np.array(
        [
            np.bincount(plane.reshape(-1), minlength=256).cumsum().searchsorted(plane.size / 2)
            for plane in np.moveaxis(levels, 2, 0)
        ],
        np.int16,
    )
    far = (np.abs(levels.astype(np.int16) - ground) > _BLANK_SPREAD).any(axis=2)
    share = np.count_nonzero(far) / far.size
    if share >= _BLANK_SHARE:
        return None
    return Reason(Code.IMAGE_BLANK, {"share": share, "color": ground.tolist()})


def _noise(levels: Pixels) -> Reason | None:
    found = []
    for plane in np.moveaxis(levels, 2, 0):
        values = plane.astype(np.float32)
        if values.std() < _NOISE_SPREAD:
            continue
        found += [_correlation(values[:, :-1], values[:, 1:]), _correlation(values[:-1], values[1:])]
    if not found or max(found) >= _NOISE_CORRELATION:
        return None
    return Reason(Code.IMAGE_NOISE, {"correlation": max(found)})


def _correlation(a: "np.ndarray[Any, np.dtype[np.float32]]", b: "np.ndarray[Any, np.dtype[np.float32]]") -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).mean() * (b * b).mean()))
    return float((a * b).mean()) / scale if scale else 1.0
