"""Turn a checkpoint into the painter's weights file: ``python -m training.export CHECKPOINT OUT.npz``.

Each row of a matrix becomes 12-bit integers times a power of two, each bias an integer on the grid of 1/4096, so that
the runtime can compute exactly. The order of patch and plane elements is turned from channels-first to channels-last.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from harness.painter.condition import ONE
from training.net import HEADS, PLANES

BITS = 12


def quantize(matrix: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Return integers q and exponents e, one e a row, with matrix ≈ q · 2^-e and |q| < 2^(BITS-1)."""
    most = np.abs(matrix).max(1)
    limit = 2 ** (BITS - 1) - 1
    e = np.array([20 if m == 0 else min(20, int(np.floor(np.log2(limit / m)))) for m in most], np.int8)
    q = np.rint(matrix * 2.0 ** e[:, None]).astype(np.int16)
    return q, e


def arrays_of(state: dict[str, torch.Tensor]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the weights file for the averaged weights of a checkpoint."""
    s = {k: v.double().numpy() for k, v in state.items()}
    s["patch.weight"] = s["patch.weight"].reshape(-1, 3, 8, 8).transpose(0, 2, 3, 1).reshape(-1, 192)
    s["head.weight"] = s["head.weight"].reshape(PLANES, 8, 8, -1).transpose(1, 2, 0, 3).reshape(64 * PLANES, -1)
    s["head.bias"] = s["head.bias"].reshape(PLANES, 8, 8).transpose(1, 2, 0).ravel()
    # (out, in, 3, 3) → rows (out), columns (dy, dx, in)
    s["refine_in.weight"] = s["refine_in.weight"].transpose(0, 2, 3, 1).reshape(s["refine_in.weight"].shape[0], -1)
    # (3, in, 3, 3) → rows (dy, dx, out), columns (in)
    s["refine_out.weight"] = s["refine_out.weight"].transpose(2, 3, 0, 1).reshape(27, -1)
    for key in list(s):
        if key.endswith(".sharp"):
            dim = s[key.replace("sharp", "out.weight")].shape[0] // HEADS
            s[key] = s[key] * dim**-0.5
    out: dict[str, NDArray[np.generic]] = {}
    for key, value in sorted(s.items()):
        if key.endswith(".weight"):
            name = key.removesuffix(".weight")
            out[name + ".q"], out[name + ".e"] = quantize(value)
        else:
            out[key] = np.rint(value * ONE).astype(np.int32)
    return out


def write(path: Path, arrays: dict[str, NDArray[np.generic]]) -> str:
    """Write an npz that depends on nothing but the arrays, and return its SHA-256."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, arrays[name], version=(1, 0), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED
            )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Export a checkpoint and print its size and digest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    a = parser.parse_args()
    saved = torch.load(a.checkpoint, weights_only=True)
    digest = write(a.out, arrays_of(saved["ema"]))
    print(saved["state"], a.out, a.out.stat().st_size, "bytes", digest)


if __name__ == "__main__":
    main()
