"""The embedded painter: a layout-grounded diffusion network in numpy whose images are the same on any machine."""

from harness.painter.errors import LayoutError, OptionError, WeightsError
from harness.painter.layout import Layout, arrange
from harness.painter.options import BACKGROUND, Options
from harness.painter.painter import Painter, Painting, Progress
from harness.painter.sampler import TIERS
from harness.painter.weights import SHIPPED

__all__ = [
    "BACKGROUND",
    "SHIPPED",
    "TIERS",
    "Layout",
    "LayoutError",
    "OptionError",
    "Options",
    "Painter",
    "Painting",
    "Progress",
    "WeightsError",
    "arrange",
]
