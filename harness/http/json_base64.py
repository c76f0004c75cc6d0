"""JSON and base64 off the slow standard path."""

import json
import re
from typing import Any

import msgspec

from harness.errors import excerpt
from harness.http.errors import HttpError
from harness.image import looks_like, sniff

LONGEST_NUMBER = 310
_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


def decode_json(data: bytes) -> Any:
    """Plain values: a number beyond all floats is infinite, and half of a surrogate pair stays what it is. Raises
    HttpError of kind ``body`` for what is not JSON, or nested too deep."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        try:
            return msgspec.json.decode(data)
        except msgspec.DecodeError:
            # one odd value must not cost the whole reply
            return json.loads(data, parse_int=_whole)
    except ValueError as error:
        problem = f"the reply is not JSON: {error}"
    except RecursionError:
        problem = "the reply is JSON nested too deep"
    raise HttpError("body", problem, possibly_billed=True)


def _whole(digits: str) -> float:
    """Return a whole number, infinite where it has more digits than any float."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)


def b64_image(text: str) -> bytes:
    """Return the bytes of an image given as base64, bare or as a data: URL. Raises HttpError of kind ``body``."""
    if text[:5].lower() == "data:":
        head = _DATA_URL.match(text)
        if head is None:
            raise HttpError("body", f"an image came as '{excerpt(text, 40)}', not as base64", possibly_billed=True)
        text = text[head.end() :]
    import pybase64

    try:
        data = pybase64.b64decode(text, validate=True)
    except ValueError:
        data = _forgiving(text)
    return checked_image(data)


def checked_image(data: bytes) -> bytes:
    """Return the bytes as given, when they begin like an image. Raises HttpError of kind ``body``."""
    if sniff(data) is None:
        raise HttpError("body", f"an image was expected, but {looks_like(data)} came", possibly_billed=True)
    return data


def _forgiving(text: str) -> bytes:
    """Base64 with line breaks, in the alphabet for URLs, or without its padding."""
    import pybase64

    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return pybase64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise HttpError("body", "the base64 of the image is damaged", possibly_billed=True) from None
