"""Two arithmetics for one network: ``exact`` and ``float32``.

Activations are carried in units of 1/4096, weights are integers times a power of two (a *dyadic* weight).

``exact`` works in float64 and rounds to whole units after every step. A matrix product then only adds up products of
integers times one power of two per output; as long as the sum of their absolute values stays below 2^53 units, every
partial sum is exactly representable, so the order of summation, fused multiply-add, blocking, threads, the batch
and the instruction set cannot change a bit. :meth:`Arithmetic.check` proves that bound from the weights at load.
Where no sum is involved (division, root, rounding), IEEE 754 prescribes the one correctly rounded result. The
exponential comes from a shipped table of integers.

``float32`` does the same without rounding, in float32: faster, and dependent on the kernels of the machine.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.painter.tables import EXP, EXP_REACH, EXP_STEPS

Array = NDArray[Any]

UNIT = 4096
"""The value 1 in units of activations."""

EXACT = 2**53
"""Integers below this are exactly representable in float64."""


class Bound(ValueError):
    """A layer's sums could leave the exactly representable integers."""


class Exact:
    """Integers carried in float64."""

    name = "exact"
    dtype = np.float64

    def rounded(self, x: Array) -> Array:
        """Return x rounded to whole units, ties to even (in place)."""
        out: Array = np.rint(x, out=x)
        return out

    def attention(self, scores: Array, values: Array) -> Array:
        """Return the softmax of ``scores`` (…, n, m) over m, applied to ``values`` (…, m, d).

        By table: integers of at most 2^20, m · 2^20 · |values| < 2^53, then one division.
        """
        gap = scores.max(-1, keepdims=True) - scores
        # The scores have UNIT steps for one unit of the argument, the table EXP_STEPS: an exact shift and a rounding.
        index = np.rint(gap * (EXP_STEPS / UNIT), out=gap)
        np.minimum(index, EXP_STEPS * EXP_REACH, out=index)
        weight = EXP[index.astype(np.intp)]
        out: Array = np.rint((weight @ values) / weight.sum(-1, keepdims=True))
        return out

    def check(self, where: str, bound: int) -> None:
        """Refuse a layer whose sums could reach ``bound`` in units of its own products: raises Bound from 2^53 on."""
        if bound >= EXACT:
            raise Bound(f"{where}: sums could reach {bound} ≥ 2^53")


class Float32:
    """Ordinary float32."""

    name = "float32"
    dtype = np.float32

    def rounded(self, x: Array) -> Array:
        """Leave x as it is."""
        return x

    def attention(self, scores: Array, values: Array) -> Array:
        """Softmax as usual."""
        weight = np.exp((scores - scores.max(-1, keepdims=True)) * np.float32(1 / UNIT))
        out: Array = (weight @ values) / weight.sum(-1, keepdims=True)
        return out

    def check(self, where: str, bound: int) -> None:
        """Ask for nothing."""


Arithmetic = Exact | Float32
"""What the network needs beyond + − × on arrays, each of type ``dtype``."""

ARITHMETICS: dict[str, Arithmetic] = {"exact": Exact(), "float32": Float32()}
