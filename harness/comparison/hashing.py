"""Perceptual hashes, bit for bit those of ImageHash, from the small images and counts that a kernel makes."""

from functools import cache

import numpy as np
import numpy.typing as npt

from harness.comparison.kernel import kernel
from harness.comparison.panel import FLAT_RANGE
from harness.comparison.raw import Floats, OneRaw
from harness.image import Pixels

_TIE = 1e-6


def hashes_of(raw: OneRaw, pixels: Pixels) -> dict[str, str]:
    """ImageHash's hex by name. A flat image has only ``colorhash``: its grey holds nothing that could be hashed.

    ``pixels`` are those that ``raw`` was made of; they are looked at again only where wHash hangs on rounding.
    """
    found = {} if raw.high - raw.low <= FLAT_RANGE else gradient_hashes(raw, pixels)
    found["colorhash"] = colorhash(raw)
    return found


def hash_reason(name: str) -> str:
    """Why a hash is not there."""
    return f"flat image: its grey levels span no more than {FLAT_RANGE}, so {name} would hash nothing but rounding"


def gradient_hashes(raw: OneRaw, pixels: Pixels) -> dict[str, str]:
    """Return the three hashes of grey structure, flat images included (where they say nothing)."""
    return {"phash": phash(raw.small), "dhash": _hex(raw.strip[:, 1:] > raw.strip[:, :-1]), "whash": whash(raw, pixels)}


def phash(small: Pixels) -> str:
    """pHash of 32 × 32 grey levels: signs of the 8 × 8 lowest DCT-II coefficients about their median."""
    cosines = _cosines()
    low = cosines @ small.astype(np.float64) @ cosines.T
    order = np.sort(low, axis=None)
    median = (order[31] + order[32]) / 2
    if np.abs(order - median).min() < _TIE:
        # Which side a coefficient falls hangs on the last bits: only the same transform rounds the same way.
        from scipy.fftpack import dct

        low = dct(dct(small, axis=0), axis=1)[:8, :8]
        median = np.median(low)
    return _hex(low > median)


def whash(raw: OneRaw, pixels: Pixels) -> str:
    """wHash: 8 × 8 Haar means about their median, which block sums decide unless the two middle ones are equal."""
    order = np.sort(raw.haar, axis=None)
    if order[31] != order[32]:
        return _hex(raw.haar > order[31])
    bits = kernel().haar_bits(pixels)
    if bits is not None:
        return _hex(bits)
    import imagehash
    from PIL import Image

    return str(imagehash.whash(Image.fromarray(pixels)))


def colorhash(raw: OneRaw) -> str:
    """colorhash: the fractions of 14 bins in three bits each."""
    total, counts = raw.pixels, raw.colors.tolist()
    colored = max(1, total - counts[0] - counts[1])
    number = 0
    for index, count in enumerate(counts):
        value = min(7, count * 8 // (total if index < 2 else colored))
        # ImageHash's middle bit is set by the highest one too (value // 2 % 4 > 0): kept, for equal hex.
        number = number << 3 | value | (value >> 1 & 2)
    return f"{number:011x}"


def distance(a: str, b: str) -> int:
    """Bits in which two hashes of one kind differ."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


@cache
def _cosines() -> Floats:
    """Return the first 8 rows of the unnormalised DCT-II of 32 values, as scipy scales it."""
    row, column = np.arange(8)[:, None], np.arange(32)
    return np.asarray(2 * np.cos(np.pi * row * (2 * column + 1) / 64))


def _hex(bits: npt.NDArray[np.bool_]) -> str:
    """ImageHash's own hex of a bit field, row by row."""
    spare = -bits.size % 8
    number = int.from_bytes(np.packbits(bits).tobytes(), "big") >> spare
    return f"{number:0{-(-bits.size // 4)}x}"
