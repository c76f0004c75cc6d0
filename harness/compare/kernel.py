"""Which kernel is in use: the native one where it was built, else numpy's. ``HARNESS_KERNEL`` forces one."""

import os
from functools import cache
from typing import cast

from harness.compare.faults import KernelMissing
from harness.compare.raw import Kernel

VARIABLE = "HARNESS_KERNEL"


@cache
def kernel() -> Kernel:
    """The kernel that makes the numbers.

    ``HARNESS_KERNEL=numpy`` or ``native`` decides; unset, it is the native one where the C extension was built.
    Raises KernelMissing for another value, or when ``native`` is wanted and the extension is not there.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", "numpy", "native"):
        raise KernelMissing(wanted, "there are the kernels numpy and native")
    if wanted != "numpy":
        try:
            from harness.compare import native

            return cast(Kernel, native)
        except ImportError as error:
            if wanted:
                raise KernelMissing(wanted, f"the C extension is not there ({error})") from None
    from harness.compare import numeric

    return cast(Kernel, numeric)


def kernel_name() -> str:
    """The kernel in use, for ``--version`` and the environment of a run: ``numpy``, or ``native (avx2)``."""
    if kernel().name == "numpy":
        return "numpy"
    from harness.compare._kernel import in_use

    return f"native ({in_use()})"
