"""What an image shows, and whether that is what was asked for.

The grammars of checks and the registry of viewers import neither numpy nor pillow; viewers do when they first answer.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.vision.answers import CANNOT_TELL, Answer, answer, misfit
    from harness.vision.asking import ask_all
    from harness.vision.check_reading import check_text, checks_schema, in_order, parse_check
    from harness.vision.checks import check, evaluate_checks
    from harness.vision.derived import AUTO, Derived, derive
    from harness.vision.grammar import CheckError, CheckForm, Form, Grammar
    from harness.vision.kinds import BadViewerError, ViewerKind, ViewerOptions, ViewerProblem
    from harness.vision.protocol import (
        AskingViewer,
        ComparingViewer,
        Question,
        Reply,
        ViewedImage,
        Viewer,
        ViewerError,
        judge_digest,
        subject_of_viewer,
    )
    from harness.vision.registry import (
        BUILT_IN,
        SHAPES,
        BrokenViewerError,
        UnknownViewerKindError,
        installed_kinds,
        open_viewer,
        viewer_kind,
    )
    from harness.vision.shapes_grammar import SHAPES_GRAMMAR, Target, parse_target
    from harness.vision.shown import scene_shown
    from harness.vision.view import Ground, Seen, View
    from harness.vision.viewer import look
    from harness.vision.weights import EncoderWeightsError

__all__ = [
    "AUTO",
    "BUILT_IN",
    "CANNOT_TELL",
    "SHAPES",
    "SHAPES_GRAMMAR",
    "Answer",
    "AskingViewer",
    "BadViewerError",
    "BrokenViewerError",
    "CheckError",
    "CheckForm",
    "ComparingViewer",
    "Derived",
    "EncoderWeightsError",
    "Form",
    "Grammar",
    "Ground",
    "Question",
    "Reply",
    "Seen",
    "Target",
    "UnknownViewerKindError",
    "View",
    "ViewedImage",
    "Viewer",
    "ViewerError",
    "ViewerKind",
    "ViewerOptions",
    "ViewerProblem",
    "answer",
    "ask_all",
    "check",
    "check_text",
    "checks_schema",
    "derive",
    "evaluate_checks",
    "in_order",
    "installed_kinds",
    "judge_digest",
    "look",
    "misfit",
    "open_viewer",
    "parse_check",
    "parse_target",
    "scene_shown",
    "subject_of_viewer",
    "viewer_kind",
]

# pydantic takes long to import, and the painter's provider needs the shapes alone
__getattr__ = lazy(
    __name__,
    {
        "answers": ("CANNOT_TELL", "Answer", "answer", "misfit"),
        "asking": ("ask_all",),
        "check_reading": ("check_text", "checks_schema", "in_order", "parse_check"),
        "checks": ("check", "evaluate_checks"),
        "derived": ("AUTO", "Derived", "derive"),
        "grammar": ("CheckError", "CheckForm", "Form", "Grammar"),
        "kinds": ("BadViewerError", "ViewerKind", "ViewerOptions", "ViewerProblem"),
        "protocol": (
            "AskingViewer", "ComparingViewer", "Question", "Reply", "ViewedImage", "Viewer", "ViewerError",
            "judge_digest", "subject_of_viewer",
        ),
        "registry": (
            "BUILT_IN", "SHAPES", "BrokenViewerError", "UnknownViewerKindError", "installed_kinds", "open_viewer",
            "viewer_kind",
        ),
        "shapes_grammar": ("SHAPES_GRAMMAR", "Target", "parse_target"),
        "shown": ("scene_shown",),
        "view": ("Ground", "Seen", "View"),
        "viewer": ("look",),
        "weights": ("EncoderWeightsError",),
    },
)  # fmt: skip
