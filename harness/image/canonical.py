"""Checking arrays, and bringing what Pillow decoded into canonical form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.image.errors import DecodingTimeoutError, UnsupportedPixelsError
from harness.image.image import Pixels
from harness.image.profile import color_notes, depth_note
from harness.records import Reason
from harness.vocabulary import Code

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_OPAQUE, _FAINTEST = 0xFF000000, 0x01000000
"""The least numbers of :func:`_words` with alpha 255 and with alpha 1."""


def checked(pixels: Any, *, grey: bool = True, name: str = "") -> Pixels:
    """``pixels`` as C-contiguous uint8 of height × width × 3 or × 4 (with ``grey`` also height × width).

    Copied only when not contiguous. Raises UnsupportedPixelsError (``name`` says which array) for other types (bool,
    float, 16 bits: converting those silently would wrap around or rescale), other shapes and empty arrays.
    """
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedPixelsError(f"a {type(pixels).__name__}", where=name)
    if pixels.dtype != np.uint8:
        nan = pixels.dtype.kind == "f" and bool(np.isnan(pixels).any())
        raise UnsupportedPixelsError(f"an array of {pixels.dtype}{' with NaN in it' if nan else ''}", where=name)
    flat_ok = grey and pixels.ndim == 2
    if not flat_ok and not (pixels.ndim == 3 and pixels.shape[2] in (3, 4)):
        raise UnsupportedPixelsError(f"an array of shape {pixels.shape}", where=name)
    if pixels.size == 0:
        raise UnsupportedPixelsError(f"an empty array of shape {pixels.shape}", where=name)
    return np.ascontiguousarray(pixels)


def canonical(
    image: "Image.Image", info: Mapping[str, Any] | None = None, bits: int = 0, decoded: Pixels | None = None
) -> tuple[Pixels, tuple[Reason, ...]]:
    """Canonical pixels of an opened Pillow image, and notes on what was changed on the way.

    ``info`` says of its colors what Pillow's may not, ``bits`` a channel where Pillow does not know. Decodes the
    image where ``decoded`` are not its RGB pixels as stored: raises whatever Pillow raises, and UnsupportedPixelsError
    for levels that have no 8 bits.
    """
    mode, key, raw = image.mode, image.info.get("transparency"), _raw_mode(image)
    wide = max(bits, 16 if mode.startswith("I") or ";16" in raw else 8)
    color = color_notes({**image.info, **(info or {})})
    low = _low_bytes(image) if raw == "RGB;16B" and key is not None else None
    notes: list[Reason] = [*depth_note(wide), *color]
    if decoded is None:
        image.load()
    if decoded is not None:
        pixels = decoded
    elif mode.startswith("I") or mode == "F":
        pixels = _to_eight_bits(np.asarray(image), key)
    elif low is not None:
        pixels = _keyed(np.asarray(image), low, key)
    else:
        if raw in ("L;2", "L;4") and key is not None:
            image.info["transparency"] = key * 255 // (2 ** int(raw[-1]) - 1)
        if mode == "CMYK":
            notes.append(Reason(Code.IMAGE_CMYK))
        expected = "RGBA" if image.has_transparency_data else "RGB"
        pixels = np.asarray(image if mode == expected else image.convert(expected))
    if (orientation := _orientation(image)) != 1:
        pixels = _oriented(pixels, orientation)
        notes.append(Reason(Code.IMAGE_ROTATED, {"orientation": orientation}))
    return settled(pixels), tuple(notes)


def on_ground(pixels: Pixels, level: int) -> Pixels:
    """RGBA composited on a ground of one grey ``level`` (255: white); an image without alpha as it is."""
    if pixels.shape[2] != 4:
        return pixels
    alpha = pixels[:, :, 3].astype(np.uint16)
    ground = level * (255 - alpha) + 127
    seen = np.empty((*alpha.shape, 3), np.uint8)
    for channel in range(3):
        total = pixels[:, :, channel] * alpha
        total += ground
        total += (total >> 8) + 1  # so that shifting divides by 255: exact below 65,535
        seen[:, :, channel] = total >> 8
    return seen


def settled(pixels: Pixels) -> Pixels:
    """C-contiguous, read-only; alpha that is opaque everywhere is dropped, and colors under alpha 0 are black."""
    pixels = np.ascontiguousarray(pixels)
    if pixels.shape[2] == 4:
        words = _words(pixels)
        if bool((words >= _OPAQUE).all()):
            pixels = np.ascontiguousarray(pixels[:, :, :3])
        elif bool(((words < _FAINTEST) & (words != 0)).any()):
            pixels = _of_words(np.where(words < _FAINTEST, np.uint32(0), words))
    pixels.flags.writeable = False
    return pixels


def alike(a: Pixels, b: Pixels) -> tuple[Pixels, Pixels]:
    """Return two comparable arrays with the same channels: alpha where either is not opaque.

    No color under alpha 0 counts: there each gets the color of the other.
    """
    if a.shape[2] != 4 and b.shape[2] != 4:
        return a, b
    a, b = (settled(one.view()) if one.shape[2] == 4 else one for one in (a, b))
    if a.shape[2] == b.shape[2] == 3:
        return a, b
    a, b = (one if one.shape[2] == 4 else np.insert(one, 3, 255, axis=2) for one in (a, b))
    return _colored(a, b), _colored(b, a)


def _colored(pixels: Pixels, other: Pixels) -> Pixels:
    words = _words(pixels)
    return _of_words(np.where(words < _FAINTEST, _words(other) % _FAINTEST, words))


def _words(pixels: Pixels) -> npt.NDArray[np.uint32]:
    """Return each RGBA pixel of a C-contiguous array as one number, alpha in its highest byte."""
    return pixels.view("<u4")[:, :, 0]


def _of_words(words: npt.NDArray[np.uint32]) -> Pixels:
    return words.astype("<u4", copy=False)[:, :, None].view(np.uint8)


def _to_eight_bits(levels: "np.ndarray[Any, Any]", key: Any) -> Pixels:
    """Grey of 16 bits as RGB, with alpha 0 where it is the level ``key`` (None: nowhere)."""
    if levels.dtype.kind == "f":
        raise UnsupportedPixelsError("levels as floating-point numbers")
    if levels.size and not (levels.min() >= 0 and levels.max() <= 65535):
        raise UnsupportedPixelsError(f"levels from {levels.min()} to {levels.max()}, beyond 16 bits")
    grey = np.repeat((levels.astype(np.uint16) >> 8).astype(np.uint8)[:, :, None], 3, axis=2)
    return grey if key is None else _with_alpha(grey, levels == key)


def _raw_mode(image: "Image.Image") -> str:
    """Return how Pillow calls the levels of a PNG or TIFF that is not yet loaded (``RGB;16B``), else nothing."""
    for tile in getattr(image, "tile", ()):
        args = tile.args if isinstance(tile.args, tuple) else (tile.args,)
        return str(args[0]) if args else ""
    return ""


def _low_bytes(image: "Image.Image") -> Pixels:
    """Return the low bytes of a 16-bit RGB PNG, which Pillow leaves out: those that it takes for the high ones when it
    reads the levels in the other order."""
    from PIL import Image

    stream: Any = image.fp  # type: ignore[attr-defined]
    place = stream.tell()
    stream.seek(0)
    again: Any = Image.open(stream, formats=["PNG"])
    again.tile = [again.tile[0]._replace(args="RGB;16L")]
    low = np.asarray(again)
    stream.seek(place)
    return low


def _keyed(high: Pixels, low: Pixels, key: Any) -> Pixels:
    """RGBA of 16-bit RGB levels, with alpha 0 where all three are those of ``key``."""
    levels = high.astype(np.uint16) << 8 | low
    return _with_alpha(high, (levels == np.array(key, np.uint16)).all(axis=2))


def _with_alpha(colors: Pixels, transparent: npt.NDArray[np.bool_]) -> Pixels:
    alpha = np.where(transparent, np.uint8(0), np.uint8(255))
    return np.concatenate([colors, alpha[:, :, None]], axis=2)


def _orientation(image: "Image.Image") -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except DecodingTimeoutError:
        raise
    except Exception:  # damaged metadata rotate nothing
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _oriented(pixels: Pixels, orientation: int) -> Pixels:
    """Return the image as it should be seen; meaning of 1 to 8 as in the EXIF specification (tag 0x0112)."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.rot90(pixels, turns) if turns else pixels
