"""The one base of all faults, the exit codes, and the two faults every room may raise."""

from typing import ClassVar

EXIT_OK = 0
"""Every outcome is proven fine."""
EXIT_FINDING = 1
"""At least one finding: drift, a failed check, something new, incomparable or inconclusive."""
EXIT_USAGE = 2
"""The call, a suite, a baseline or the configuration is wrong."""
EXIT_NO_IMAGE = 3
"""Only images that could not be had (failed, refused, budget reached), and nothing worse."""
EXIT_INTERRUPTED = 130
"""Stopped by Ctrl-C."""


class HarnessError(Exception):
    """Base of every fault this package raises on purpose.

    A subclass sets its attributes in ``__init__`` and builds its message in ``__str__``: what and where, on one
    line. ``hint`` says what to do about it, or is empty. ``exit_code`` is what a command ends with.
    """

    exit_code: ClassVar[int] = EXIT_USAGE
    _hint: str = ""

    @property
    def hint(self) -> str:
        """What the user can do about it; one sentence, or empty."""
        return self._hint


class UsageError(HarnessError):
    """A call that cannot be carried out: ``problem`` says why, ``hint`` what to do instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem, hint)
        self.problem = problem
        self._hint = hint

    def __str__(self) -> str:
        return self.problem


class MissingExtraError(HarnessError):
    """An optional part is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.feature} needs the optional part '{self.extra}', which is not installed"

    @property
    def hint(self) -> str:
        return f"pip install 'image-harness[{self.extra}]'"
