"""What an image shows, and whether that is what was asked for.

The grammar of checks is imported at once; the viewer, which needs numpy, when it is first used.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.vision.grammar import CheckError, Form, Grammar
from harness.vision.shapes_grammar import SHAPES_GRAMMAR, Target, parse_target
from harness.vision.view import Ground, Seen, View

if TYPE_CHECKING:
    from harness.vision.checks import check, evaluate_checks
    from harness.vision.viewer import look

__all__ = [
    "SHAPES_GRAMMAR",
    "CheckError",
    "Form",
    "Grammar",
    "Ground",
    "Seen",
    "Target",
    "View",
    "check",
    "evaluate_checks",
    "look",
    "parse_target",
]

__getattr__ = lazy(__name__, {"checks": ("check", "evaluate_checks"), "viewer": ("look",)})
