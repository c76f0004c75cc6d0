"""The machine and the versions that a run was made with."""

import os
import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

VERSIONS = ("numpy", "pillow", "ImageHash", "scikit-image", "scipy", "httpx")
"""Packages whose versions can change what is generated or measured."""


@cache
def run_environment() -> dict[str, object]:
    """Python, platform, CPU, package versions, decoder and kernel, as plain JSON values."""
    from harness.comparison import kernel_name
    from harness.image import decoder_name

    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(terse=True),
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "cores": os.cpu_count() or 0,
        "packages": _versions(VERSIONS),
        "decoder": decoder_name(),
        "kernel": kernel_name(),
    }


@cache
def host() -> dict[str, object]:
    """Return what of this machine decides how numbers add up: processor, cores, and the packages that compute and
    generate."""
    versions = _versions(("numpy", "pillow", "torch"))
    return {"machine": platform.machine(), "cpu": _cpu_name(), "cores": os.cpu_count() or 0, "packages": versions}


def _versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
