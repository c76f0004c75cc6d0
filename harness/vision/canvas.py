"""An image at working scale: small enough to be quick, large enough for the smallest thing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from harness.vision.colors import Lab, to_lab

Rgb = NDArray[np.floating[Any]]
LONG = 128
"""Pixels along the longer side at working scale."""

UNIT = LONG / 64
"""Working pixels in 1/64 of the longer side: the native pixel of the embedded painter."""


@dataclass(frozen=True)
class Canvas:
    """An image at working scale: ``rgb`` (0..255) and ``lab`` as height × width × 3; ``scale`` is image pixels per
    working pixel (x, y)."""

    rgb: Rgb
    lab: Lab
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Image pixels per working pixel, along x and y."""
        return self.width / self.rgb.shape[1], self.height / self.rgb.shape[0]


def canvas(pixels: NDArray[np.uint8]) -> Canvas:
    """Return an RGB image (height × width × 3, 0..255) at working scale, with pixel noise smoothed a little."""
    height, width = pixels.shape[:2]
    factor = LONG / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    image = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC)
    rgb = ndimage.gaussian_filter(np.asarray(image, np.float32), (0.35, 0.35, 0))
    return Canvas(rgb, to_lab(rgb), width, height)
