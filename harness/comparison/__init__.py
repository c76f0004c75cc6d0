"""How alike two images are: the panel, its kernels, hashes and the heat map.

Names are loaded when first used: ``metrics`` needs only the standard library.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.comparison.errors import IncomparableImagesError, KernelMissingError
    from harness.comparison.explanation import explain
    from harness.comparison.featuring import FEATURES, features
    from harness.comparison.folder_matching import match_folders
    from harness.comparison.grid import without_ignored
    from harness.comparison.heat import difference, heat_map
    from harness.comparison.kernel import kernel_name
    from harness.comparison.layout import thumbnail
    from harness.comparison.pair import compare, hashes, identical_comparison
    from harness.comparison.panel import metrics
    from harness.comparison.plugins import Comparator, ComparatorError, comparators
    from harness.comparison.regions import Regions
    from harness.comparison.sanity import broken
    from harness.comparison.tiers import compare_bytes, describe_image

_HOMES = {
    "errors": ("IncomparableImagesError", "KernelMissingError"),
    "explanation": ("explain",),
    "featuring": ("FEATURES", "features"),
    "grid": ("without_ignored",),
    "heat": ("difference", "heat_map"),
    "kernel": ("kernel_name",),
    "folder_matching": ("match_folders",),
    "layout": ("thumbnail",),
    "pair": ("compare", "hashes", "identical_comparison"),
    "panel": ("metrics",),
    "plugins": ("Comparator", "ComparatorError", "comparators"),
    "tiers": ("compare_bytes", "describe_image"),
    "regions": ("Regions",),
    "sanity": ("broken",),
}

__all__ = [
    "FEATURES",
    "Comparator",
    "ComparatorError",
    "IncomparableImagesError",
    "KernelMissingError",
    "Regions",
    "broken",
    "comparators",
    "compare",
    "compare_bytes",
    "describe_image",
    "difference",
    "explain",
    "features",
    "hashes",
    "heat_map",
    "identical_comparison",
    "kernel_name",
    "match_folders",
    "metrics",
    "thumbnail",
    "without_ignored",
]

__getattr__ = lazy(__name__, _HOMES)
