"""``openrouter``: any image model behind OpenRouter, over chat completions or its images API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.http import Call, Deadline
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.hosted.geometry import nearest_aspect, nearest_size, resolution
from harness.provider.hosted.openai_models import SQUARE_AND_WIDE, is_seedless
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Reach, hosted_settings
from harness.provider.remote.chat import assembled_chat, chat_body, read_chat
from harness.provider.remote.images_api import assembled_images, read_images
from harness.provider.remote.input_images import Sent, sent_image
from harness.provider.remote.parsed_reply import ParsedReply, answer_of, finished, image_of
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.service import Served
from harness.provider.remote.words import (
    GPT_QUALITIES,
    body_option,
    flag,
    given_words,
    native,
    words_of,
)
from harness.records import Recipe
from harness.vocabulary import (
    SUBJECT_FIELDS,
    TRANSPORT_OPTIONS,
    BackgroundKind,
    ImageFormat,
    Quality,
    SeedPromise,
    values_of,
)

BASE_URL = "https://openrouter.ai/api/v1"
KEY_ENV = "OPENROUTER_API_KEY"
DEFAULT_MODEL = "openai/gpt-5-image-mini"
ENDPOINTS = ("chat", "images")
RESERVED = ("model", "models", "messages", "prompt", "stream", "n", "provider", "seed", "input_references")
"""Fields of a request that ``body`` cannot set."""
OPENAI = "openai/"
WORDED = (OPENAI, "google/", "openrouter/")
"""Makers whose models answer in words too: they are asked for images and text, all others for images alone."""
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
CLASSES = ((1024, "1K"), (2048, "2K"), (4096, "4K"))
"""Resolutions by the longer side. 0.5K is left out: few models take it."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "quality": (*values_of(Quality), "auto", "low", "medium", "high"),
    "background": values_of(BackgroundKind),
    "format": values_of(ImageFormat),
}
OPTIONS: Mapping[str, str] = {
    "model": f"the model; default {DEFAULT_MODEL}",
    "endpoint": "chat (default: chat completions) or images (the images API)",
    "only": "who may serve it, such as [openai]: pins the provider behind the gateway",
    "fallbacks": "true lets the gateway pass the call on to another provider (default false)",
    "stream": "take the image as a stream, so that no proxy cuts off a slow one",
    "quality": "draft, standard, hd, or a word of the service's own",
    "background": "auto, transparent or opaque",
    "format": "png, jpeg or webp",
    "body": "more fields of every request, such as {temperature: 0}",
}


@dataclass(frozen=True, slots=True)
class _Settings:
    reach: Reach
    model: str
    endpoint: str
    only: tuple[str, ...]
    fallbacks: bool
    stream: bool
    given: Mapping[str, Any]
    body: Mapping[str, Any]
    price: float | None
    own: frozenset[str]

    @property
    def routing(self) -> dict[str, Any]:
        """Who may serve a call."""
        return {**({"only": list(self.only)} if self.only else {}), "allow_fallbacks": self.fallbacks}


class OpenRouter(Served):
    """Images and answers of the models behind the gateway, each with who served it and what it cost."""

    kind = "openrouter"

    def __init__(self, name: str, settings: _Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, settings, model = job.recipe, self._settings, self._model(job)
        request = recipe.request
        images = [sent_image(self.name, request.input_image)] if request.input_image else []
        shared: dict[str, Any] = {
            "honors": _honors(model, settings.endpoint), "own": settings.own, "price": settings.price,
        }  # fmt: skip
        if request.ask is not None:
            parsed, reply = self._reported(job, question(recipe, model, images, settings), deadline, chat=True)
            return finished(parsed, reply, recipe, answer=answer_of(self.name, parsed), **shared)
        chat = settings.endpoint == "chat"
        ask = chat_request if chat else images_request
        body = ask(recipe, model, images, settings)
        parsed, reply = self._reported(job, body, deadline, chat=chat)
        data = image_of(self.name, parsed, self.fetched(deadline))
        return finished(parsed, reply, recipe, data=data, sent=_sent(body), **shared)

    def _reported(self, job: Job, body: dict[str, Any], deadline: Deadline, *, chat: bool) -> tuple[ParsedReply, Any]:
        path = "chat/completions" if chat else "images"
        assemble: Any = None
        if self._settings.stream and job.recipe.request.ask is None:
            body["stream"] = True
            assemble = assembled_chat if chat else assembled_images
        document, reply = self.requested(Call("POST", path, json=body, resend=False), job, deadline, assemble)
        return (read_chat if chat else read_images)(document), reply

    def _model(self, job: Job) -> str:
        return job.recipe.subject.model or self._settings.model


def chat_request(recipe: Recipe, model: str, images: Sequence[Sent], settings: _Settings) -> dict[str, Any]:
    """An image over chat completions: what it should be like goes into ``image_config``."""
    request = recipe.request
    config = {
        "aspect_ratio": nearest_aspect(request.width, request.height, RATIOS),
        "image_size": None if model.startswith(OPENAI) else resolution(request.width, request.height, CLASSES),
        **_said(recipe, model, settings),
    }
    return chat_body(
        model,
        request.prompt,
        images,
        seed=request.seed,
        modalities=["image", "text"] if model.startswith(WORDED) else ["image"],
        image_config={name: value for name, value in config.items() if value is not None},
        provider=settings.routing,
        **settings.body,
    )


def images_request(recipe: Recipe, model: str, images: Sequence[Sent], settings: _Settings) -> dict[str, Any]:
    """An image over the images API."""
    request = recipe.request
    body = {
        "model": model,
        "prompt": request.prompt,
        "n": 1,
        "aspect_ratio": nearest_aspect(request.width, request.height, RATIOS),
        "resolution": None if model.startswith(OPENAI) else resolution(request.width, request.height, CLASSES),
        **_said(recipe, model, settings),
        "seed": request.seed,
        "input_references": [{"type": "image_url", "image_url": {"url": sent.data_url()}} for sent in images] or None,
        "provider": settings.routing,
        **settings.body,
    }
    return {name: value for name, value in body.items() if value is not None}


def question(recipe: Recipe, model: str, images: Sequence[Sent], settings: _Settings) -> dict[str, Any]:
    """A question about an image."""
    request = recipe.request
    return chat_body(
        model, request.ask or "", images, seed=request.seed, provider=settings.routing, **settings.body
    )  # fmt: skip


def _said(recipe: Recipe, model: str, settings: _Settings) -> dict[str, Any]:
    """The words of the vocabulary that the model honors, in the gateway's terms."""
    words, honored = words_of(recipe, settings.given), _honors(model, settings.endpoint)
    said = {
        "quality": native(words.get("quality"), GPT_QUALITIES),
        "background": words.get("background"),
        "output_format": words.get("format"),
    }
    named = {"output_format": "format"}
    return {name: value for name, value in said.items() if value is not None and named.get(name, name) in honored}


def _sent(body: Mapping[str, Any]) -> dict[str, Any]:
    config = body.get("image_config", body)
    names = {"quality": "quality", "background": "background", "output_format": "format"}
    return {word: config[name] for name, word in names.items() if name in config}


def _honors(model: str, endpoint: str) -> frozenset[str]:
    # over chat only OpenAI's models read more than the shape; the images API refuses what a model does not take
    words = set(CHOICES) if endpoint == "images" or model.startswith(OPENAI) else set()
    return frozenset({"prompt", "seed", "size", "input_image", "ask", "model", *words})


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    settings = _Settings(
        reach=hosted_settings(reader, base_url=BASE_URL, key_env=KEY_ENV),
        model=reader.text("model", DEFAULT_MODEL) or DEFAULT_MODEL,
        endpoint=reader.one_of("endpoint", ENDPOINTS, "chat"),
        only=reader.words("only"),
        fallbacks=flag(reader, "fallbacks"),
        stream=flag(reader, "stream"),
        given=given_words(reader, CHOICES),
        body=body_option(reader, RESERVED),
        price=reader.number("price"),
        own=frozenset(options).difference(SUBJECT_FIELDS),
    )
    reader.done()
    return settings


def _capabilities_of(settings: _Settings) -> Capabilities:
    honors = _honors(settings.model, settings.endpoint)
    return Capabilities(
        seed=SeedPromise.NONE if is_seedless(settings.model) else SeedPromise.BEST_EFFORT,
        honors=honors,
        price=settings.price,
        concurrency=settings.reach.settings.concurrency,
        choices={name: values for name, values in CHOICES.items() if name in honors},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("openrouter", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> OpenRouter:
    return OpenRouter(name, _settings(name, options), root)


def _price(options: Mapping[str, Any], recipe: Recipe) -> float | None:
    settings = _settings("openrouter", options)
    model = recipe.subject.model or settings.model
    if recipe.request.ask is not None:
        return None
    quality = _said(recipe, model, settings).get("quality")
    size = nearest_size(recipe.request.width, recipe.request.height, SQUARE_AND_WIDE)
    return estimate(rates_of("openrouter", model), None if quality == "auto" else quality, size)


def _explain(_measure: bool) -> Explanation:
    rates = rates_of("openrouter", DEFAULT_MODEL)
    tiers = [
        Tier(
            "quality",
            word,
            f"quality: {GPT_QUALITIES[word]}",
            None,
            estimate(rates, GPT_QUALITIES[word], SQUARE_AND_WIDE[0]),
        )
        for word in GPT_QUALITIES
    ]
    tiers.append(Tier("background", " ".join(BackgroundKind), "background: as said"))
    tiers.append(Tier("format", " ".join(ImageFormat), "output_format: as said"))
    tiers.append(Tier("size", " ".join(RATIOS), "aspect_ratio: the nearest"))
    for side, word in CLASSES:
        tiers.append(Tier("size", f"longer side up to {side}", f"image_size: {word} (openai/ models: theirs)"))
    notes = (
        f"Costs shown are estimates for {DEFAULT_MODEL} at {SQUARE_AND_WIDE[0]}, for --dry-run and --budget; a run "
        "records what the gateway says that each image cost.",
        "A seed is sent. It promises nothing for the gpt-image family (seed: none) and little for others "
        "(best-effort): say `drift: set` or `drift: calibrated`.",
        "Without `only:` the gateway chooses who serves a call; the record of each image says who did.",
        "A reply from the gateway's cache counts as `cache`, not as generated.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **TRANSPORT_OPTIONS}, tuple(tiers), notes)


ADAPTER = Adapter(
    "openrouter", "any image model behind OpenRouter", _capabilities, _create, _explain, _price
)  # fmt: skip
