"""What an image shows, and whether that is what was asked for.

The grammar of checks is imported at once; the viewer, which needs numpy, when it is first used.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.vision.grammar import CheckError, Form, Grammar
from harness.vision.shapes_grammar import SHAPES_GRAMMAR, Target, parse_target
from harness.vision.view import Ground, Seen, View

if TYPE_CHECKING:
    from harness.vision.answers import CANNOT_TELL, Answer, answer, misfit
    from harness.vision.checks import check, evaluate_checks
    from harness.vision.shown import scene_shown
    from harness.vision.viewer import look

__all__ = [
    "CANNOT_TELL",
    "SHAPES_GRAMMAR",
    "Answer",
    "CheckError",
    "Form",
    "Grammar",
    "Ground",
    "Seen",
    "Target",
    "View",
    "answer",
    "check",
    "evaluate_checks",
    "look",
    "misfit",
    "parse_target",
    "scene_shown",
]

__getattr__ = lazy(
    __name__,
    {
        "answers": ("CANNOT_TELL", "Answer", "answer", "misfit"),
        "checks": ("check", "evaluate_checks"),
        "shown": ("scene_shown",),
        "viewer": ("look",),
    },
)
