"""The kinds of viewer: those built in, and those of installed packages. Nothing is loaded before it is asked for."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from harness.errors import HarnessError, nearest
from harness.records import ViewerSpec
from harness.vision.kinds import ViewerKind
from harness.vocabulary import VIEWERS

if TYPE_CHECKING:
    from harness.vision.protocol import Viewer

SHAPES = ViewerSpec("shapes", "shapes")
"""The viewer that answers where nothing else was chosen."""
BUILT_IN = ("shapes", "ocr", "vlm", "embedding")
"""The names of the built-in kinds: each is the ``KIND`` of a module of this room."""


@dataclass(eq=False, repr=False)
class UnknownViewerKindError(HarnessError):
    """No kind of viewer of this name."""

    kind: str

    def __str__(self) -> str:
        return f"there is no viewer of kind `{self.kind}`"

    @property
    def hint(self) -> str:
        return nearest(self.kind, (*BUILT_IN, *installed_kinds()))


@dataclass(eq=False, repr=False)
class BrokenViewerError(HarnessError):
    """An installed kind of viewer that cannot be loaded. ``origin`` is the distribution it came with."""

    kind: str
    origin: str
    problem: str

    def __str__(self) -> str:
        return f"viewer kind `{self.kind}` of {self.origin} cannot be loaded: {self.problem}"

    @property
    def hint(self) -> str:
        return f"reinstall {self.origin}, or remove it"


def viewer_kind(kind: str) -> ViewerKind:
    """Return a kind of viewer. Raises UnknownViewerKindError, or BrokenViewerError for one of another package."""
    if kind in BUILT_IN:
        found = import_module(f"harness.vision.{kind}").KIND
        assert isinstance(found, ViewerKind)
        return found
    point = _installed().get(kind)
    if point is None:
        raise UnknownViewerKindError(kind)
    origin = point.dist.name if point.dist else point.module
    try:
        loaded = point.load()
    except Exception as error:  # an import runs foreign code: whatever it raises is reported
        raise BrokenViewerError(kind, origin, f"{type(error).__name__}: {error}") from error
    if not isinstance(loaded, ViewerKind):
        raise BrokenViewerError(kind, origin, f"{point.value} is not a harness.vision.ViewerKind")
    return loaded


def installed_kinds() -> tuple[str, ...]:
    """Return the names of the kinds that other packages bring."""
    return tuple(sorted(_installed()))


def open_viewer(spec: ViewerSpec) -> "Viewer":
    """Return a viewer as a suite defines it. Raises UnknownViewerKindError, BrokenViewerError, BadViewerError and
    MissingExtraError."""
    kind = viewer_kind(spec.kind)
    options = kind.options.read(spec.name, spec.options)
    kind.verify_installed(options)
    return kind.open(spec.name, options)


@cache
def _installed() -> dict[str, EntryPoint]:
    """Return the kinds of other packages; none replaces a built-in one."""
    return {point.name: point for point in entry_points(group=VIEWERS) if point.name not in BUILT_IN}
