"""Between images, patches and tokens: rearranging arrays, without changing them but by exact additions."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from harness.painter.arithmetic import Array


def patches(x: Array) -> Array:
    """Return the 8×8 patch around every token (batch, rows, columns, 192)."""
    b, height, width, _ = x.shape
    wide = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    s = wide.strides
    windows = as_strided(wide, (b, height // 4, width // 4, 8, 8, 3), (s[0], 4 * s[1], 4 * s[2], s[1], s[2], s[3]))
    return windows.reshape(b, height // 4, width // 4, 192)


def overlap_add(y: Array) -> Array:
    """Return the planes (batch, height, width, planes) that overlapping 8×8 patches add up to."""
    b, rows, columns = y.shape[:3]
    quads = y.reshape(b, rows, columns, 2, 4, 2, 4, y.shape[-1])
    out = np.zeros((b, rows + 1, 4, columns + 1, 4, y.shape[-1]), y.dtype)
    for a in range(2):
        for c in range(2):
            out[:, a : a + rows, :, c : c + columns] += quads[:, :, :, a, :, c].swapaxes(2, 3)
    return out.reshape(b, (rows + 1) * 4, (columns + 1) * 4, y.shape[-1])[:, 2:-2, 2:-2]


def shifted(x: Array) -> Array:
    """Move four sixths of the channels by one token up, down, left and right; what enters is zero."""
    q = x.shape[-1] // 6
    out = np.zeros_like(x)
    out[:, 1:, :, :q] = x[:, :-1, :, :q]
    out[:, :-1, :, q : 2 * q] = x[:, 1:, :, q : 2 * q]
    out[:, :, 1:, 2 * q : 3 * q] = x[:, :, :-1, 2 * q : 3 * q]
    out[:, :, :-1, 3 * q : 4 * q] = x[:, :, 1:, 3 * q : 4 * q]
    out[..., 4 * q :] = x[..., 4 * q :]
    return out
