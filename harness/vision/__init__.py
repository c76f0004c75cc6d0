"""What an image shows, and whether that is what was asked for."""

from harness.vision.check_grammar import CheckError, Target, parse_check, parse_target
from harness.vision.checks import check, evaluate_checks
from harness.vision.view import Ground, Seen, View
from harness.vision.viewer import look

__all__ = [
    "CheckError",
    "Ground",
    "Seen",
    "Target",
    "View",
    "check",
    "evaluate_checks",
    "look",
    "parse_check",
    "parse_target",
]
