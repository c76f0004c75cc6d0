"""The search for an explanation: cheap tests on reduced images first, the whole images for what passes them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from harness.comparison.channels import grounded, incomparable_reason
from harness.comparison.explanation.encoding import reencoded
from harness.comparison.explanation.geometry import moved, turned
from harness.comparison.explanation.levels import alpha, channels, curve
from harness.comparison.explanation.places import region, rounding, seams
from harness.comparison.explanation.resampling import resized, zoomed
from harness.comparison.explanation.sides import Found, Sides, mean_difference
from harness.comparison.grid import filled, ignored
from harness.image import FORMATS, EncodedImage, Pixels, alike
from harness.records import Box, Reason
from harness.vocabulary import Code

_PROVEN = 0.3
"""A mean difference, in levels, below which no other hypothesis is tried."""
_SMALLEST = 8


def explain(accepted: EncodedImage, new: EncodedImage, *, ignore: Sequence[Box] = ()) -> tuple[Reason, ...]:
    """Return what turns an accepted image into a new one that differs; nothing where no hypothesis does.

    A hypothesis is named only if it leaves a mean difference of at most 3 levels and of a fifth of the difference
    before (``left`` in its data). At most one is named, with the formats of two files where they differ. Raises an
    ImageError.
    """
    a, b = accepted.image, new.image
    found = _named(a.pixels, b.pixels, new, ignore)
    # an array or a Pillow image that was generated comes from no file
    files = a.format in FORMATS and b.format in FORMATS
    if files and a.format != b.format and not any(one.code == Code.CHANGE_ENCODED for one in found):
        found = (*found, Reason(Code.CHANGE_FORMAT, {"before": a.format, "after": b.format}))
    return found


def _named(a: Pixels, b: Pixels, new: EncodedImage, ignore: Sequence[Box]) -> tuple[Reason, ...]:
    if min(*a.shape[:2], *b.shape[:2]) < _SMALLEST:
        return ()
    comparable = not incomparable_reason(a, b)
    mask = ignored(a.shape[0], a.shape[1], ignore) if comparable else None
    if mask is not None:
        a, b = alike(a, b)
        a, b = filled(a, mask), filled(b, mask)
    if comparable and 4 in (a.shape[2], b.shape[2]):
        before = mean_difference(*alike(a, b))
        best = _best(alpha(a, b, before), lambda left: left <= min(1.0, 0.2 * before))
        if best is not None:
            return (best.reason,)
    a, b = (np.ascontiguousarray(grounded(side)[0]) for side in (a, b))
    sides = Sides(a, b)
    best = _best(_hypotheses(sides, new) if sides.same_size else _of_sizes(sides), sides.explains)
    return () if best is None else (best.reason,)


def _hypotheses(sides: Sides, new: EncodedImage) -> Iterator[Found]:
    """Yield what was found, the cheapest first; what says only where the images differ last."""
    if not sides.before:
        return
    yield from channels(sides)
    yield from curve(sides)
    yield from rounding(sides)
    yield from turned(sides)
    yield from reencoded(sides, new.data, new.image.format)
    yield from moved(sides)
    yield from zoomed(sides)
    yield from seams(sides)
    yield from region(sides)


def _of_sizes(sides: Sides) -> Iterator[Found]:
    yield from turned(sides)
    yield from moved(sides)
    yield from resized(sides)


def _best(found: Iterable[Found], explains: Callable[[float], bool]) -> Found | None:
    """Return the first that proves itself, else the one that leaves least."""
    best: Found | None = None
    for one in found:
        if not explains(one.left):
            continue
        if best is None or one.left < best.left:
            best = one
        if best.left <= _PROVEN:
            break
    return best
