"""Reading the errors that services report: JSON documents of several shapes, HTML pages, plain text."""

import re
from collections.abc import Mapping
from typing import Any

from harness.errors import excerpt, redact
from harness.http.errors import HttpError
from harness.http.json_base64 import decode_json
from harness.image import looks_like

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(rb"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]{0,200}>")
BLOCKED = frozenset(
    {
        "SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "LANGUAGE", "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR", "JAILBREAK",
    }
)  # fmt: skip
"""Gemini's reasons of a finish or a block that are about content; gateways quote them."""
_NAMED = re.compile(
    rf"\[(?:{'|'.join(sorted(BLOCKED))})\]|\b(?:{'|'.join(sorted(name for name in BLOCKED if '_' in name))}|"
    r"content_policy_violation|moderation_blocked|content_filter)\b"
)
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
    text = next((text for text in (error_text(document.get(name)) for name in names) if text), "")
    quoted = _quoted(document)
    raw = error_text(quoted) or (excerpt(str(quoted), 200) if quoted else "")
    return f"{text}: {raw}" if raw and raw not in text else text


def error_codes(document: Any) -> tuple[str, ...]:
    """Return the words by which an error document names its kind (``code``, ``type``, ``status``, ``error_type``)."""
    if isinstance(document, list):
        return tuple(code for part in document for code in error_codes(part))
    if not isinstance(document, Mapping):
        return ()
    names = ("code", "type", "status", "error_type", "finish_reason", "native_finish_reason")
    own = [str(document[name]) for name in names if document.get(name)]
    inner = [code for name in ("error", "errors", "detail", "metadata") for code in error_codes(document.get(name))]
    return tuple(own + inner) + error_codes(_quoted(document))


def _quoted(document: Mapping[str, Any]) -> Any:
    """Return the error of the service behind a gateway, which quotes it as ``metadata.raw``: a document or a text."""
    metadata = document.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    return (document_of(raw.encode()) or raw) if isinstance(raw, str) else raw


def reported_error(document: Any) -> str | None:
    """Return the message of an error reported with status 200 (a top-level ``error`` that is not null), or None."""
    if isinstance(document, Mapping) and document.get("error"):
        return error_text(document) or excerpt(str(document["error"]), 200)
    return None


def is_content_refusal(document: Any) -> bool:
    """Return whether an error document says that the request was refused for what it asks to show."""
    coded = any(word in code.lower() for code in error_codes(document) for word in _POLICY)
    return coded or names_block(document)


def names_block(document: Any) -> bool:
    """Return whether an error document, or the text of one, names a block of content as such
    (``[IMAGE_SAFETY]``, ``content_policy_violation``)."""
    return any(_NAMED.search(text) for text in (error_text(document), *error_codes(document)))


def summary(body: bytes) -> str:
    """One line on an error reply: its message, the title of its page, or the start of its text."""
    document = document_of(body)
    if document is not None:
        return error_text(document) or "JSON without a message"
    for pattern in (_TITLE, _HEADING):
        found = pattern.search(body[:65536])
        if found:
            title = _TAG.sub(" ", redact(found[1].decode("utf-8", "replace")))
            return f"an HTML page titled '{excerpt(title, 120)}'"
    what = looks_like(body)
    if what == "plain text":
        return excerpt(body.decode("utf-8", "replace"), 300)
    return what
