"""Chat completions: the request for an image or an answer, and what comes back, whole or streamed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.http import usage_cost
from harness.provider.remote.decoding import as_list, as_map, as_text, number, texts_of, unread
from harness.provider.remote.input_images import Sent
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.pricing import Tokens
from harness.provider.remote.refusal import FILTERED

SERVED = {"served_model": "model", "served_by": "provider", "fingerprint": "system_fingerprint"}
"""Who served a reply: names in the environment, and in the reply."""
_READ = frozenset({"id", "object", "created", "choices", "usage", *SERVED.values()})
_CHOICE = frozenset({"index", "finish_reason", "native_finish_reason", "message"})
_MESSAGE = frozenset({"role", "content", "images", "refusal"})
_PARTS = frozenset({"text", "image_url"})
_INLINE = re.compile(r"!\[[^\]\n]{0,500}\]\(\s*((?:data:image/|https?://)[^\s)]+)[^)\n]{0,200}\)")
_BARE = re.compile(r"\s*data:image/[a-z+.-]{1,20};base64,\S+\s*", re.IGNORECASE)


def chat_body(model: str, text: str, images: Sequence[Sent], *, seed: int | None, **more: Any) -> dict[str, Any]:
    """Return the request: one message of the user with the words, then the images as data: URLs."""
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    content += [{"type": "image_url", "image_url": {"url": image.data_url()}} for image in images]
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": content}], "seed": seed, **more}
    return {name: value for name, value in body.items() if value is not None}


def read_chat(document: Any) -> ParsedReply:
    """Return what a completion says. Fields that are not there, null, or of another type are taken as absent."""
    document = as_map(document)
    choice = as_map(next(iter(as_list(document.get("choices"))), None))
    message = as_map(choice.get("message"))
    usage = as_map(document.get("usage"))
    reason, native = as_text(choice.get("finish_reason")), as_text(choice.get("native_finish_reason"))
    refusal = message.get("refusal") if isinstance(message.get("refusal"), str) else None
    filtered = next((word for word in (native, reason) if word.lower() in FILTERED), None)
    urls = tuple(_urls(message))
    text, inline = (text_of(message.get("content")), ()) if urls else split_inline(text_of(message.get("content")))
    if refusal is None and filtered is not None:
        refusal = text or f"the content filter stopped it ({filtered})"
    return ParsedReply(
        urls=urls or inline,
        text=text,
        refusal=refusal,
        environment=server_of(document),
        occasion={
            "id": document.get("id"),
            "created": document.get("created"),
            "finish": reason if reason != "stop" else None,
            "native_finish": native if native.lower() not in ("", "stop", reason.lower()) else None,
            "usage": usage,
            "unread": [
                *unread(document, _READ),
                *unread(choice, _CHOICE, "choices."),
                *unread(message, _MESSAGE, "message."),
                *unread(_kinds(message.get("content")), _PARTS, "message.content."),
            ],
        },
        tokens=chat_tokens(usage),
        cost=usage_cost(usage),
        cached=is_free(usage),
    )


def server_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return who served a reply, as far as it says: possible causes of a drift."""
    return texts_of({name: document.get(key) for name, key in SERVED.items()})


def chat_tokens(usage: Mapping[str, Any]) -> Tokens | None:
    """Return the tokens of a completion: of the output, with those of images counted separately."""
    asked, out = number(usage.get("prompt_tokens")), number(usage.get("completion_tokens"))
    if asked is None or out is None:
        return None
    imaged = number(as_map(usage.get("completion_tokens_details")).get("image_tokens")) or 0
    return Tokens(text_in=int(asked), text_out=max(0, int(out - imaged)), image_out=int(imaged))


def is_free(usage: Mapping[str, Any]) -> bool:
    """Return whether nothing at all was counted: what a service gives that kept the reply of an earlier call."""
    counts = [number(usage.get(name)) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    return None not in counts and not any(counts) and not number(usage.get("cost"))


def split_inline(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the images that it shows in Markdown, and their addresses (data: URLs too). A text that
    is one data: URL is that image."""
    if _BARE.fullmatch(text):
        return "", (text.strip(),)
    found = tuple(_INLINE.findall(text))
    return _INLINE.sub(lambda shown: "" if shown[1].startswith("data:") else shown[0], text), found


def assembled_chat(chunks: Iterable[Any]) -> dict[str, Any]:
    """One completion from the chunks of a streamed one; images and words in the order they came."""
    whole: dict[str, Any] = {}
    words: list[str] = []
    images: list[Any] = []
    reason: Any = None
    native: Any = None
    refusal: str | None = None
    for chunk in chunks:
        document = as_map(chunk)
        for name in ("id", "model", "provider", "system_fingerprint", "created", "usage"):
            if document.get(name) is not None:
                whole[name] = document[name]
        choice = as_map(next(iter(as_list(document.get("choices"))), None))
        delta = as_map(choice.get("delta")) or as_map(choice.get("message"))
        words.append(text_of(delta.get("content")))
        images += as_list(delta.get("images"))
        refusal = delta.get("refusal") or refusal
        reason = choice.get("finish_reason") or reason
        native = choice.get("native_finish_reason") or native
    message = {"role": "assistant", "content": "".join(words), "images": images, "refusal": refusal}
    choice = {"index": 0, "finish_reason": reason, "native_finish_reason": native, "message": message}
    return {**whole, "choices": [choice]}


def text_of(content: Any) -> str:
    """Return the words of a message, given as a text or as parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in map(as_map, as_list(content)) if isinstance(part.get("text"), str))


def _kinds(content: Any) -> dict[str, Any]:
    """Return the parts of a message's content by their type."""
    return {as_text(part.get("type")): part for part in map(as_map, as_list(content))}


def _urls(message: Mapping[str, Any]) -> Iterable[str]:
    """Yield the images of a message: under ``images``, or among the parts of its content."""
    for part in [*as_list(message.get("images")), *as_list(message.get("content"))]:
        content = as_map(part).get("image_url")
        url = as_map(content).get("url") if not isinstance(content, str) else content
        if isinstance(url, str) and url:
            yield url
