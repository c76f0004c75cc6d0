"""The weights of Pillow's Lanczos reduction along one axis, packed for the native kernel."""

import math
from functools import lru_cache

import numpy as np

from harness.comparison.raw import Floats

_BITS = 22
_SUPPORT = 3.0
_LANES = 16


@lru_cache(maxsize=64)
def lanczos(source: int, size: int) -> bytes:
    """Return what brings ``source`` levels to ``size`` as Pillow does (Resample.c, 8 bits): empty when they are the
    same.

    Packed are int32 ``size``, ``taps``, then the first source level and the number of levels of each result, then
    the int16 high and low parts of the 22-bit weights (weight = high × 2048 + low), ``taps`` for each result: a
    whole number of 16, zeros at the end.
    """
    if source == size:
        return b""
    scale = source / size
    width = max(scale, 1.0)
    support = _SUPPORT * width
    first, count = np.zeros((2, size), np.int32)
    weights = np.zeros((size, math.ceil(support) * 2 + 1 + _LANES), np.int64)
    for index in range(size):
        center = (index + 0.5) * scale
        start = max(0, int(center - support + 0.5))
        stop = min(source, int(center + support + 0.5))
        values = _kernel((np.arange(start, stop, dtype=np.float64) - center + 0.5) * (1.0 / width))
        # Pillow adds the weights up one by one: so does cumsum, where sum() would add in pairs.
        values /= np.cumsum(values)[-1]
        first[index], count[index] = start, stop - start
        weights[index, : stop - start] = np.trunc(values * (1 << _BITS) + np.copysign(0.5, values))
    taps = -(-int(count.max()) // _LANES) * _LANES
    weights = weights[:, :taps]
    high = (weights + 1024) >> 11
    low = weights - (high << 11)
    head = np.array([size, taps], np.int32)
    return b"".join(part.tobytes() for part in (head, first, count, high.astype(np.int16), low.astype(np.int16)))


def _kernel(x: Floats) -> Floats:
    """sinc(x) sinc(x / 3) inside ±3, as Pillow computes it."""
    inside = (x >= -_SUPPORT) & (x < _SUPPORT)
    return np.asarray(np.where(inside, _sinc(x) * _sinc(x / 3), 0.0), np.float64)


def _sinc(x: Floats) -> Floats:
    angle = x * math.pi
    return np.where(x == 0, 1.0, np.sin(angle) / np.where(x == 0, 1.0, angle))
