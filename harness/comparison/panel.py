"""Every metric of two images: the built-in panel and what other packages add to it.

No numerics are loaded here, so that reports can ask.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from harness.comparison.plugins import comparators
from harness.vocabulary import METRICS, PANEL, Metric

BLOCK = 16
"""Side of a block in pixels: a side of n pixels has max(1, n // 16) blocks, and the last takes the remainder."""
SMALL_BLOCK = 8
"""Side of the blocks of ``delta_e_block_max`` in pixels; the last takes the remainder too."""
SPECTRUM = 128
"""The most cells along a side that ``spectrum_peak`` is made of: a larger image is reduced by whole pixels."""
WINDOW = 7
"""Side of the SSIM window in pixels."""
FLAT_RANGE = 2
"""Grey levels: an image whose grey spans no more than this has no structure that a hash could hold."""


@cache
def metrics() -> Mapping[str, Metric]:
    """Return every metric by name: the built-in panel in its order, then the installed comparators' by name.

    Raises ComparatorError when an installed comparator cannot be used.
    """
    table = {name: METRICS[name] for name in PANEL}
    for plugin in comparators().values():
        table[plugin.name] = Metric(
            plugin.name, plugin.name, plugin.unit, plugin.low, plugin.high, plugin.better, plugin.definition
        )
    return MappingProxyType(table)
