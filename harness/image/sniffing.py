"""File formats: what their files are called, and how they begin."""

from collections.abc import Mapping
from typing import NamedTuple


class Format(NamedTuple):
    """A format that can be read: ``suffixes`` of its files, ``media`` type, ``shown``: every browser shows it."""

    suffixes: tuple[str, ...]
    media: str
    shown: bool = True


FORMATS: Mapping[str, Format] = {
    "png": Format((".png",), "image/png"),
    "jpeg": Format((".jpg", ".jpeg"), "image/jpeg"),
    "webp": Format((".webp",), "image/webp"),
    "gif": Format((".gif",), "image/gif"),
    "bmp": Format((".bmp",), "image/bmp"),
    "tiff": Format((".tif", ".tiff"), "image/tiff", shown=False),
    "avif": Format((".avif",), "image/avif"),
    "jxl": Format((".jxl",), "image/jxl", shown=False),
    "heic": Format((".heic", ".heif"), "image/heic", shown=False),
}
"""Every format that can be read; the last two where a plug-in of Pillow is installed."""

SUFFIXES = tuple(suffix for one in FORMATS.values() for suffix in one.suffixes)
"""Endings of the names of images, in lower case."""

_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\0\0\x01\0", "an icon file"),
    (b"qoif", "a QOI image"),
    (b"v/1\x01", "an OpenEXR image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"RIFF", "a RIFF file that is not WebP"),
    (b"data:image/", "a data: URL, not the bytes inside it"),
)


def sniff(data: bytes) -> str | None:
    """Return which of FORMATS ``data`` begins like, else None. Nothing is decoded."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[:2] == b"BM" and data[14:15] and data[14] in _BMP_HEADERS and data[15:18] == b"\0\0\0":
        return "bmp"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if data[:2] == b"\xff\x0a" or data[:12] == b"\0\0\0\x0cJXL \r\n\x87\n":
        return "jxl"
    return _boxed(data) if data[4:8] == b"ftyp" else None


def _boxed(data: bytes) -> str | None:
    """``avif`` or ``heic`` by the brands in the first box, the compatible ones where the first says neither."""
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 256), 4))]
    if brands[0] in _AVIF_BRANDS or (brands[0] in _HEIC_BRANDS[-2:] and any(one in _AVIF_BRANDS for one in brands)):
        return "avif"
    return "heic" if brands[0] in _HEIC_BRANDS else None


def is_lfs_pointer(data: bytes) -> bool:
    """Return whether ``data`` is what Git LFS leaves in place of a file that was not fetched."""
    return data.startswith(b"version https://git-lfs.github.com/spec/")


def looks_like(data: bytes) -> str:
    """Return a few words for a person on what ``data`` is, from its first bytes ("an HTML page", "an empty body")."""
    known = sniff(data)
    if known:
        return f"{'an' if known == 'avif' else 'a'} {known.upper()} image"
    if not data:
        return "an empty body"
    if data[4:8] == b"ftyp":
        return "a video"
    for mark, words in _MARKS:
        if data.startswith(mark):
            return words
    return _text_kind(data[:2048])


def _text_kind(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text:
        return "white space only"
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text or b"<body" in text:
        return "an HTML page"
    if b"<svg" in text:
        return "an SVG image"
    if text.startswith(b"<"):
        return "an XML document"
    if text[:1] in b"{[":
        return "JSON text"
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
    return "plain text" if printable >= 0.9 * len(head) else "unknown binary data"
