"""Faults of comparing."""

from dataclasses import dataclass

from harness.errors import HarnessError


@dataclass(eq=False, repr=False)
class KernelMissingError(HarnessError):
    """``HARNESS_KERNEL`` asks for a kernel that is not there. ``requested`` is its value, ``problem`` says why."""

    requested: str
    problem: str
    hint = "install a C compiler and Python's headers and install the package again, or unset HARNESS_KERNEL"

    def __str__(self) -> str:
        return f"HARNESS_KERNEL={self.requested}: {self.problem}"


@dataclass(eq=False, repr=False)
class IncomparableImagesError(HarnessError):
    """Two images cannot be compared with each other; ``reason`` says why (other sizes, grey and color)."""

    reason: str
    hint = "compare images of one size and mode"

    def __str__(self) -> str:
        return f"the images cannot be compared: {self.reason}"
