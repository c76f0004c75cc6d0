"""The images API that OpenAI began and many servers speak: what comes back, whole or streamed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.http import Call, usage_cost
from harness.provider.remote.chat import SERVED, is_free, server_of
from harness.provider.remote.decoding import as_list, as_map, as_text, number, unread
from harness.provider.remote.input_images import Sent
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.pricing import Tokens
from harness.records import encode_json

ECHOED = {"size": "size", "quality": "quality", "background": "background", "output_format": "format", "seed": "seed"}
"""Fields of a reply that say what was used, and their names in the common vocabulary."""
_READ = frozenset({"id", "created", "data", "usage", "text", "partial", *ECHOED, *SERVED.values()})
_ROW = frozenset({"b64_json", "url", "revised_prompt", "seed", "respect_moderation"})
_BESIDE = frozenset({"url"})
"""Fields of a row that are not read where it has the image itself."""
DONE = ("image_generation.completed", "image_edit.completed", "image")
NOT_IN_EDITS = frozenset({"moderation"})
"""Fields of ``generations`` that the form of ``edits`` does not have."""
ONLY_IN_EDITS = frozenset({"input_fidelity"})
"""Those that only the form of ``edits`` has."""
COMPRESSED = frozenset({"jpeg", "webp"})
"""Formats whose files have a quality."""
PARTIAL = ("image_generation.partial_image", "image_edit.partial_image")


def read_images(document: Any) -> ParsedReply:
    """Return what a reply says. Fields that are not there, null, or of another type are taken as absent."""
    whole = as_map(document)
    rows = [row for row in as_list(whole.get("data")) if isinstance(row, Mapping)]
    usage = as_map(whole.get("usage"))
    inside = tuple(filter(None, (as_text(row.get("b64_json")) for row in rows)))
    urls = tuple(filter(None, (as_text(row.get("url")) for row in rows)))
    revised = next((row["revised_prompt"] for row in rows if row.get("revised_prompt")), None)
    seeds = {"seed": rows[0]["seed"]} if rows and isinstance(rows[0].get("seed"), int) else {}
    beside = _BESIDE if inside else frozenset[str]()
    return ParsedReply(
        base64=inside,
        urls=() if inside else urls,
        text=as_text(whole.get("text")),
        environment=server_of(whole),
        occasion={
            "id": whole.get("id"),
            "created": whole.get("created"),
            "usage": usage,
            "partial": whole.get("partial"),
            "revised_prompt": revised,
            "unread": unread(whole, _READ) + unread(next(iter(rows), None), _ROW - beside, "data."),
        },
        echo={**{name: whole[key] for key, name in ECHOED.items() if whole.get(key) is not None}, **seeds},
        tokens=image_tokens(usage),
        cost=usage_cost(usage),
        refusal=_withheld(whole, rows),
        cached=is_free(usage),
    )


def _withheld(whole: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why an image is missing that the service generated and kept, or would not generate; None where the reply
    says nothing of that kind."""
    if any(row.get("respect_moderation") is False for row in rows):
        return "the image was withheld (respect_moderation: false)"
    if whole.get("data") == [] and not whole.get("text"):
        return "the service gave an empty list of images, and no reason"
    return None


def image_tokens(usage: Mapping[str, Any]) -> Tokens | None:
    """Return the tokens of a call: words and images counted separately, where the reply does so."""
    asked, out = number(usage.get("input_tokens")), number(usage.get("output_tokens"))
    if asked is None or out is None:
        return None
    imaged = number(as_map(usage.get("input_tokens_details")).get("image_tokens")) or 0
    worded = number(as_map(usage.get("output_tokens_details")).get("text_tokens")) or 0
    return Tokens(
        text_in=max(0, int(asked - imaged)),
        image_in=int(imaged),
        text_out=int(worded),
        image_out=max(0, int(out - worded)),
    )


def assembled_images(events: Iterable[Any]) -> dict[str, Any] | None:
    """One reply from the events of a streamed one, None when no finished image came. Previews are only counted."""
    done: dict[str, Any] | None = None
    partial = 0
    words: list[str] = []
    for event in events:
        if not isinstance(event, Mapping):
            continue
        kind = event.get("type")
        if kind in PARTIAL:
            partial += 1
        elif kind == "image_generation.text_chunk":
            words.append(str(event.get("text") or event.get("delta") or ""))
        elif kind in DONE or (kind is None and "data" in event):
            rows = event["data"] if isinstance(event.get("data"), list) else [{"b64_json": event.get("b64_json")}]
            fields = {key: value for key, value in event.items() if key not in ("type", "b64_json", "data")}
            done = {"created": event.get("created_at"), **fields, "data": rows}
    if done is None and not words:
        return None
    return {**(done or {}), "partial": partial, "text": "".join(words)}


def sendable(fields: Mapping[str, Any], files: Sequence[Any], default: str = "") -> tuple[dict[str, Any], list[str]]:
    """Return the fields that the request with these files takes, and the names of those it does not: a format without
    a quality has no compression, one without alpha no transparent background, and only a stream has previews.
    ``default`` is the format where none is asked for (empty: not known)."""
    kind = fields.get("output_format", default)
    left_out = [name for name in fields if name in (NOT_IN_EDITS if files else ONLY_IN_EDITS)]
    if "output_compression" in fields and kind and kind not in COMPRESSED:
        left_out.append("output_compression")
    if fields.get("background") == "transparent" and kind == "jpeg":
        left_out.append("background")
    unstreamed = {"partial_images"} if not fields.get("stream") else set()
    left_out += [name for name in unstreamed if fields.get(name)]
    return {name: value for name, value in fields.items() if name not in {*left_out, *unstreamed}}, left_out


def image_call(fields: Mapping[str, Any], files: Sequence[tuple[str, Sent]], *, resend: bool = False) -> Call:
    """Return the call for an image: JSON to ``generations``, or with files a form to ``edits``."""
    if not files:
        return Call("POST", "images/generations", json=dict(fields), resend=resend)
    form = {name: _form(value) for name, value in fields.items()}
    parts = [(name, (sent.name, sent.data, sent.media)) for name, sent in files]
    return Call("POST", "images/edits", data=form, files=parts, resend=resend)


def _form(value: Any) -> str:
    """Return a value as a field of a form: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else encode_json(value).decode()
