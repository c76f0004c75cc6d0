"""Comparators of other packages, found by the entry-point group ``image_harness.comparators``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from harness.errors import HarnessError, excerpt
from harness.vocabulary import COMPARATORS, METRICS, Better


@dataclass(frozen=True, slots=True)
class Comparator:
    """A metric from elsewhere: what an entry point of the group names.

    ``function`` takes two uint8 arrays of one shape (height × width × 3 or × 4, read-only) and returns a number; it is
    called from any thread, by one at a time;
    ``better`` says which way images are more alike. ``low`` and ``high`` bound the value.
    """

    name: str
    function: Callable[[Any, Any], float]
    better: Better
    unit: str = ""
    low: float | None = None
    high: float | None = None
    definition: str = ""


@dataclass(eq=False, repr=False)
class ComparatorError(HarnessError):
    """An installed comparator cannot be used: ``name`` of the entry point, ``package``, ``problem``."""

    name: str
    package: str
    problem: str

    def __str__(self) -> str:
        return f"comparator '{self.name}' of {self.package}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"repair or uninstall {self.package}"


@cache
def comparators() -> Mapping[str, Comparator]:
    """Return the installed comparators by name, sorted. Raises ComparatorError for one that cannot be used."""
    found: dict[str, Comparator] = {}
    for entry in sorted(entry_points(group=COMPARATORS), key=lambda entry: entry.name):
        plugin = _loaded(entry)
        if plugin.name in found:
            raise ComparatorError(entry.name, _package(entry), f"the name '{plugin.name}' is taken twice")
        found[plugin.name] = plugin
    return MappingProxyType(dict(sorted(found.items())))


def _loaded(entry: EntryPoint) -> Comparator:
    try:
        plugin = entry.load()
    except Exception as error:  # any code of another package may fail in any way: it becomes a typed fault
        raise ComparatorError(entry.name, _package(entry), f"cannot be loaded: {excerpt(repr(error), 120)}") from error
    if not isinstance(plugin, Comparator):
        raise ComparatorError(entry.name, _package(entry), f"is a {type(plugin).__name__}, not a Comparator")
    if plugin.name in METRICS:
        raise ComparatorError(entry.name, _package(entry), f"'{plugin.name}' is a metric of the panel")
    if plugin.better not in tuple(Better):
        raise ComparatorError(entry.name, _package(entry), f"better is {plugin.better!r}, not 'higher' or 'lower'")
    return plugin


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
