"""Seeded random integers that are identical on every platform and in every version.

SplitMix64 (Steele, Lea and Flood, 2014) in integer arithmetic modulo 2^64. numpy's own generators are not
used: their streams may change between versions.
"""

from collections.abc import MutableSequence, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

_GAMMA = 0x9E3779B97F4A7C15
_M1 = 0xBF58476D1CE4E5B9
_M2 = 0x94D049BB133111EB
_MASK = (1 << 64) - 1


def mix(z: int) -> int:
    """Return the 64-bit finaliser of SplitMix64 applied to ``z``."""
    z = ((z ^ (z >> 30)) * _M1) & _MASK
    z = ((z ^ (z >> 27)) * _M2) & _MASK
    return z ^ (z >> 31)


class Stream:
    """A stream of random integers, addressed by a seed and any number of integer keys."""

    def __init__(self, seed: int, *keys: int) -> None:
        """Start the stream of ``seed`` and ``keys`` (any integers; taken modulo 2^64)."""
        state = mix((seed + _GAMMA) & _MASK)
        for key in keys:
            state = mix(((state ^ (key & _MASK)) + _GAMMA) & _MASK)
        self._state = state

    def bits(self) -> int:
        """Return the next 64 random bits as an integer."""
        self._state = (self._state + _GAMMA) & _MASK
        return mix(self._state)

    def below(self, n: int) -> int:
        """Return an integer in [0, n); its bias is below n / 2^64."""
        return (self.bits() * n) >> 64

    def between(self, low: int, high: int) -> int:
        """Return an integer in [low, high], both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_thousand: int) -> bool:
        """Return True with the given probability, in thousandths."""
        return self.below(1000) < per_thousand

    def choice(self, items: Sequence[T]) -> T:
        """Return one of ``items``, all equally likely."""
        return items[self.below(len(items))]

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Put ``items`` in a random order, in place."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]


def words(seed: int, key: int, count: int) -> NDArray[np.uint64]:
    """Return ``count`` random 64-bit words; word i depends only on (seed, key, i)."""
    start = np.uint64(Stream(seed, key).bits())
    z = start + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_M1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_M2)
    return z ^ (z >> np.uint64(31))
