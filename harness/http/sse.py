"""Server-sent events, as the HTML standard reads them."""

import codecs
from collections.abc import Iterable, Iterator

from harness.http.call import Event
from harness.http.errors import HttpError

MAX_EVENT = 64 * 2**20
"""Most characters of one event."""


def events_of(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream, up to ``[DONE]`` or its end. An event that the end cut off is not reported.

    Comments and unknown fields are left out; lines end with LF, CR LF or CR, wherever chunks are split.
    """
    name, size = "", 0
    data: list[str] = []
    for line in _lines(chunks):
        if not line:
            if data:
                text = "\n".join(data)
                if text.strip() == "[DONE]":
                    return
                yield Event(name or "message", text)
            name, data, size = "", [], 0
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            size += len(value)
            if size > MAX_EVENT:
                raise HttpError("too-large", f"one event is larger than {MAX_EVENT} characters", possibly_billed=True)
            data.append(value)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    parts: list[str] = []
    after_cr = False
    for chunk in chunks:
        text = decoder.decode(chunk)
        if after_cr and text:
            text = text.removeprefix("\n")
            after_cr = False
        after_cr = after_cr or text.endswith("\r")
        whole = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        parts.append(whole[0])
        for following in whole[1:]:
            yield "".join(parts)
            parts = [following]
    if parts and (last := "".join(parts)):
        yield last
