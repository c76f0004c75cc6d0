"""``gemini``: Google's Gemini API, models that generate and models that answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import GenerationError
from harness.http import BLOCKED, Call, Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.geometry import CLASSES, RATIOS, nearest_aspect, resolution
from harness.provider.options import Text, Tier
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.address_option import Url
from harness.provider.remote.decoding import as_list, as_map, number, unread
from harness.provider.remote.input_images import Sent, sent_image
from harness.provider.remote.options import BodyOptions
from harness.provider.remote.parsed_reply import ParsedReply, answer_of, finished, image_of
from harness.provider.remote.pricing import Tokens, estimate, rates_of
from harness.provider.remote.service import Service
from harness.records import Recipe
from harness.vocabulary import SeedPromise

DEFAULT_MODEL = "gemini-3.1-flash-image"
ONE_SIZE = ("gemini-2.",)
"""Beginnings of models that generate at one resolution and take no ``imageSize``."""
LARGEST_SEED = 2**31 - 1
_READ = frozenset(
    {"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "createTime", "modelStatus"}
)
_CANDIDATE = frozenset({"content", "finishReason", "finishMessage", "index"})
HONORS = frozenset({"prompt", "seed", "size", "input_image", "input_images", "ask", "model"})
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class GeminiOptions(BodyOptions):
    """Options of the Gemini API."""

    auth = "x-goog-api-key"
    default_key_env = "GEMINI_API_KEY"
    reserved = ("contents", "generationConfig")
    notes = (
        f"Costs shown are estimates for {DEFAULT_MODEL}; a run computes each from the tokens of its reply and the "
        "dated price table, or takes `price:`.",
        "A seed is sent (up to 2^31 - 1) and promises little: best-effort. Say `drift: calibrated` or `drift: set`.",
        "An image that was blocked or withheld for its content is a refusal.",
    )

    base_url: Url = "https://generativelanguage.googleapis.com/v1beta"
    """Where the service is."""
    model: Text = DEFAULT_MODEL
    """The model."""

    @property
    def capabilities(self) -> Capabilities:
        reports = frozenset({"served_model"})
        return Capabilities(SeedPromise.BEST_EFFORT, HONORS, self.price, self.concurrency, reports=reports)

    def price_of(self, recipe: Recipe) -> float | None:
        if recipe.request.ask is not None:
            return None
        size = resolution(recipe.request.width, recipe.request.height, CLASSES)
        return estimate(rates_of("gemini", recipe.subject.model or self.model), None, size)

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        rates = rates_of("gemini", DEFAULT_MODEL)
        sizes = [
            Tier("size", f"longer side up to {side}", f"imageSize: {word}", cost=estimate(rates, None, word))
            for side, word in CLASSES
        ]
        return (
            Tier("input_images", "any", "more parts inlineData"),
            Tier("size", " ".join(RATIOS), "aspectRatio: the nearest"),
            *sizes,
        )


class Gemini(Service[GeminiOptions]):
    """``generateContent`` for images and for answers."""

    kind = "gemini"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, options, model = job.recipe, self.options, self._model(job)
        request = recipe.request
        if request.seed is not None and request.seed > LARGEST_SEED:
            hint = f"name a seed up to {LARGEST_SEED}"
            raise GenerationError(self.name, f"seed {request.seed} is larger than this service takes", hint)
        if not _MODEL.fullmatch(model):
            raise GenerationError(
                self.name, f"{model!r:.60} is not the name of a model", f"such as `model: {DEFAULT_MODEL}`"
            )
        images = [sent_image(self.name, image) for image in request.images]
        body = content_request(recipe, model, images) | dict(options.body)
        path = f"{model if '/' in model else f'models/{model}'}:generateContent"
        document, reply = self.requested(Call("POST", path, json=body, resend=False), job, deadline)
        parsed = read_content(document)
        answer, data = None, b""
        if request.ask is None:
            data = image_of(self.name, parsed, self.fetched(deadline))
        else:
            answer = answer_of(self.name, parsed)
        return finished(
            parsed, reply, recipe, data=data, answer=answer, honors=HONORS, own=options.own, price=options.price,
            rates=rates_of("gemini", model),
        )  # fmt: skip


def content_request(recipe: Recipe, model: str, images: Sequence[Sent]) -> dict[str, Any]:
    """Return the request: the words, then the images; an image is asked for in a shape and a resolution."""
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
    """Return what a reply says. Images from its thinking are skipped."""
    document = as_map(document)
    candidate = as_map(next(iter(as_list(document.get("candidates"))), None))
    parts = [as_map(part) for part in as_list(as_map(candidate.get("content")).get("parts"))]
    parts = [part for part in parts if part.get("thought") is not True]
    inline = [as_map(part.get("inlineData") or part.get("inline_data")) for part in parts]
    reason = candidate.get("finishReason")
    blocked = as_map(document.get("promptFeedback")).get("blockReason")
    usage = as_map(document.get("usageMetadata"))
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
            "unread": unread(document, _READ) + unread(candidate, _CANDIDATE, "candidates."),
        },
        tokens=content_tokens(usage),
    )


def content_tokens(usage: Mapping[str, Any]) -> Tokens | None:
    """Return the tokens of a call by what they carried; thoughts are words."""
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
    rows = [row for row in map(as_map, as_list(details)) if row.get("modality") == "IMAGE"]
    return int(sum(number(row.get("tokenCount")) or 0 for row in rows))


ADAPTER = Adapter("gemini", "Google's Gemini API: models that generate and answer", Gemini, GeminiOptions)
