"""The shipped tables: the exponential for the softmax, and the normal distribution for the noise.

Integers made by decimal arithmetic (``python -m training.tables``), so that no function of a mathematics library,
which may differ between machines, is needed at run time.
"""

from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from harness.painter.rng import words

EXP_STEPS = 512
"""Entries of EXP for each unit of its argument."""

EXP_REACH = 14
"""exp(-x) is 0 from here on."""

with (
    (files("harness.painter") / "data" / "tables.npz").open("rb") as _file,
    np.load(_file, allow_pickle=False) as _tables,
):
    EXP: NDArray[np.float64] = np.append(_tables["exp"], 0).astype(np.float64)
    """2^20 · exp(-i / EXP_STEPS), then one 0."""
    NORMAL: NDArray[np.float64] = _tables["normal"].astype(np.float64)
    """4096 · z at the midpoints of 8192 equally likely slices of the positive half of the normal distribution."""


def noise(seed: int, key: int, height: int, width: int) -> NDArray[np.float64]:
    """Return normal noise (height, width, 3) in whole units of 1/4096, set by seed, key and the pixel's place.

    The canvas is addressed as if it were 256 pixels wide.
    """
    bits = words(seed, key, height * 256).reshape(height, 256)[:, :width]
    channels = []
    for shift in (0, 16, 32):
        part = (bits >> np.uint64(shift)) & np.uint64(0x3FFF)
        value = NORMAL[(part >> np.uint64(1)).astype(np.intp)]
        channels.append(np.where((part & np.uint64(1)).astype(bool), -value, value))
    return np.stack(channels, -1)
