"""Memory that was freed is used again for the next image."""

from functools import cache

import numpy as np

_BYTES = 8 * 1024 * 1024
"""Enough for pairs of 1024 × 1024 pixels; a larger image is itself the largest block."""


@cache
def reuse_freed_memory() -> None:
    """Have the C library keep freed pixels for the next image; once a process is enough.

    glibc gives back to the system what is larger than the largest block that was ever freed, up to 32 MiB, and fetching
    it again costs a page fault for every 4 KiB. So one block is reserved and
    freed; none of it is touched. From then on each thread keeps up to twice its size. Other C libraries take no notice.
    """
    np.empty(_BYTES, np.uint8)
