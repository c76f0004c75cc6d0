"""Reading a reply as it comes, with a limit on what it grows to."""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from harness.errors import excerpt
from harness.http.deadline import Deadline
from harness.http.errors import HttpError

STEP = 1 << 18
"""Most bytes that are decompressed at a time."""


def read_limited(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, deadline: Deadline) -> bytes:
    """Return the whole body, decompressed. Raises HttpError: ``too-large``, ``body``, ``timeout``."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit, int(declared))
    return b"".join(limited(chunks, headers, limit, deadline))


def limited(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body piece by piece, decompressed, up to a limit. Raises like :func:`read_limited`."""
    size = 0
    for chunk in _plain(chunks, headers):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        yield chunk
        if not deadline.left():
            raise HttpError(
                "timeout",
                f"the reply was not complete within {deadline.seconds:g} s ({size} bytes so far)",
                "raise `timeout:`",
                possibly_billed=True,
            )
    if deadline.is_cancelled:
        # where no length was announced, an aborted reply ends as a complete one does
        raise deadline.fault_of(HttpError("body", "the reply was cut off", possibly_billed=True))


def too_large(limit: int, declared: int | None = None) -> HttpError:
    """Return the fault of a reply that is larger than allowed."""
    size = "" if declared is None else f" ({declared} bytes)"
    return HttpError(
        "too-large",
        f"the reply{size} is larger than the {limit} bytes that are allowed",
        "raise `max_bytes:` of the provider, if replies may be so large",
        possibly_billed=True,
    )


def _plain(chunks: Iterable[bytes], headers: Mapping[str, str]) -> Iterable[bytes]:
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return chunks
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise HttpError("body", f"the reply is compressed as '{excerpt(encoding, 40)}', which was not asked for")
    return _inflated(chunks, 31 if "gzip" in encoding else 15)


def _inflated(chunks: Iterable[bytes], bits: int) -> Iterator[bytes]:
    inflate = zlib.decompressobj(bits)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                yield inflate.decompress(rest, STEP)
                rest = inflate.unconsumed_tail
        yield inflate.flush()
    except zlib.error:
        raise HttpError("body", "the compressed reply is damaged", possibly_billed=True) from None
    if not inflate.eof:
        raise HttpError("body", "the compressed reply was cut off", possibly_billed=True)
