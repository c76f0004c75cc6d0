"""Which kernel is in use."""

from functools import cache
from typing import cast

from harness.compare.raw import Kernel


@cache
def kernel() -> Kernel:
    """The kernel that makes the numbers."""
    from harness.compare import numeric

    return cast(Kernel, numeric)


def kernel_name() -> str:
    """``numpy`` or ``native``."""
    return kernel().name
