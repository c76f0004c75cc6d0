"""The sizes that clients ask for, in pixels."""

import re

from harness.gateway.errors import InvalidRequestError

SIDES = {"0.5K": 512, "512": 512, "768": 768, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
"""Pixels of the longer side, by OpenRouter's names of resolutions."""
DEFAULT_SIDE = SIDES["1K"]
"""Where only an aspect ratio is given."""
LARGEST = 16384
"""Pixels of a side."""
_PIXELS = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
_RATIO = re.compile(r"([0-9]{1,3}):([0-9]{1,3})")


def size_of(text: str | None, param: str = "size") -> tuple[int, int] | None:
    """Return width and height of ``1024x768``; None for ``auto`` and where nothing is said.

    Raises InvalidRequestError for anything else.
    """
    if text is None or text == "auto":
        return None
    found = _PIXELS.fullmatch(text)
    if found is None or not all(1 <= int(side) <= LARGEST for side in found.groups()):
        raise InvalidRequestError(f"'{text[:40]}' is not a size", "write WIDTHxHEIGHT, such as 1024x1024", param)
    return int(found[1]), int(found[2])


def size_of_ratio(ratio: str | None, resolution: str | None, param: str) -> tuple[int, int] | None:
    """Return width and height of an aspect ratio (``16:9``) and the name of a resolution (``1K``: its longer side);
    None where neither is given. ``param`` names the object that both are in.

    Raises InvalidRequestError.
    """
    if ratio in (None, "auto") and resolution in (None, "auto"):
        return None
    side = DEFAULT_SIDE if resolution in (None, "auto") else SIDES.get(resolution or "")
    if side is None:
        problem = f"'{str(resolution)[:40]}' is not a resolution"
        raise InvalidRequestError(problem, f"one of {', '.join(SIDES)}", _within(param, "image_size"))
    found = _RATIO.fullmatch("1:1" if ratio in (None, "auto") else str(ratio))
    if found is None or not (int(found[1]) and int(found[2])):
        problem = f"'{str(ratio)[:40]}' is not an aspect ratio"
        raise InvalidRequestError(problem, "write WIDTH:HEIGHT, such as 16:9", _within(param, "aspect_ratio"))
    wide, high = int(found[1]), int(found[2])
    longer = max(wide, high)
    return max(1, round(side * wide / longer)), max(1, round(side * high / longer))


def _within(param: str, name: str) -> str:
    return f"{param}.{name}" if param else name
