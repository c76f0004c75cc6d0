"""The building blocks of the network on activations in units of 1/4096, and the bounds of their sums."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.painter.arithmetic import UNIT, Arithmetic, Array

EXPONENT = 30
"""Greatest exponent of a weight, either way."""


class Layers:
    """Named linear layers in one arithmetic, with normalisation and squared ReLU.

    A weight is q · 2^-e with integer q (12 bits) and one e per output, so every product of an output is an integer
    times 2^-e, and its sums are exact while Σ|q| · (greatest input) + |bias| · 2^e < 2^53: proved by :meth:`add`.
    """

    INPUT = 2**15
    """Greatest input of the first layers: features, noise and noisy images, all within ±8."""

    NORMED = 2**18
    """Greatest input of a layer after normalisation, modulation and attention (64.0)."""

    HIDDEN = 2**16
    """Greatest value that enters a square (16.0): the square is an integer of at most 2^32 in units of 2^-24."""

    RESIDUAL = 2**22
    """Greatest value that enters a normalisation (1024.0): a sum of 384 squares stays below 2^53."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], arithmetic: Arithmetic) -> None:
        self.arrays, self.arithmetic, self.dtype = arrays, arithmetic, arithmetic.dtype
        self.most: dict[str, int] = {}
        """The greatest output that each layer could give, in whole units."""
        self._weight: dict[str, Array] = {}
        self._bias: dict[str, Array | None] = {}

    def add(self, name: str, greatest: int, inputs: int, outputs: int, *, squared: bool = False) -> None:
        """Load one layer whose inputs are integers of at most ``greatest``; ``squared``: they are in units of 2^-24.

        Raises ValueError when its arrays have other shapes, and Bound when its sums could be inexact.
        """
        q, e = self._shaped(name + ".q", outputs, inputs), self._shaped(name + ".e", outputs)
        if np.abs(e).max() > EXPONENT:
            raise ValueError(f"{name}.e: exponents beyond ±{EXPONENT}")
        bias = self._shaped(name + ".bias", outputs) if name + ".bias" in self.arrays else None
        # In units of an output's products: 2^-e, or 2^-(e + 12) for squares.
        grid = e + 12 if squared else e
        offset = np.zeros_like(e) if bias is None else np.abs(bias) << np.maximum(grid, 0)
        sums = [int(total) * greatest + int(more) for total, more in zip(np.abs(q).sum(1), offset, strict=True)]
        self.arithmetic.check(name, max(sums))
        self.most[name] = max(
            int(-(-total // 2 ** int(g)) if g > 0 else total * 2 ** int(-g))
            for total, g in zip(sums, grid, strict=True)
        )
        scale = np.ldexp(1.0, -grid)
        self._weight[name] = np.ascontiguousarray((q * scale[:, None]).T.astype(self.dtype))
        self._bias[name] = None if bias is None else bias.astype(self.dtype)

    def plain(self, name: str, *shape: int) -> Array:
        """Return an array of whole units, of at most RESIDUAL; raises ValueError."""
        out = self._shaped(name, *shape)
        if np.abs(out).max() > self.RESIDUAL:
            raise ValueError(f"{name}: values beyond {self.RESIDUAL}")
        return out.astype(self.dtype)

    def _shaped(self, name: str, *shape: int) -> NDArray[np.int64]:
        """Return an array of integers of a given shape; raises KeyError or ValueError."""
        out = self.arrays[name]
        if out.shape != shape:
            raise ValueError(f"{name}: shape {out.shape}, expected {shape}")
        return out.astype(np.int64)

    def linear(self, name: str, x: Array) -> Array:
        """Return a layer's outputs, rounded to whole units."""
        weight = self._weight[name]
        y = (x.reshape(-1, weight.shape[0]) @ weight).reshape(*x.shape[:-1], weight.shape[1])
        bias = self._bias[name]
        if bias is not None:
            y += bias
        return self.arithmetic.rounded(y)

    def bands(self, name: str, near: Array, height: int) -> Array:
        """Return a 3×3 convolution; ``near`` holds each pixel's row neighbors, with one row more above and below."""
        weight = np.split(self._weight[name], 3)
        b, _, width, depth = near.shape
        y = np.empty((b, height * width, weight[0].shape[1]), self.dtype)
        for image, out in zip(near, y, strict=True):
            np.matmul(image[:height].reshape(-1, depth), weight[0], out=out)
            for dy in (1, 2):
                out += image[dy : dy + height].reshape(-1, depth) @ weight[dy]
        bias = self._bias[name]
        if bias is not None:
            y += bias
        return self.arithmetic.rounded(y).reshape(b, height, width, -1)

    def limited(self, x: Array, limit: int) -> Array:
        """Return x held within ±limit."""
        return np.clip(x, -limit, limit)

    def square(self, x: Array) -> Array:
        """Return the squared ReLU of x (changed in place), in units of 2^-24."""
        np.clip(x, 0, self.HIDDEN, out=x)
        return np.multiply(x, x, out=x)

    def squared(self, name: str, x: Array) -> Array:
        """Return the squared ReLU of a layer's outputs, in units of 2^-24."""
        return self.square(self.linear(name, x))

    def normed(self, x: Array) -> Array:
        """Return x divided by its root mean square over the last axis, in whole units.

        The sum of squares is an exact integer; mean, root, quotient and product are each correctly rounded.
        """
        x = self.limited(x, self.RESIDUAL)
        total = np.einsum("...i,...i->...", x, x)[..., None]
        scale = UNIT / np.sqrt(total / x.shape[-1] + self.dtype(1e-5 * UNIT * UNIT))
        x *= scale
        return self.arithmetic.rounded(x)

    def modulated(self, x: Array, mod: Array, inject: Array | None = None) -> Array:
        """Return x normalized, scaled by 1 + ``mod[:, 0]``, with ``mod[:, 1]`` and ``inject`` added."""
        y = self.normed(x)
        # |y| < 2^17 and the scale is limited: their product is an exact integer.
        y *= (UNIT + self.limited(mod[:, 0], self.RESIDUAL)) / UNIT
        y = self.arithmetic.rounded(y)
        y += mod[:, 1]
        if inject is not None:
            y += inject
        return np.clip(y, -self.NORMED, self.NORMED, out=y)
