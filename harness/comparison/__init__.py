"""How alike two images are: the panel, its kernels, hashes and the heat map.

Names are loaded when first used: ``metrics`` needs only the standard library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.comparison.as_json import measurements_json
    from harness.comparison.errors import AlteredFileError, IncomparableImagesError, KernelMissingError
    from harness.comparison.featuring import FEATURES, features
    from harness.comparison.heat import difference, heat_map
    from harness.comparison.kernel import kernel_name
    from harness.comparison.many import Compared, Folders, compare_files, compare_many, match_folders
    from harness.comparison.pair import compare, hashes, identical_comparison, incomparable_comparison
    from harness.comparison.panel import metrics
    from harness.comparison.plugins import Comparator, ComparatorError, comparators
    from harness.comparison.tiers import compare_bytes, compare_to, describe_image, recognize
    from harness.comparison.tripwire import broken

_HOMES = {
    "errors": ("AlteredFileError", "IncomparableImagesError", "KernelMissingError"),
    "featuring": ("FEATURES", "features"),
    "heat": ("difference", "heat_map"),
    "kernel": ("kernel_name",),
    "many": ("Compared", "Folders", "compare_files", "compare_many", "match_folders"),
    "pair": ("compare", "hashes", "identical_comparison", "incomparable_comparison"),
    "panel": ("metrics",),
    "plugins": ("Comparator", "ComparatorError", "comparators"),
    "as_json": ("measurements_json",),
    "tiers": ("compare_bytes", "compare_to", "describe_image", "recognize"),
    "tripwire": ("broken",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FEATURES",
    "AlteredFileError",
    "Comparator",
    "ComparatorError",
    "Compared",
    "Folders",
    "IncomparableImagesError",
    "KernelMissingError",
    "broken",
    "comparators",
    "compare",
    "compare_bytes",
    "compare_files",
    "compare_many",
    "compare_to",
    "describe_image",
    "difference",
    "features",
    "hashes",
    "heat_map",
    "identical_comparison",
    "incomparable_comparison",
    "kernel_name",
    "match_folders",
    "measurements_json",
    "metrics",
    "recognize",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use. No module here is called as a name it offers."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
