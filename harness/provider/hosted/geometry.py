"""Sizes as hosted services name them: an aspect ratio, a class of resolution, or one of a few fixed sizes."""

from collections.abc import Iterable

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
"""Aspect ratios that most models know."""
CLASSES = ((1024, "1K"), (2048, "2K"), (4096, "4K"))
"""Resolutions by the longer side. 0.5K is left out: few models take it."""


def nearest_aspect(width: int, height: int, ratios: Iterable[str]) -> str:
    """Return the ratio (``16:9``) nearest to that of the sides, by the quotient of the two."""
    target = width / height
    return min(ratios, key=lambda ratio: _apart(_quotient(ratio), target))


def resolution(width: int, height: int, classes: Iterable[tuple[int, str]]) -> str:
    """Return the first class (longest side, name) that holds the longer side, else the last."""
    known = tuple(classes)
    longer = max(width, height)
    return next((name for side, name in known if longer <= side), known[-1][1])


def nearest_size(width: int, height: int, sizes: Iterable[str]) -> str:
    """Return the fixed size (``1536x1024``) nearest in shape, and among these nearest in area."""
    target, area = width / height, width * height

    def distance(size: str) -> tuple[float, int]:
        wide, high = sides_of(size)
        return round(_apart(wide / high, target), 6), abs(wide * high - area)

    return min(sizes, key=distance)


def sides_of(size: str) -> tuple[int, int]:
    """``(1536, 1024)`` of ``1536x1024``."""
    wide, _, high = size.partition("x")
    return int(wide), int(high)


def _quotient(ratio: str) -> float:
    wide, _, high = ratio.partition(":")
    return float(wide) / float(high)


def _apart(one: float, other: float) -> float:
    return max(one, other) / min(one, other)
