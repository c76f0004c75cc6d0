"""Small matrix products run best on one BLAS thread; here numpy's OpenBLAS is held to one while images are generated.

Only the speed depends on it. Without OpenBLAS, or where its library is not found, nothing is done.
"""

import ctypes
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_lock = threading.Lock()
_state = {"users": 0, "threads": 1}


@functools.cache
def _library() -> tuple[Any, str, str] | None:
    """Return numpy's OpenBLAS with the prefix and suffix of its function names."""
    home = Path(np.__file__).parent
    places = [home.parent / "numpy.libs", home / ".libs", home / ".dylibs"]
    for path in (p for place in places if place.is_dir() for p in sorted(place.glob("*openblas*"))):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for prefix in ("scipy_", ""):
            for suffix in ("64_", "_64", ""):
                if hasattr(library, f"{prefix}openblas_set_num_threads{suffix}"):
                    return library, prefix, suffix
    return None


def _call(name: str, *arguments: int) -> Any:
    found = _library()
    if found is None:
        return None
    library, prefix, suffix = found
    function = getattr(library, f"{prefix}openblas_{name}{suffix}", None)
    if function is None:
        return None
    function.restype = ctypes.c_char_p if name in ("get_config", "get_corename") else ctypes.c_int
    return function(*arguments)


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS to one thread; the last to leave restores the number that the first one found."""
    with _lock:
        if _state["users"] == 0:
            _state["threads"] = _call("get_num_threads") or 1
            _call("set_num_threads", 1)
        _state["users"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["users"] -= 1
            if _state["users"] == 0:
                _call("set_num_threads", _state["threads"])


def kernel() -> str:
    """Return the name of the CPU kernels that OpenBLAS chose, or ``unknown``."""
    name = _call("get_corename")
    return name.decode() if isinstance(name, bytes) else "unknown"
