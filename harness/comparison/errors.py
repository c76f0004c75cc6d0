"""Faults of comparing."""

from harness.errors import HarnessError


class KernelMissingError(HarnessError):
    """``HARNESS_KERNEL`` asks for a kernel that is not there. ``requested`` is its value, ``problem`` says why."""

    def __init__(self, requested: str, problem: str) -> None:
        super().__init__(requested, problem)
        self.requested = requested
        self.problem = problem

    def __str__(self) -> str:
        return f"HARNESS_KERNEL={self.requested}: {self.problem}"

    @property
    def hint(self) -> str:
        return "install a C compiler and Python's headers and install the package again, or unset HARNESS_KERNEL"


class IncomparableImagesError(HarnessError):
    """Two images cannot be compared with each other; ``reason`` says why (other sizes, other modes)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the images cannot be compared: {self.reason}"

    @property
    def hint(self) -> str:
        return "compare images of one size and mode"
