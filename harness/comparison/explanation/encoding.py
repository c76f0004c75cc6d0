"""Re-encoding with loss: JPEG, proven by encoding the accepted image the same way."""

import io
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.comparison.explanation.sides import Found, Sides, mean_difference
from harness.image import Pixels, decode, encode_jpeg
from harness.records import Reason
from harness.vocabulary import Code

_MOST = 20.0
"""The largest mean difference, in levels, that an encoding with loss is looked for in."""
_BLOCKS = 64
_REGION = 96
_LEFT = 0.7
"""The largest part of the difference between coefficients that a quality may leave."""
_SUBSAMPLINGS = ("4:2:0", "4:4:4", "4:2:2")
_LOWEST = np.array([y * 8 + x for y in range(8) for x in range(8) if y + x < 6])
"""Places of the coefficients that are looked at."""
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)  # fmt: skip
"""The luminance table of Annex K of ITU-T T.81, scaled by quality as the Independent JPEG Group does."""


def reencoded(sides: Sides, data: bytes, kind: str) -> Iterator[Found]:
    """Find that the new image is the accepted one as JPEG; ``data`` and ``kind`` are its file and format.

    Of a JPEG file its own tables are used, of any other file the quality is the one that fits best.
    """
    if not 0 < sides.before <= _MOST or min(sides.a.shape[:2]) < 16:
        return
    if kind == "jpeg":
        yield from _as_in(sides, data)
        return
    qualities = fitting_qualities(sides)
    if not qualities:
        return
    y, x = (int(at) // 16 * 16 for at in np.unravel_index(int(sides.delta.argmax()), sides.delta.shape))
    height, width = sides.delta.shape
    y, x = max(0, min(y - 32, height - _REGION)) // 16 * 16, max(0, min(x - 32, width - _REGION)) // 16 * 16
    region = (slice(y, y + _REGION), slice(x, x + _REGION))
    part, new = np.ascontiguousarray(sides.a[region]), sides.b[region]

    def left(quality: int, subsampling: str) -> float:
        return mean_difference(_coded(part, quality, subsampling), new)

    quality = min(qualities, key=lambda one: left(one, _SUBSAMPLINGS[0]))
    subsampling = min(_SUBSAMPLINGS, key=lambda one: left(quality, one))
    if sides.explains(left(quality, subsampling) / 2):
        yield _found(sides, quality, subsampling, _coded(sides.a, quality, subsampling))


def _as_in(sides: Sides, data: bytes) -> Iterator[Found]:
    from PIL import Image, JpegImagePlugin

    with Image.open(io.BytesIO(data)) as image:
        tables: Any = getattr(image, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(image)
    if not tables or sampling < 0:
        return
    name = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}[sampling]
    made = decode(encode_jpeg(sides.a, tables=tables, subsampling=name)).pixels
    yield _found(sides, _quality_of(tables), name, made)


def _found(sides: Sides, quality: int | None, subsampling: str, made: Pixels) -> Found:
    left = mean_difference(made, sides.b)
    data = {"format": "jpeg", "quality": quality, "subsampling": subsampling, "left": left}
    return Found(Reason(Code.CHANGE_ENCODED, data), left)


def _coded(pixels: Pixels, quality: int, subsampling: str) -> Pixels:
    return decode(encode_jpeg(pixels, quality=quality, subsampling=subsampling)).pixels


def fitting_qualities(sides: Sides) -> list[int]:
    """Return the three qualities (1 to 100) at which JPEG makes the new image of the accepted one best, by the
    luminance of the blocks of 8 × 8 that differ most; none where none comes near."""
    height, width = (side // 8 for side in sides.delta.shape)
    rows = sides.delta[: height * 8, : width * 8].reshape(height, 8, width * 8)
    # one axis after the other: a fifth of the time of both at once
    far = rows.sum(axis=1, dtype=np.uint16).reshape(height, width, 8).sum(axis=2, dtype=np.uint32).ravel()
    places = np.argsort(far)[:: -max(1, far.size // (2 * _BLOCKS))][:_BLOCKS]
    old, new = (_coefficients(side, places) for side in (sides.a, sides.b))
    before = float(np.abs(old - new).mean())
    tables = _lowest_tables()
    left = old[None] / tables[:, None]
    np.rint(left, out=left)
    left *= tables[:, None]
    left -= new
    left = np.abs(left, out=left).mean(axis=(1, 2))
    return [int(index) + 1 for index in np.argsort(left)[:3]] if left.min() <= _LEFT * before else []


def _coefficients(pixels: Pixels, places: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Return the lowest coefficients (blocks × coefficients) of some blocks, counted row by row."""
    height, width = (side // 8 for side in pixels.shape[:2])
    rows, columns = np.divmod(places, width)
    blocks = pixels[: height * 8, : width * 8].reshape(height, 8, width, 8, 3)[rows, :, columns]
    luma = blocks @ np.array([0.299, 0.587, 0.114], np.float32) - 128
    cosines = _cosines()
    return np.asarray((cosines @ luma @ cosines.T).reshape(-1, 64)[:, _LOWEST])


@cache
def table_of(quality: int) -> npt.NDArray[np.int64]:
    """Return the luminance table of a quality, 1 to 100."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((_LUMA * scale + 50) // 100, 1, 255))


@cache
def _lowest_tables() -> npt.NDArray[np.float32]:
    """Return what is looked at of the luminance table of each quality (100 × coefficients)."""
    return np.stack([table_of(quality).ravel()[_LOWEST] for quality in range(1, 101)]).astype(np.float32)


def _quality_of(tables: Mapping[int, Any]) -> int | None:
    """Return the quality whose luminance table this is; None for a table of another maker."""
    ours = sorted(tables[0])
    return next((one for one in range(100, 0, -1) if sorted(table_of(one).ravel().tolist()) == ours), None)


@cache
def _cosines() -> npt.NDArray[np.float32]:
    """Return the orthonormal DCT-II of 8 values."""
    row, column = np.arange(8)[:, None], np.arange(8)
    scale = np.full((8, 1), np.sqrt(2 / 8))
    scale[0] = np.sqrt(1 / 8)
    return np.asarray(scale * np.cos(np.pi * row * (2 * column + 1) / 16), np.float32)
