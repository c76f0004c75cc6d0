"""The embedded painter: a layout-grounded diffusion network in numpy whose pictures are the same on any machine."""

from harness.painter.faults import LayoutError, OptionError, WeightsError
from harness.painter.layout import Item, Layout, arrange
from harness.painter.options import BACKGROUND, Options
from harness.painter.painter import Drawing, Painter
from harness.painter.sampler import TIERS
from harness.painter.weights import SHIPPED

__all__ = [
    "BACKGROUND",
    "SHIPPED",
    "TIERS",
    "Drawing",
    "Item",
    "Layout",
    "LayoutError",
    "OptionError",
    "Options",
    "Painter",
    "WeightsError",
    "arrange",
]
