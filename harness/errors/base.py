"""The one base of all faults, the exit codes, and the two faults every room may raise."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

EXIT_OK = 0
"""Every outcome is proven fine."""
EXIT_FINDING = 1
"""At least one finding: drift, a failed check, something new, incomparable or inconclusive."""
EXIT_USAGE = 2
"""The call, a suite, a baseline or the configuration is wrong."""
EXIT_NO_IMAGE = 3
"""Only missing images (failed, refused, budget reached), and nothing worse."""
EXIT_INTERNAL = 4
"""A fault of the harness itself; what was recorded is kept."""
EXIT_INTERRUPTED = 130
"""Stopped by Ctrl-C."""
EXIT_PIPE = 141
"""The reader of standard output is gone."""


class HarnessError(Exception):
    """Base of every fault this package raises on purpose.

    A subclass is a dataclass of its attributes (``eq=False, repr=False``) and builds its message in ``__str__``: what
    and where, on one line. ``hint`` says what to do about it, or is empty. ``exit_code`` is what a command ends with.
    """

    code: ClassVar[str] = "harness"
    """A stable code for programs, made from the class name: ``RunNotFoundError`` is ``run-not-found``."""
    exit_code: ClassVar[int] = EXIT_USAGE
    _hint: str = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__.removesuffix("Error")).lower()

    def __reduce__(self) -> tuple[Any, ...]:
        # as constructed, whichever arguments were given by name
        return _restored, (type(self), self.args), self.__dict__

    @property
    def hint(self) -> str:
        """What the user can do about it; one sentence, or empty."""
        return self._hint


def _restored(kind: type[HarnessError], args: tuple[Any, ...]) -> HarnessError:
    return kind.__new__(kind, *args)


@dataclass(eq=False, repr=False)
class UsageError(HarnessError):
    """A call that cannot be carried out: ``problem`` says why, ``hint`` what to do instead."""

    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return self.problem


@dataclass(eq=False, repr=False)
class MissingExtraError(HarnessError):
    """An optional part is not installed."""

    feature: str
    extra: str

    def __str__(self) -> str:
        return f"{self.feature} needs the optional part '{self.extra}', which is not installed"

    @property
    def hint(self) -> str:
        return f"pip install 'image-harness[{self.extra}]'"
