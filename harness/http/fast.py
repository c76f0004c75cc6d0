"""Fast JSON and base64, and file formats by their first bytes."""

import re
from typing import Any

from harness.http.errors import HttpError

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


def decode_json(data: bytes) -> Any:
    """Plain values. Raises HttpError of kind ``body`` for what is not JSON, or nested too deep."""
    import msgspec

    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = f"the reply is not JSON: {error}"
    except RecursionError:
        problem = "the reply is JSON nested too deep"
    raise HttpError("body", problem, possibly_billed=True)


def encode_json(value: Any) -> bytes:
    """Return the body of a request. Raises TypeError or ValueError for what has no JSON form."""
    import msgspec

    return msgspec.json.encode(value)


def b64_image(text: str) -> bytes:
    """Return the bytes of an image given as base64, bare or as a data: URL. Raises HttpError of kind ``body``."""
    import pybase64

    if text[:5].lower() == "data:":
        head = _DATA_URL.match(text)
        if head is None:
            raise HttpError("body", f"an image came as {text[:40]!r} …, not as base64", possibly_billed=True)
        text = text[head.end() :]
    try:
        data = pybase64.b64decode(text, validate=True)
    except ValueError:
        data = _forgiving(text)
    return checked_image(data)


def checked_image(data: bytes) -> bytes:
    """Return the bytes as given, when they begin like a PNG, JPEG or WebP. Raises HttpError of kind ``body``."""
    if sniff(data) is None:
        raise HttpError("body", f"an image was expected, but {looks_like(data)} came", possibly_billed=True)
    return data


def sniff(data: bytes) -> str | None:
    """``png``, ``jpeg`` or ``webp``, else None."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def looks_like(data: bytes) -> str:
    """Return a few words on what some bytes are."""
    if not data:
        return "an empty body"
    kind = sniff(data)
    if kind:
        return f"a {kind.upper()} image"
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head or b"<body" in head:
        return "an HTML page"
    if head.startswith((b"gif8", b"bm")) or data[4:8] == b"ftyp":
        return "a file of another kind than PNG, JPEG and WebP"
    if head[:1] in (b"{", b"["):
        return "JSON text"
    if head.startswith(b"<"):
        return "an XML document"
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:2048])
    return "plain text" if printable >= 0.9 * len(data[:2048]) else "unknown binary data"


def _forgiving(text: str) -> bytes:
    """Base64 with line breaks, in the alphabet for URLs, or without its padding."""
    import pybase64

    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return pybase64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise HttpError("body", "the base64 of the image is damaged", possibly_billed=True) from None
