"""Which kernel is in use: the native one where it was built, else numpy's. ``HARNESS_KERNEL`` forces one."""

import os
from functools import cache
from typing import TYPE_CHECKING, cast

from harness.comparison.errors import KernelMissingError

if TYPE_CHECKING:
    from harness.comparison.raw import Kernel

VARIABLE = "HARNESS_KERNEL"


@cache
def kernel() -> "Kernel":
    """Return the kernel that makes the numbers.

    ``HARNESS_KERNEL=numpy`` or ``native`` decides; unset, it is the native one where the C extension was built.
    Raises KernelMissingError for another value, or when ``native`` is requested and the extension is missing.
    """
    if _is_native():
        from harness.comparison import native

        return cast("Kernel", native)
    from harness.comparison import numeric

    return cast("Kernel", numeric)


def kernel_name() -> str:
    """Return the kernel in use, for ``--version`` and the environment of a run: ``numpy``, or ``native (avx2)``."""
    if not _is_native():
        return "numpy"
    from harness.comparison._kernel import in_use

    return f"native ({in_use()})"


def _is_native() -> bool:
    """Return whether the kernel is that in C; numpy is not imported for it."""
    requested = os.environ.get(VARIABLE, "")
    if requested not in ("", "numpy", "native"):
        raise KernelMissingError(requested, "there are the kernels numpy and native")
    if requested == "numpy":
        return False
    try:
        from harness.comparison import _kernel  # noqa: F401 - only whether it is there
    except ImportError as error:
        if requested:
            raise KernelMissingError(requested, f"the C extension is missing ({error})") from None
        return False
    return True
