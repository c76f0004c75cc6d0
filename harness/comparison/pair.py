"""The panel of two images held as arrays."""

import math
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from harness.comparison.channels import grounded, incomparable_reason, with_channels
from harness.comparison.grid import edges, filled, ignored, windows_touching
from harness.comparison.hashing import distance, hash_reason, hashes_of
from harness.comparison.kernel import kernel
from harness.comparison.lightness import delta_e_block_max, spectrum_peak
from harness.comparison.panel import WINDOW
from harness.comparison.plugins import Comparator, comparators
from harness.comparison.raw import Floats, PairRaw, SeenRaw
from harness.errors import excerpt
from harness.image import Pixels, alike, checked
from harness.records import Box, Comparison, Measurement
from harness.vocabulary import HASHES, PANEL

NO_FILES = "no files were given, only pixels"
EQUAL = "the images are equal"
_OF_EQUAL: Mapping[str, Measurement] = {
    "pixels_equal": Measurement(value=True),
    "psnr": Measurement(absent=f"infinite: {EQUAL}"),
    **dict.fromkeys(("ssim", "ssim_block_min"), Measurement(value=1.0)),
    **dict.fromkeys(
        ("max_abs", "changed", "mae", "delta_e", "delta_e_block_max", "spectrum_peak"), Measurement(value=0.0)
    ),
}
"""What is measured of any two equal images, hashes and comparators aside."""
_MOST = 8
_ONE_AT_A_TIME = RLock()
"""Comparators are code of other packages, which says nothing of threads: images are compared in several."""

_Boxes: TypeAlias = tuple[tuple[int, int, int, int], ...]


def compare(
    a: Any,
    b: Any,
    *,
    ignore: Sequence[Box] = (),
    bytes_equal: bool | None = None,
) -> Comparison:
    """Return every metric of the panel between two images; see :func:`harness.comparison.measures` for their
    definitions.

    ``a`` (accepted) and ``b`` (candidate) are uint8 arrays of height × width, × 3 (RGB) or × 4 (RGBA); neither is
    changed. RGB is opaque RGBA, and no color under alpha 0 counts. Where either has alpha, both are composited on white
    and on black for SSIM, color difference and hashes, and the worse value of each counts. ``ignore`` boxes count for
    nothing in any metric but ``bytes_equal``: differences and SSIM leave out their pixels and every window that reaches
    one, color and hashes see them grey in both. ``bytes_equal`` is passed on when files are behind the arrays.

    Other sizes, or grey and color: the metrics are absent with that reason. Raises UnsupportedPixelsError for arrays
    that are no images (floats, bools, 16 bits, other shapes).
    """
    a, b = with_channels(checked(a, name="a")), with_channels(checked(b, name="b"))
    if reason := incomparable_reason(a, b):
        return incomparable_comparison(reason, bytes_equal=bytes_equal)
    same = a is b
    a, b = alike(a, b)
    height, width, _ = a.shape
    mask = ignored(height, width, ignore)
    if mask is not None:
        if mask.all():
            return incomparable_comparison("every pixel is ignored", bytes_equal=bytes_equal, pixels_equal=None)
        a, b = filled(a, mask), filled(b, mask)
    skip = None if mask is None else windows_touching(mask)
    raw = None if same else kernel().pair(a, b, skip)
    if raw is None or not raw.changed:
        return identical_comparison(width, height, _hashes(a), bytes_equal=bytes_equal)
    counted = height * width - (0 if mask is None else int(np.count_nonzero(mask)))
    return _panel(a, b, raw, _seen(a, b, raw, skip), counted, bytes_equal)


def identical_comparison(
    width: int,
    height: int,
    hashes: Mapping[str, str],
    *,
    bytes_equal: bool | None = None,
) -> Comparison:
    """Return the panel of two images known to be equal in every pixel, from their size and hashes alone.

    The same answers as :func:`compare` gives on such arrays: SSIM is exactly 1 (absent where the image is smaller
    than its window), differences 0, PSNR absent (infinite), comparators of other packages absent.
    """
    found = {**_OF_EQUAL, "bytes_equal": _flag(bytes_equal, NO_FILES)}
    if small := _too_small(height, width):
        found |= dict.fromkeys(("ssim", "ssim_block_min"), Measurement(absent=small))
    found |= _hash_measurements(hashes, hashes)
    for name in comparators():
        found[name] = Measurement(absent=f"not measured: {EQUAL}")
    return Comparison(_ordered(found))


def incomparable_comparison(
    reason: str, *, bytes_equal: bool | None = None, pixels_equal: bool | None = False
) -> Comparison:
    """Return the panel of two images that cannot be compared with each other: absent, with the reason."""
    found = {name: Measurement(absent=reason) for name in (*PANEL, *comparators())}
    found["bytes_equal"] = _flag(bytes_equal, NO_FILES)
    found["pixels_equal"] = _flag(pixels_equal, reason)
    return Comparison(found)


def hashes(pixels: Any) -> dict[str, str]:
    """ImageHash's hex of ``phash dhash whash colorhash``; a flat image has only ``colorhash``.

    ``pixels`` is uint8, height × width, × 3 or × 4 (seen on white). Raises UnsupportedPixelsError.
    """
    return _hashes(with_channels(checked(pixels)))


def _hashes(pixels: Pixels) -> dict[str, str]:
    colors = grounded(pixels)[0]
    return hashes_of(kernel().one(colors), colors)


class _Seen(NamedTuple):
    """Two images as they are seen on one ground: the numbers of both, and their hashes."""

    both: PairRaw
    colors: SeenRaw
    hashes: dict[str, Measurement]


def _seen(a: Pixels, b: Pixels, raw: PairRaw, skip: npt.NDArray[np.bool_] | None) -> list[_Seen]:
    """Return both on each ground on which they differ; ``raw`` are the numbers of the arrays as they are."""
    found = []
    for x, y in zip(grounded(a), grounded(b), strict=True):
        both = kernel().pair(x, y, skip) if a.shape[2] == 4 else raw
        if both.changed:
            colors = kernel().seen(x, y)
            hashed = _hash_measurements(hashes_of(colors.a, x), hashes_of(colors.b, y))
            found.append(_Seen(both, colors, hashed))
    return found


def _panel(a: Pixels, b: Pixels, raw: PairRaw, seen: list[_Seen], counted: int, bytes_equal: bool | None) -> Comparison:
    height, width, channels = a.shape
    mse = raw.sum_square / (counted * channels)
    colors = [
        {
            "delta_e": one.colors.delta_e,
            "delta_e_block_max": delta_e_block_max(one.colors.lightness, height, width),
            "spectrum_peak": spectrum_peak(one.colors.lightness, height, width),
        }
        for one in seen
    ]
    found: dict[str, Measurement] = {
        "bytes_equal": _flag(bytes_equal, NO_FILES),
        "pixels_equal": Measurement(value=False),
        "max_abs": Measurement(value=float(raw.max_abs)),
        "changed": Measurement(value=raw.changed / counted),
        "mae": Measurement(value=raw.sum_abs / (counted * channels)),
        "psnr": Measurement(value=10 * math.log10(255 * 255 / mse)),
        **{
            name: Measurement(value=max((values[name] for values in colors), default=0.0))
            for name in ("delta_e", "delta_e_block_max", "spectrum_peak")
        },
    }
    structure, worst = _structure(height, width, [one.both for one in seen])
    found |= structure
    if seen:
        found |= {name: max((one.hashes[name] for one in seen), key=_distance) for name in HASHES}
    else:
        found |= _hash_measurements(same := _hashes(a), same)
    for plugin in comparators().values():
        found[plugin.name] = _plugged(plugin, a, b)
    return Comparison(_ordered(found), blocks=worst)


def _structure(height: int, width: int, seen: list[PairRaw]) -> tuple[dict[str, Measurement], _Boxes]:
    """Return mean and lowest block SSIM, of the ground on which each is lower, and the most changed blocks."""
    names = ("ssim", "ssim_block_min")
    if small := _too_small(height, width):
        return {name: Measurement(absent=small) for name in names}, ()
    means, totals = None, []
    for raw in seen:
        assert raw.ssim is not None
        sums, counts = raw.ssim
        total = int(counts.sum())
        if not total:
            return {name: Measurement(absent="every window reaches an ignored pixel") for name in names}, ()
        if counts.all():
            block = sums / counts
        else:
            block = np.divide(sums, counts, out=np.full(sums.shape, np.inf), where=counts > 0)
        means = block if means is None else np.minimum(means, block)
        totals.append(float(sums.sum()) / total)
    if means is None:
        return {name: Measurement(value=1.0) for name in names}, ()
    values = min(totals), min(float(means.min()), 1.0)
    return {name: Measurement(value=value) for name, value in zip(names, values, strict=True)}, _most_changed(
        means, height, width
    )


def _distance(measured: Measurement) -> tuple[bool, float]:
    """Order what two grounds say of a hash: what only one of the images has is the worst, what neither has the best."""
    return measured.value is None and measured.detail is not None, -1.0 if measured.value is None else measured.value


def _hash_measurements(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, Measurement]:
    found = {}
    for name in HASHES:
        pair = {side: hashes[name] for side, hashes in (("a", a), ("b", b)) if name in hashes}
        if len(pair) == 2:
            found[name] = Measurement(value=float(distance(pair["a"], pair["b"])), detail=pair)
        else:
            found[name] = Measurement(absent=hash_reason(name), detail=pair or None)
    return found


def _plugged(plugin: Comparator, a: Pixels, b: Pixels) -> Measurement:
    a, b = a.view(), b.view()
    a.flags.writeable = b.flags.writeable = False
    try:
        with _ONE_AT_A_TIME:
            value = float(plugin.function(a, b))
    except Exception as error:  # code of another package: whatever it raises is the reason why there is no value
        return Measurement(absent=f"the comparator failed: {excerpt(repr(error), 200)}")
    return Measurement(value=value)


def _most_changed(means: Floats, height: int, width: int) -> _Boxes:
    rows, columns = edges(height), edges(width)
    flat = means.reshape(-1)
    lowest = np.argpartition(flat, _MOST)[:_MOST] if flat.size > _MOST else np.arange(flat.size)
    order = sorted(zip(flat[lowest].tolist(), lowest.tolist(), strict=True))
    places = [divmod(index, means.shape[1]) for value, index in order if value < 1]
    return tuple((columns[x], rows[y], columns[x + 1] - columns[x], rows[y + 1] - rows[y]) for y, x in places)


def _too_small(height: int, width: int) -> str:
    return f"{width}×{height} is smaller than the {WINDOW}×{WINDOW} window" if min(height, width) < WINDOW else ""


def _flag(value: bool | None, reason: str) -> Measurement:
    return Measurement(absent=reason) if value is None else Measurement(value=value)


def _ordered(found: Mapping[str, Measurement]) -> dict[str, Measurement]:
    return {name: found[name] for name in (*PANEL, *comparators())}
