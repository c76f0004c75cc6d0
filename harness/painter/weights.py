"""Weights files: the shipped ones by name, with their digests, and others by path."""

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.painter.errors import WeightsError

SHIPPED: dict[str, tuple[str, str]] = {
    "painter@1": ("painter-1.npz", "1c4432bdd6cd437547026b39cb30846c832e5de6ce2ca084ec9955f573f742f4"),
    "painter@2": ("painter-2.npz", "d9828314b2592bc77b5758f5e45babdfe08757c184b9f95b435b6d559f4ab5bc"),
}
"""Name → (file in ``data/``, SHA-256). A name never moves to other weights."""

LIMIT = 64 * 1024 * 1024
"""Greatest size of a weights file, and of each array in it, in bytes."""


@dataclass(frozen=True)
class Weights:
    """The arrays of one weights file; ``digest`` is the SHA-256 of the file."""

    name: str
    digest: str
    arrays: dict[str, NDArray[Any]]


def load(model: str) -> Weights:
    """Return the weights called ``model`` (painter@1, painter@2) or stored in that file; raises WeightsError."""
    if model in SHIPPED:
        name, expected = SHIPPED[model]
        data = (files("harness.painter") / "data" / name).read_bytes()
    else:
        path = Path(model)
        if not path.is_file():
            raise WeightsError(model, f"neither a shipped model ({', '.join(SHIPPED)}) nor a file")
        if path.stat().st_size > LIMIT:
            raise WeightsError(model, f"larger than {LIMIT} bytes")
        data, expected = path.read_bytes(), ""
    digest = hashlib.sha256(data).hexdigest()
    if expected not in ("", digest):
        raise WeightsError(model, f"the file was altered (SHA-256 {digest[:12]}…, expected {expected[:12]}…)")
    return Weights(model, digest, _arrays(model, data))


def _arrays(model: str, data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file, all of integers."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(entry.file_size > LIMIT for entry in archive.infolist()):
                raise WeightsError(model, f"holds an array larger than {LIMIT} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        raise WeightsError(model, f"not a whole npz file ({fault})") from fault
    if any(not np.issubdtype(a.dtype, np.integer) for a in arrays.values()):
        raise WeightsError(model, "holds arrays that are not integers")
    return arrays
