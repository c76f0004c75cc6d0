"""``gemini``: Google's Gemini API, models that generate and models that answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.http import Call, Deadline
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.hosted.geometry import nearest_aspect, resolution
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Reach, hosted_settings
from harness.provider.remote.chat import number
from harness.provider.remote.input_images import Sent, sent_image
from harness.provider.remote.parsed_reply import ParsedReply, answer_of, finished, image_of
from harness.provider.remote.pricing import Tokens, estimate, rates_of
from harness.provider.remote.service import Served
from harness.provider.remote.words import body_option
from harness.records import Recipe
from harness.vocabulary import SUBJECT_FIELDS, TRANSPORT_OPTIONS, SeedPromise

BASE_URL = "https://generativelanguage.googleapis.com/v1beta"
KEY_ENV = "GEMINI_API_KEY"
DEFAULT_MODEL = "gemini-3.1-flash-image"
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
CLASSES = ((1024, "1K"), (2048, "2K"), (4096, "4K"))
ONE_SIZE = ("gemini-2.",)
"""Beginnings of models that generate at one resolution and take no ``imageSize``."""
LARGEST_SEED = 2**31 - 1
RESERVED = ("contents", "generationConfig")
BLOCKED = frozenset(
    {
        "SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "LANGUAGE", "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR", "JAILBREAK",
    }
)  # fmt: skip
"""Reasons of a finish or a block that are about content."""
OPTIONS: Mapping[str, str] = {
    "model": f"the model; default {DEFAULT_MODEL}",
    "body": "more fields of every request, such as {safetySettings: […]}",
}
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class _Settings:
    reach: Reach
    model: str
    body: Mapping[str, Any]
    price: float | None
    own: frozenset[str]


class Gemini(Served):
    """``generateContent`` for images and for answers."""

    kind = "gemini"

    def __init__(self, name: str, settings: _Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, settings, model = job.recipe, self._settings, self._model(job)
        request = recipe.request
        if request.seed is not None and request.seed > LARGEST_SEED:
            hint = f"name a seed up to {LARGEST_SEED}"
            raise GenerationError(self.name, f"seed {request.seed} is larger than this service takes", hint)
        if not _MODEL.fullmatch(model):
            raise GenerationError(
                self.name, f"{model!r:.60} is no name of a model", f"such as `model: {DEFAULT_MODEL}`"
            )
        images = [sent_image(self.name, request.input_image)] if request.input_image else []
        body = content_request(recipe, model, images) | dict(settings.body)
        path = f"{model if '/' in model else f'models/{model}'}:generateContent"
        document, reply = self.requested(Call("POST", path, json=body, resend=False), job, deadline)
        parsed = read_content(document)
        answer, data = None, b""
        if request.ask is None:
            data = image_of(self.name, parsed, self.fetched(deadline))
        else:
            answer = answer_of(self.name, parsed)
        return finished(
            parsed, reply, recipe, data=data, answer=answer, honors=HONORS, own=settings.own, price=settings.price,
            rates=rates_of("gemini", model),
        )  # fmt: skip

    def _model(self, job: Job) -> str:
        return job.recipe.subject.model or self._settings.model


HONORS = frozenset({"prompt", "seed", "size", "input_image", "ask", "model"})


def content_request(recipe: Recipe, model: str, images: Sequence[Sent]) -> dict[str, Any]:
    """The request: the words, then the images; an image is asked for in a shape and a resolution."""
    request = recipe.request
    parts: list[dict[str, Any]] = [{"text": request.prompt if request.ask is None else request.ask}]
    parts += [{"inlineData": {"mimeType": sent.media, "data": sent.base64()}} for sent in images]
    config: dict[str, Any] = {} if request.seed is None else {"seed": request.seed}
    if request.ask is None:
        shape = {"aspectRatio": nearest_aspect(request.width, request.height, RATIOS)}
        if not model.rpartition("/")[2].startswith(ONE_SIZE):
            shape["imageSize"] = resolution(request.width, request.height, CLASSES)
        config |= {"responseModalities": ["IMAGE"], "imageConfig": shape}
    body: dict[str, Any] = {"contents": [{"role": "user", "parts": parts}]}
    return {**body, "generationConfig": config} if config else body


def read_content(document: Any) -> ParsedReply:
    """What a reply says. What the model generated while it thought is no result, and is passed over."""
    document = _map(document)
    candidate = _map(next(iter(_list(document.get("candidates"))), None))
    parts = [_map(part) for part in _list(_map(candidate.get("content")).get("parts"))]
    parts = [part for part in parts if part.get("thought") is not True]
    inline = [_map(part.get("inlineData") or part.get("inline_data")) for part in parts]
    reason = candidate.get("finishReason")
    blocked = _map(document.get("promptFeedback")).get("blockReason")
    usage = _map(document.get("usageMetadata"))
    served = document.get("modelVersion")
    return ParsedReply(
        base64=tuple(one["data"] for one in inline if isinstance(one.get("data"), str) and one["data"]),
        text="".join(part["text"] for part in parts if isinstance(part.get("text"), str)),
        refusal=_refusal(blocked, reason, candidate.get("finishMessage")),
        environment={"served_model": served} if isinstance(served, str) and served else {},
        occasion={
            "id": document.get("responseId"),
            "finish": reason if reason != "STOP" else None,
            "usage": usage,
        },
        tokens=content_tokens(usage),
    )


def content_tokens(usage: Mapping[str, Any]) -> Tokens | None:
    """The tokens of a call by what they carried; thoughts are words."""
    asked, out = number(usage.get("promptTokenCount")), number(usage.get("candidatesTokenCount"))
    if asked is None or out is None:
        return None
    imaged_in = _imaged(usage.get("promptTokensDetails"))
    imaged_out = _imaged(usage.get("candidatesTokensDetails"))
    thought = number(usage.get("thoughtsTokenCount")) or 0
    return Tokens(
        text_in=max(0, int(asked) - imaged_in),
        image_in=imaged_in,
        text_out=max(0, int(out) - imaged_out) + int(thought),
        image_out=imaged_out,
    )


def _refusal(blocked: Any, reason: Any, message: Any) -> str | None:
    parsed = f": {message}" if isinstance(message, str) and message else ""
    if isinstance(blocked, str) and blocked:
        return f"the prompt was blocked ({blocked}){parsed}"
    if isinstance(reason, str) and reason in BLOCKED:
        return f"the image was withheld ({reason}){parsed}"
    return None


def _imaged(details: Any) -> int:
    return int(sum(_counts(details)))


def _counts(details: Any) -> Iterator[float]:
    for row in map(_map, _list(details)):
        if row.get("modality") == "IMAGE":
            yield number(row.get("tokenCount")) or 0


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    settings = _Settings(
        reach=hosted_settings(reader, base_url=BASE_URL, key_env=KEY_ENV, auth="x-goog-api-key"),
        model=reader.text("model", DEFAULT_MODEL) or DEFAULT_MODEL,
        body=body_option(reader, RESERVED),
        price=reader.number("price"),
        own=frozenset(options).difference(SUBJECT_FIELDS),
    )
    reader.done()
    return settings


def _capabilities_of(settings: _Settings) -> Capabilities:
    concurrency = settings.reach.settings.concurrency
    return Capabilities(seed=SeedPromise.BEST_EFFORT, honors=HONORS, price=settings.price, concurrency=concurrency)


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("gemini", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> Gemini:
    return Gemini(name, _settings(name, options), root)


def _price(options: Mapping[str, Any], recipe: Recipe) -> float | None:
    model = recipe.subject.model or _settings("gemini", options).model
    if recipe.request.ask is not None:
        return None
    size = resolution(recipe.request.width, recipe.request.height, CLASSES)
    return estimate(rates_of("gemini", model), None, size)


def _explain(_measure: bool) -> Explanation:
    rates = rates_of("gemini", DEFAULT_MODEL)
    tiers = [Tier("size", " ".join(RATIOS), "aspectRatio: the nearest")]
    for side, word in CLASSES:
        cost = estimate(rates, None, word)
        tiers.append(Tier("size", f"longer side up to {side}", f"imageSize: {word}", None, cost))
    notes = (
        f"Costs shown are estimates for {DEFAULT_MODEL}; a run computes each from the tokens of its reply and the "
        "dated price table, or takes `price:`.",
        "A seed is sent (up to 2^31 - 1) and promises little: best-effort. Say `drift: calibrated` or `drift: set`.",
        "quality, style, background and format are not honored: what a suite says of them is recorded as omitted.",
        "An image that was blocked or withheld for its content is a refusal.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **TRANSPORT_OPTIONS}, tuple(tiers), notes)


ADAPTER = Adapter(
    "gemini", "Google's Gemini API: models that generate and answer", _capabilities, _create, _explain, _price
)  # fmt: skip
