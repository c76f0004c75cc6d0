"""Reproducibility and regression testing for text-to-image models.

The names below are the public API; each is imported when it is first used. ``docs/api.md`` shows every one of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from harness import errors
    from harness.api.baselines import Baselines
    from harness.api.comparing import Comparison, compare
    from harness.api.images import Image
    from harness.api.running import run
    from harness.api.runs import Run, load_run
    from harness.api.suites import Case, Suite, load_suite
    from harness.provider import Capabilities, Job, Output, Provider
    from harness.vocabulary import SeedPromise, Verdict

_HOMES = {
    "harness": ("errors",),
    "harness.api.baselines": ("Baselines",),
    "harness.api.comparing": ("Comparison", "compare"),
    "harness.api.images": ("Image",),
    "harness.api.running": ("run",),
    "harness.api.runs": ("Run", "load_run"),
    "harness.api.suites": ("Case", "Suite", "load_suite"),
    "harness.provider": ("Capabilities", "Job", "Output", "Provider"),
    "harness.vocabulary": ("SeedPromise", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Baselines",
    "Capabilities",
    "Case",
    "Comparison",
    "Image",
    "Job",
    "Output",
    "Provider",
    "Run",
    "SeedPromise",
    "Suite",
    "Verdict",
    "__version__",
    "compare",
    "errors",
    "load_run",
    "load_suite",
    "run",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module on first use."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = import_module(f"harness.{name}") if home == __name__ else getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
