"""``shapes``: the built-in viewer of the painter's shapes, colors and backgrounds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.vision.kinds import ViewerKind, ViewerOptions
from harness.vision.shapes_grammar import SHAPES_GRAMMAR

if TYPE_CHECKING:
    from harness.records import Check, Finding
    from harness.vision.protocol import ViewedImage

VERSION = "2"
"""Changes whenever the same image may be answered otherwise."""


class ShapesViewer:
    """Answers what the shapes in an image are; it has no options and learns nothing."""

    kind = "shapes"

    def __init__(self, name: str, _options: ViewerOptions | None = None) -> None:
        self.name = name

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Its version."""
        return {"version": VERSION}

    def answer(self, image: "ViewedImage", check: "Check") -> "Finding":
        """Return the finding of one check; a word that it does not know is ``unsupported``."""
        from harness.vision.checks import check as answered
        from harness.vision.viewer import look

        return answered(image.once("shapes", look), check)

    def close(self) -> None:
        """Do nothing: no resource is open."""


KIND = ViewerKind("shapes", SHAPES_GRAMMAR, ShapesViewer)
