"""Freed pixels are used again: the next image of a process costs hardly a page fault."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from harness.image import decode, encode_png
data = encode_png(np.random.default_rng(1).integers(0, 256, (512, 512, 3), dtype=np.uint8))
def pair():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    kept = decode(data), decode(data)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print([pair() for _ in range(4)][-1])
"""
PAGES = 2 * 512 * 512 * 3 // 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other rules")
def test_the_next_pair_takes_the_memory_of_the_last() -> None:
    found = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert int(found.stdout) < PAGES // 8
