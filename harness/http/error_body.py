"""Reading the errors that services report: JSON documents of several shapes, HTML pages, plain text."""

import re
from collections.abc import Mapping
from typing import Any

from harness.http.errors import HttpError
from harness.http.json_base64 import decode_json
from harness.image import looks_like

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(rb"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]{0,200}>")
_POLICY = ("content_policy", "content-policy", "moderation", "content_filter", "safety", "nsfw", "flagged")


def document_of(body: bytes) -> Any:
    """Return the JSON document of an error reply, or None."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return decode_json(body)
    except HttpError:
        return None


def error_text(document: Any) -> str:
    """Return the message in an error document (``error.message``, ``error``, ``message``, ``detail`` …), or empty."""
    if isinstance(document, str):
        return document
    if isinstance(document, list):
        return next((text for text in map(error_text, document) if text), "")
    if not isinstance(document, Mapping):
        return ""
    names = ("message", "error", "detail", "errors", "msg", "reason", "title", "error_description")
    return next((text for text in (error_text(document.get(name)) for name in names) if text), "")


def error_codes(document: Any) -> tuple[str, ...]:
    """Return the words by which an error document names its kind (``code``, ``type``, ``status``, ``error_type``)."""
    if not isinstance(document, Mapping):
        return ()
    own = [
        str(document[name]) for name in ("code", "type", "status", "error_type", "finish_reason") if document.get(name)
    ]
    inner = [code for name in ("error", "metadata") for code in error_codes(document.get(name))]
    return tuple(own + inner)


def reported_error(document: Any) -> str | None:
    """Return the message of an error reported with status 200 (a top-level ``error`` that is not null), or None."""
    if isinstance(document, Mapping) and document.get("error"):
        return error_text(document) or str(document["error"])[:200]
    return None


def is_content_refusal(document: Any) -> bool:
    """Return whether an error document says that the request was refused for what it asks to show."""
    return any(word in code.lower() for code in error_codes(document) for word in _POLICY)


def summary(body: bytes) -> str:
    """One line on an error reply: its message, the title of its page, or the start of its text."""
    document = document_of(body)
    if document is not None:
        return error_text(document) or "JSON without a message"
    for pattern in (_TITLE, _HEADING):
        found = pattern.search(body[:65536])
        if found:
            title = " ".join(_TAG.sub(" ", found[1].decode("utf-8", "replace")).split())
            return f"an HTML page titled '{title[:120]}'"
    what = looks_like(body)
    if what == "plain text":
        return " ".join(body[:300].decode("utf-8", "replace").split())
    return what
