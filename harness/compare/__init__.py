"""How alike two pictures are: the panel, its kernels, hashes and the heat map.

Names are loaded when first used: ``measures`` needs only the standard library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.compare.faults import AlteredPicture, IncomparablePictures, KernelMissing
    from harness.compare.featuring import FEATURES, features
    from harness.compare.heat import heat_map
    from harness.compare.kernel import kernel_name
    from harness.compare.many import Compared, Folders, compare_files, compare_many, match_folders
    from harness.compare.pair import compare, hashes, identical_comparison, incomparable_comparison
    from harness.compare.panel import HASHES, Measure, measures
    from harness.compare.plugins import Comparator, ComparatorFault, comparators
    from harness.compare.telling import measurements_json
    from harness.compare.tiers import compare_bytes, compare_to, describe_picture, recognise
    from harness.compare.tripwire import broken

_HOMES = {
    "faults": ("AlteredPicture", "IncomparablePictures", "KernelMissing"),
    "featuring": ("FEATURES", "features"),
    "heat": ("heat_map",),
    "kernel": ("kernel_name",),
    "many": ("Compared", "Folders", "compare_files", "compare_many", "match_folders"),
    "pair": ("compare", "hashes", "identical_comparison", "incomparable_comparison"),
    "panel": ("HASHES", "Measure", "measures"),
    "plugins": ("Comparator", "ComparatorFault", "comparators"),
    "telling": ("measurements_json",),
    "tiers": ("compare_bytes", "compare_to", "describe_picture", "recognise"),
    "tripwire": ("broken",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FEATURES",
    "HASHES",
    "AlteredPicture",
    "Comparator",
    "ComparatorFault",
    "Compared",
    "Folders",
    "IncomparablePictures",
    "KernelMissing",
    "Measure",
    "broken",
    "comparators",
    "compare",
    "compare_bytes",
    "compare_files",
    "compare_many",
    "compare_to",
    "describe_picture",
    "features",
    "hashes",
    "heat_map",
    "identical_comparison",
    "incomparable_comparison",
    "kernel_name",
    "match_folders",
    "measurements_json",
    "measures",
    "recognise",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use. No module here is called as a name it offers."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
