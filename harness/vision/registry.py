"""The kinds of viewer: those built in, and those of installed packages. Nothing is loaded before it is asked for."""

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
_BUILT_IN = {
    "shapes": "harness.vision.shapes:KIND",
    "ocr": "harness.vision.ocr:KIND",
    "vlm": "harness.vision.vlm:KIND",
    "embedding": "harness.vision.embedding:KIND",
}
BUILT_IN = tuple(_BUILT_IN)
"""The names of the built-in kinds."""


class UnknownViewerKindError(HarnessError):
    """No kind of viewer of this name. ``known`` are those there are."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.known = (*_BUILT_IN, *installed_kinds())
        super().__init__(kind)

    def __str__(self) -> str:
        return f"there is no viewer of kind `{self.kind}`"

    @property
    def hint(self) -> str:
        return nearest(self.kind, self.known)


class BrokenViewerError(HarnessError):
    """An installed kind of viewer that cannot be loaded. ``origin`` is the distribution it came with."""

    def __init__(self, kind: str, origin: str, problem: str) -> None:
        self.kind, self.origin, self.problem = kind, origin, problem
        super().__init__(kind, origin, problem)

    def __str__(self) -> str:
        return f"viewer kind `{self.kind}` of {self.origin} cannot be loaded: {self.problem}"

    @property
    def hint(self) -> str:
        return f"reinstall {self.origin}, or remove it"


def viewer_kind(kind: str) -> ViewerKind:
    """Return a kind of viewer. Raises UnknownViewerKindError, or BrokenViewerError for one of another package."""
    if kind in _BUILT_IN:
        module, _, attribute = _BUILT_IN[kind].partition(":")
        found = getattr(import_module(module), attribute)
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
    return {point.name: point for point in entry_points(group=VIEWERS) if point.name not in _BUILT_IN}
