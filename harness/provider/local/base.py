"""The base of the adapters that generate on this machine."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness.provider.options import ProviderOptions
from harness.provider.protocol import Output

if TYPE_CHECKING:
    from harness.provider.local.process import Isolated

T = TypeVar("T")
L = TypeVar("L", bound=ProviderOptions)


class Local(Generic[L]):
    """A provider with its options, and the folder where relative paths start. A subclass sets ``kind`` and gives
    ``generate``."""

    kind = ""

    def __init__(self, name: str, options: L, root: Path) -> None:
        self.name = name
        self.options = options
        self.capabilities = options.capabilities
        self.root = root

    def close(self) -> None:
        """Do nothing: no resource is open."""


class Isolable(Local[L]):
    """One that can be built again in a process of its own."""

    def isolated(self, *, threads: int | None = None, environment: Mapping[str, str] | None = None) -> "Isolated":
        """Return the same in a fresh process, with this many arithmetic threads and these further variables."""
        from harness.provider.local.process import Isolated

        given = self.options.given
        return Isolated(self.name, self.kind, given, self.root, self.capabilities, threads, environment)


def in_groups(items: Sequence[T], key: Callable[[T], Any], run: Callable[[list[T]], Sequence[Output]]) -> list[Output]:
    """Return what ``run`` generates of the items, in their order; those of an equal ``key`` go through it together."""
    groups: dict[Any, list[int]] = {}
    for index, item in enumerate(items):
        groups.setdefault(key(item), []).append(index)
    generated: dict[int, Output] = {}
    for indices in groups.values():
        generated |= zip(indices, run([items[index] for index in indices]), strict=True)
    return [generated[index] for index in range(len(items))]
