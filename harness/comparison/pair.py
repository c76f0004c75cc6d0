"""The panel of two images held as arrays."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.comparison.channels import incomparable_reason, rgb, with_channels
from harness.comparison.grid import edges, filled, ignored, windows_touching
from harness.comparison.hashing import distance, hash_reason, hashes_of
from harness.comparison.kernel import kernel
from harness.comparison.panel import WINDOW
from harness.comparison.plugins import Comparator, comparators
from harness.comparison.raw import Floats, OneRaw, PairRaw
from harness.image import Pixels, checked, on_white
from harness.records import Box, Comparison, Measurement
from harness.vocabulary import HASHES, METRICS

NO_FILES = "no files were given, only pixels"
EQUAL = "the images are equal"
_MOST = 8


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
    changed. ``ignore`` boxes count for nothing in any metric but ``bytes_equal``: differences and SSIM leave out
    their pixels and every window that reaches one, color and hashes see them grey in both. ``bytes_equal`` is
    passed on when files are behind the arrays.

    Other sizes or modes: the metrics are absent with that reason. Raises UnsupportedPixelsError for arrays that are no
    images (floats, bools, 16 bits, other shapes).
    """
    a, b = with_channels(checked(a, name="a")), with_channels(checked(b, name="b"))
    reason = incomparable_reason(a, b)
    if reason:
        return incomparable_comparison(reason, bytes_equal=bytes_equal)
    height, width, _ = a.shape
    mask = ignored(height, width, ignore)
    if mask is not None:
        if mask.all():
            return incomparable_comparison("every pixel is ignored", bytes_equal=bytes_equal, pixels_equal=None)
        a, b = filled(a, mask), filled(b, mask)
    raw_a = kernel().one(rgb(a))
    skip = None if mask is None else windows_touching(mask)
    raw = None if a is b else kernel().pair(a, b, skip)
    if raw is None or not raw.changed:
        hashes = hashes_of(raw_a, rgb(a))
        return identical_comparison(width, height, hashes, bytes_equal=bytes_equal)
    counted = height * width - (0 if mask is None else int(np.count_nonzero(mask)))
    return _panel(a, b, raw, raw_a, kernel().one(rgb(b)), counted, bytes_equal)


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
    found: dict[str, Measurement] = {
        "bytes_equal": _flag(bytes_equal, NO_FILES),
        "pixels_equal": Measurement(value=True),
        "max_abs": Measurement(value=0.0),
        "changed": Measurement(value=0.0),
        "mae": Measurement(value=0.0),
        "psnr": Measurement(absent=f"infinite: {EQUAL}"),
        "delta_e": Measurement(value=0.0),
    }
    small = _too_small(height, width)
    for name in ("ssim", "ssim_block_min"):
        found[name] = Measurement(absent=small) if small else Measurement(value=1.0)
    found |= _hash_measurements(hashes, hashes)
    for name in comparators():
        found[name] = Measurement(absent=f"not measured: {EQUAL}")
    return Comparison(_ordered(found))


def incomparable_comparison(
    reason: str, *, bytes_equal: bool | None = None, pixels_equal: bool | None = False
) -> Comparison:
    """Return the panel of two images that cannot be compared with each other: absent, with the reason."""
    found = {name: Measurement(absent=reason) for name in (*METRICS, *comparators())}
    found["bytes_equal"] = _flag(bytes_equal, NO_FILES)
    found["pixels_equal"] = _flag(pixels_equal, reason)
    return Comparison(found)


def hashes(pixels: Any) -> dict[str, str]:
    """ImageHash's hex of ``phash dhash whash colorhash``; a flat image has only ``colorhash``.

    ``pixels`` is uint8, height × width, × 3 or × 4 (alpha counts for nothing). Raises UnsupportedPixelsError.
    """
    colors = rgb(with_channels(checked(pixels)))
    return hashes_of(kernel().one(colors), colors)


def _panel(
    a: Pixels,
    b: Pixels,
    raw: PairRaw,
    raw_a: OneRaw,
    raw_b: OneRaw,
    counted: int,
    bytes_equal: bool | None,
) -> Comparison:
    height, width, channels = a.shape
    mse = raw.sum_square / (counted * channels)
    found: dict[str, Measurement] = {
        "bytes_equal": _flag(bytes_equal, NO_FILES),
        "pixels_equal": Measurement(value=False),
        "max_abs": Measurement(value=float(raw.max_abs)),
        "changed": Measurement(value=raw.changed / counted),
        "mae": Measurement(value=raw.sum_abs / (counted * channels)),
        "psnr": Measurement(value=10 * math.log10(255 * 255 / mse)),
        "delta_e": Measurement(value=_delta_e(a, b, raw_a, raw_b)),
    }
    worst: tuple[tuple[int, int, int, int], ...] = ()
    small = _too_small(height, width)
    if raw.ssim is None or not raw.ssim[1].any():
        reason = small or "every window reaches an ignored pixel"
        found |= {name: Measurement(absent=reason) for name in ("ssim", "ssim_block_min")}
    else:
        sums, counts = raw.ssim
        means = np.divide(sums, counts, out=np.full(sums.shape, np.inf), where=counts > 0)
        found["ssim"] = Measurement(value=float(sums.sum() / counts.sum()))
        found["ssim_block_min"] = Measurement(value=float(means.min()))
        worst = _most_changed(means, height, width)
    found |= _hash_measurements(hashes_of(raw_a, rgb(a)), hashes_of(raw_b, rgb(b)))
    for plugin in comparators().values():
        found[plugin.name] = _plugged(plugin, a, b)
    return Comparison(_ordered(found), blocks=worst)


def _delta_e(a: Pixels, b: Pixels, raw_a: OneRaw, raw_b: OneRaw) -> float:
    height, width, channels = a.shape
    if channels == 4:
        from harness.comparison.numeric import block_sums

        return kernel().delta_e(block_sums(on_white(a)), block_sums(on_white(b)), height, width)
    return kernel().delta_e(raw_a.block_sums, raw_b.block_sums, height, width)


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
        value = float(plugin.function(a, b))
    except Exception as error:  # code of another package: whatever it raises is the reason why there is no value
        return Measurement(absent=f"the comparator failed: {error!r:.200}")
    return Measurement(value=value)


def _most_changed(means: Floats, height: int, width: int) -> tuple[tuple[int, int, int, int], ...]:
    rows, columns = edges(height), edges(width)
    flat = means.reshape(-1)
    lowest = np.argpartition(flat, _MOST)[:_MOST] if flat.size > _MOST else np.arange(flat.size)
    order = sorted((float(flat[index]), int(index)) for index in lowest)
    places = [divmod(index, means.shape[1]) for value, index in order if value < 1]
    return tuple((columns[x], rows[y], columns[x + 1] - columns[x], rows[y + 1] - rows[y]) for y, x in places)


def _too_small(height: int, width: int) -> str:
    return f"{width}×{height} is smaller than the {WINDOW}×{WINDOW} window" if min(height, width) < WINDOW else ""


def _flag(value: bool | None, reason: str) -> Measurement:
    return Measurement(absent=reason) if value is None else Measurement(value=value)


def _ordered(found: Mapping[str, Measurement]) -> dict[str, Measurement]:
    return {name: found[name] for name in (*METRICS, *comparators())}
