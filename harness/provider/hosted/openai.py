"""``openai``: OpenAI's images API: generations, edits with an image and a mask, streamed or whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.http import Call, Deadline
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.hosted.openai_models import DALLE_QUALITIES, FAMILIES, Family, family_of
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Reach, hosted_settings
from harness.provider.remote.chat import chat_body, read_chat
from harness.provider.remote.images_api import assembled_images, image_call, read_images
from harness.provider.remote.input_images import alpha_mask, sent_image
from harness.provider.remote.parsed_reply import answer_of, finished, image_of
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.service import Served
from harness.provider.remote.words import GPT_QUALITIES, body_option, flag, given_words, native, words_of
from harness.records import Recipe
from harness.vocabulary import SUBJECT_FIELDS, TRANSPORT_OPTIONS, SeedPromise

BASE_URL = "https://api.openai.com/v1"
KEY_ENV = "OPENAI_API_KEY"
DEFAULT_MODEL = "gpt-image-2.6-flare"
RESERVED = ("model", "prompt", "messages", "stream", "n", "input_image", "mask", "size")
"""Fields of a request that ``body`` cannot set."""
OPTIONS: Mapping[str, str] = {
    "model": f"default {DEFAULT_MODEL}; a model that does not generate answers `ask` cases",
    "stream": "take the image as a stream (gpt-image), so that no proxy cuts off a slow one",
    "quality": "draft, standard, hd, or a word of the service's own",
    "style": "vivid or natural (dall-e-3)",
    "background": "auto, transparent or opaque (gpt-image)",
    "format": "png, jpeg or webp (gpt-image)",
    "body": "more fields of every request, such as {moderation: low}",
}
FIELDS = {"quality": "quality", "background": "background", "format": "output_format", "style": "style"}
"""The fields of a request by the words of the vocabulary."""
PRICED_MODEL, SQUARE = "gpt-image-1-mini", "1024x1024"
"""Whose costs an explanation shows: a model whose price by image is known."""


@dataclass(frozen=True, slots=True)
class _Settings:
    reach: Reach
    model: str
    given: Mapping[str, Any]
    body: Mapping[str, Any]
    stream: bool
    price: float | None
    own: frozenset[str]


class OpenAI(Served):
    """The images API; a model that does not generate is asked over chat completions."""

    kind = "openai"

    def __init__(self, name: str, settings: _Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        if job.recipe.request.ask is not None:
            return self._answered(job, deadline)
        recipe, settings, model = job.recipe, self._settings, self._model(job)
        family = family_of(model)
        if family is None:
            raise GenerationError(self.name, f"{model} generates no images", f"name a model that does: {DEFAULT_MODEL}")
        fields = image_fields(recipe, model, family, settings.given) | dict(settings.body)
        stream = settings.stream and family.streams
        if stream:
            fields["stream"] = True
        image, mask = recipe.request.input_image, recipe.request.mask
        files = [] if image is None else [("image", sent_image(self.name, image))]
        if mask is not None:
            files.append(("mask", alpha_mask(self.name, mask, image)))
        document, reply = self.requested(image_call(fields, files), job, deadline, assembled_images if stream else None)
        parsed = read_images(document)
        return finished(
            parsed,
            reply,
            recipe,
            data=image_of(self.name, parsed, self.fetched(deadline)),
            honors=_honors(family),
            own=settings.own,
            sent={word: fields[field] for word, field in FIELDS.items() if field in fields},
            price=settings.price,
            rates=rates_of("openai", model),
        )

    def _answered(self, job: Job, deadline: Deadline) -> Output:
        request, settings, model = job.recipe.request, self._settings, self._model(job)
        if family_of(model) is not None:
            raise GenerationError(
                self.name, f"{model} answers no questions", "name a model that does, such as gpt-5-mini"
            )
        images = [sent_image(self.name, request.input_image)] if request.input_image else []
        body = chat_body(model, request.ask or "", images, seed=request.seed, **settings.body)
        document, reply = self.requested(Call("POST", "chat/completions", json=body, resend=False), job, deadline)
        parsed = read_chat(document)
        answer = answer_of(self.name, parsed)
        rates = rates_of("openai", model)
        return finished(
            parsed, reply, job.recipe, answer=answer, honors=_honors(None), own=settings.own, price=settings.price,
            rates=rates,
        )  # fmt: skip

    def _model(self, job: Job) -> str:
        return job.recipe.subject.model or self._settings.model


def image_fields(recipe: Recipe, model: str, family: Family, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request for an image, without the input images."""
    words, request = words_of(recipe, given), recipe.request
    fields = {
        "model": model,
        "prompt": request.prompt,
        "n": 1,
        "size": family.size(request.width, request.height),
        "quality": native(words.get("quality"), family.levels) if "quality" in family.choices else None,
        "background": words.get("background") if "background" in family.words else None,
        "output_format": words.get("format") if "format" in family.words else None,
        "style": words.get("style") if "style" in family.words else None,
        "response_format": None if family.base64 else "b64_json",
    }
    return {name: value for name, value in fields.items() if value is not None}


def _honors(family: Family | None) -> frozenset[str]:
    if family is None:
        return frozenset({"prompt", "ask", "input_image", "seed", "model"})
    images = {"input_image", "mask"} if family.edits else set()
    return frozenset({"prompt", "size", "model", *images, *family.choices})


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    reach = hosted_settings(reader, base_url=BASE_URL, key_env=KEY_ENV)
    model = reader.text("model", DEFAULT_MODEL) or DEFAULT_MODEL
    family = family_of(model)
    settings = _Settings(
        reach=reach,
        model=model,
        given=given_words(reader, family.choices if family else {}),
        body=body_option(reader, RESERVED),
        stream=flag(reader, "stream"),
        price=reader.number("price"),
        own=frozenset(options).difference(SUBJECT_FIELDS),
    )
    reader.done()
    return settings


def _capabilities_of(settings: _Settings) -> Capabilities:
    family = family_of(settings.model)
    return Capabilities(
        # the images API takes no seed at all; of the one of chat completions OpenAI says "best effort"
        seed=SeedPromise.NONE if family else SeedPromise.BEST_EFFORT,
        honors=_honors(family),
        price=settings.price,
        concurrency=settings.reach.settings.concurrency,
        choices=family.choices if family else {},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("openai", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> OpenAI:
    return OpenAI(name, _settings(name, options), root)


def _price(options: Mapping[str, Any], recipe: Recipe) -> float | None:
    settings = _settings("openai", options)
    model = recipe.subject.model or settings.model
    family = family_of(model)
    if family is None:
        return None
    fields = image_fields(recipe, model, family, settings.given)
    quality = fields.get("quality")
    return estimate(rates_of("openai", model), None if quality == "auto" else quality, fields["size"])


def _explain(_measure: bool) -> Explanation:
    rates = rates_of("openai", PRICED_MODEL)
    tiers = [
        Tier(
            "quality",
            word,
            f"quality: {GPT_QUALITIES[word]} (dall-e-3: {dalle})",
            None,
            estimate(rates, GPT_QUALITIES[word], SQUARE),
        )
        for word, dalle in DALLE_QUALITIES.items()
    ]
    takers = {(word, values): family.name for family in FAMILIES for word, values in family.words.items()}
    for (word, values), last in takers.items():
        tiers.append(Tier(word, " ".join(values), f"{FIELDS[word]}: as said ({last.removesuffix('-1')})"))
    generated: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for family in FAMILIES:
        free = "; others in steps of 16 up to 3840 too" if family.free else ""
        generated.setdefault((family.sizes, free), []).append(family.name)
    tiers += [Tier("size", " ".join(sizes), f"{', '.join(names)}{free}") for (sizes, free), names in generated.items()]
    notes = (
        f"Costs shown are of one image of {SQUARE} by {PRICED_MODEL}. A run computes each from the tokens of its "
        "reply and the dated price table, or takes `price:`; where neither is there it is unknown.",
        "A size that a model does not generate is generated at the nearest that it does, and recorded.",
        "OpenAI has shut down dall-e and gpt-image-1, and will gpt-image-1-mini and gpt-image-1.5 on 2026-12-01; "
        "others that speak this API may have them still.",
        "No seed: the images API takes none, so the images of a case differ. Say `drift: set`.",
        "image alone: an edit as the prompt says. image with mask: white is generated again (sent as transparent).",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **TRANSPORT_OPTIONS}, tuple(tiers), notes)


ADAPTER = Adapter("openai", "OpenAI's images API: gpt-image and dall-e", _capabilities, _create, _explain, _price)
