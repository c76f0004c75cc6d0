"""An image as its layout: mean color of each of 8 × 8 parts. What is where, which the numbers of color and edges
(:mod:`harness.comparison.featuring`) cannot see: something that moves from left to right leaves those as they were.

It does not see what is smaller than a part, nor textures whose mean color is the same.
"""

from typing import Any

import numpy as np

from harness.comparison.channels import grounded, with_channels
from harness.comparison.color import lab
from harness.comparison.featuring import reduced
from harness.comparison.raw import Floats
from harness.image import checked

PARTS = 8
"""Parts along each side."""


def thumbnail(pixels: Any) -> Floats:
    """Return the mean CIE L*a*b* (D65) of each part of one image, row by row: 8 · 8 · 3 numbers, L* from 0 to 100.

    ``pixels`` is uint8, height × width, × 3 (RGB) or × 4 (RGBA; composited on white). Of an image with a side below 8
    pixels, parts share pixels. Raises UnsupportedPixelsError for other arrays.
    """
    colors = lab(reduced(grounded(with_channels(checked(pixels)))[0]))
    for axis in (0, 1):
        side = colors.shape[axis]
        starts = np.arange(PARTS) * side // PARTS
        counts = np.maximum(1, np.diff(starts, append=side))
        sums = np.add.reduceat(colors, starts, axis=axis)
        colors = sums / counts.reshape([-1, 1, 1] if axis == 0 else [1, -1, 1])
    return colors.reshape(-1)
