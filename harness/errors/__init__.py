"""Faults: what stops a piece of work, as types with attributes, a remedy and an exit code.

A finding (drift, a failed check) is not a fault: findings are records. The message of an error is built in
``__str__`` from its attributes, never passed in ready-made, so that callers can read the attributes instead.
"""

from harness.errors.base import (
    EXIT_FINDING,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_UNDRAWN,
    EXIT_USAGE,
    HarnessError,
    MissingExtra,
    UsageFault,
)
from harness.errors.draw import DrawFault, DrawRefused, DrawTimeout

__all__ = [
    "EXIT_FINDING",
    "EXIT_INTERRUPTED",
    "EXIT_OK",
    "EXIT_UNDRAWN",
    "EXIT_USAGE",
    "DrawFault",
    "DrawRefused",
    "DrawTimeout",
    "HarnessError",
    "MissingExtra",
    "UsageFault",
]
