"""File formats by their first bytes."""

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
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
    """``png``, ``jpeg`` or ``webp`` when ``data`` begins like one, else None. Nothing is decoded."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def is_lfs_pointer(data: bytes) -> bool:
    """Return whether ``data`` is what Git LFS leaves in place of a file that was not fetched."""
    return data.startswith(b"version https://git-lfs.github.com/spec/")


def looks_like(data: bytes) -> str:
    """Return a few words for a person on what ``data`` is, from its first bytes ("an HTML page", "an empty body")."""
    known = sniff(data)
    if known:
        return f"a {known.upper()} image"
    if not data:
        return "an empty body"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return "an AVIF or HEIC image" if brand in (b"avif", b"avis", b"heic", b"mif1", b"heix") else "a video"
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
