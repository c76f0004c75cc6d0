"""Faults of comparing."""

from harness.errors import HarnessError


class AlteredPicture(HarnessError):
    """An accepted picture is not the one whose digest was recorded. ``file`` is its recorded path."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file

    def __str__(self) -> str:
        return f"{self.file}: the accepted picture is not the one that was recorded (its digest differs)"

    @property
    def remedy(self) -> str:
        return "restore the file from version control, or accept the picture again"


class KernelMissing(HarnessError):
    """``HARNESS_KERNEL`` asks for a kernel that is not there. ``wanted`` is its value, ``problem`` says why."""

    def __init__(self, wanted: str, problem: str) -> None:
        super().__init__(wanted, problem)
        self.wanted = wanted
        self.problem = problem

    def __str__(self) -> str:
        return f"HARNESS_KERNEL={self.wanted}: {self.problem}"

    @property
    def remedy(self) -> str:
        return "install a C compiler and Python's headers and install the package again, or unset HARNESS_KERNEL"


class IncomparablePictures(HarnessError):
    """Two pictures cannot be held against each other; ``reason`` says why (other sizes, other modes)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the pictures cannot be compared: {self.reason}"

    @property
    def remedy(self) -> str:
        return "compare pictures of one size and mode"
