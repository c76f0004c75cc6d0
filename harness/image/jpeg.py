"""The structure of a JPEG by its markers: where it ends, and whether all of its image data are there."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from harness.image.errors import ImageError, TruncatedImageError
from harness.image.image import Pixels

_MARK = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]", re.DOTALL)
_BASELINE = (0xC0, 0xC1)
_PROGRESSIVE = 0xC2
_NUMBERS = bytes((i * i * 37 + i * 91 + 113) % 251 for i in range(1024))
_FILLER = (
    b"\0"
    + _NUMBERS[:64]
    + b"".join(b"\xff" + bytes([0xD0 + n % 8]) + _NUMBERS[64 + 48 * n : 112 + 48 * n] for n in range(16))
)
"""What no encoder wrote, with every restart marker: a decoder that still needs data takes it, a complete image not."""


class Layout(NamedTuple):
    """``scans`` counts them; ``end`` is where the end mark ends, None without one; ``simple``: one scan of the usual
    kind holds everything; ``covered``: the scans give every coefficient its last bit; ``huffman``: coded in the usual
    way, not arithmetically or lossless."""

    scans: int
    end: int | None
    simple: bool
    covered: bool
    huffman: bool


def jpeg_layout(data: bytes) -> Layout:
    """Return the layout of a JPEG, by its markers alone."""
    scans, at, frame, simple = 0, 2, 0, False
    missing: dict[int, list[int | None]] = {}
    while mark := _MARK.search(data, at):
        kind, at = data[mark.start() + 1], mark.end()
        if kind == 0xD9:
            covered = bool(missing) and all(bit == 0 for bits in missing.values() for bit in bits)
            return Layout(scans, at, simple and scans == 1, covered, frame in (*_BASELINE, _PROGRESSIVE))
        body = data[at + 2 : at + max(2, int.from_bytes(data[at : at + 2], "big"))]
        at += 2 + len(body)
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC) and not frame:
            frame, simple = kind, kind in _BASELINE and body[5:6] != b"\x04"
            missing = {part: [None] * 64 for part in body[6::3]}
        elif kind == 0xDA and body:
            scans += 1
            first, last, bit = body[-3:] if len(body) >= 4 else (0, 63, 0)
            for part in body[1 : 1 + 2 * body[0] : 2]:
                if part in missing:
                    missing[part][first : last + 1] = [bit & 15] * (min(last, 63) + 1 - first)
    return Layout(scans, None, simple, covered=False, huffman=False)


def check_jpeg(data: bytes, layout: Layout, pixels: Pixels, again: Callable[[bytes], Pixels]) -> None:
    """Raise TruncatedImageError when image data are missing before the end mark, which decoders make up as grey or
    blur without a word.

    What is put before the end mark changes nothing of a complete image. ``again`` decodes; an image of one scan is
    decoded again only where a corner of ``pixels`` is of the grey that stands for what is missing: only a part of its
    very last block may be missing unseen.
    """
    assert layout.end is not None
    corners = pixels[:: max(1, len(pixels) - 1), :: max(1, pixels.shape[1] - 1), :3].reshape(-1, 3)
    if layout.covered and layout.simple and not (np.abs(corners.astype(np.int16) - 128) <= 1).all(axis=1).any():
        return
    try:
        same = layout.covered and np.array_equal(
            again(data[: layout.end - 2] + _FILLER + data[layout.end - 2 :]), pixels
        )
    except ImageError:
        same = False
    if not same:
        raise TruncatedImageError("jpeg", len(data))
