"""What a picture shows, and whether that is what was asked for."""

from harness.vision.checks import check, evaluate_checks
from harness.vision.look import look
from harness.vision.view import Ground, Seen, View
from harness.vision.wording import CheckFault, Target, parse_check, parse_target

__all__ = [
    "CheckFault",
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
