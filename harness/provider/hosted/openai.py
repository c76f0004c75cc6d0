"""``openai``: OpenAI's images API: generations, edits with an image and a mask, streamed or whole."""

from typing import Any, Self

from pydantic import model_validator

from harness.errors import GenerationError
from harness.http import Call, Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.openai_models import (
    DALLE_QUALITIES,
    FAMILIES,
    GPT_QUALITIES,
    Family,
    check_words,
    family_of,
    native,
)
from harness.provider.options import ProviderOptions, Text, Tier
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.chat import SERVED, chat_body, read_chat
from harness.provider.remote.images_api import assembled_images, read_images, sendable
from harness.provider.remote.input_images import alpha_mask, sent_image
from harness.provider.remote.options import BodyOptions, Url
from harness.provider.remote.parsed_reply import answer_of, finished, image_of
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.service import Service
from harness.records import Recipe
from harness.vocabulary import SeedPromise

DEFAULT_MODEL = "gpt-image-2.6-flare"
FIELDS = {"quality": "quality", "background": "background", "format": "output_format", "style": "style"}
"""The fields of a request by the words of the vocabulary."""
PRICED_MODEL, SQUARE = "gpt-image-1-mini", "1024x1024"
"""Whose costs an explanation shows: a model whose price by image is known."""


class OpenAIOptions(BodyOptions):
    """Options of OpenAI's images API."""

    default_key_env = "OPENAI_API_KEY"
    reserved = ("model", "prompt", "messages", "stream", "n", "input_image", "mask", "size")
    notes = (
        f"Costs shown are of one image of {SQUARE} by {PRICED_MODEL}. A run computes each from the tokens of its "
        "reply and the dated price table, or takes `price:`; where neither is there it is unknown.",
        "A size that a model does not generate is generated at the nearest that it does, and recorded.",
        "What OpenAI has shut down (dall-e, gpt-image-1) others that speak this API may have still.",
        "No seed: the images API takes none, so the images of a case differ. Say `drift: set`.",
        "image alone: an edit as the prompt says. image with mask: white is generated again (sent as transparent).",
    )

    base_url: Url = "https://api.openai.com/v1"
    """Where the service is."""
    model: Text = DEFAULT_MODEL
    """The model; one that does not generate answers `ask` cases."""
    stream: bool = False
    """Take the image as a stream (gpt-image), so that no proxy cuts off a slow one."""
    quality: Text | None = None
    """draft, standard, hd, or a word of the service's own."""
    style: Text | None = None
    """vivid or natural (dall-e-3)."""
    background: Text | None = None
    """auto, transparent or opaque (gpt-image)."""
    format: Text | None = None
    """png, jpeg or webp (gpt-image)."""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        family = family_of(self.model)
        check_words(self, family.choices if family else {}, self.model)
        return self

    @property
    def capabilities(self) -> Capabilities:
        family = family_of(self.model)
        return Capabilities(
            # the images API takes no seed at all; of the one of chat completions OpenAI says "best effort"
            seed=SeedPromise.NONE if family else SeedPromise.BEST_EFFORT,
            honors=_honors(family),
            price=self.price,
            concurrency=self.concurrency,
            choices=family.choices if family else {},
            reports=frozenset(SERVED),
        )

    def price_of(self, recipe: Recipe) -> float | None:
        model = recipe.subject.model or self.model
        family = family_of(model)
        if family is None:
            return None
        fields = image_fields(recipe, model, family, self)
        quality = fields.get("quality")
        return estimate(rates_of("openai", model), None if quality == "auto" else quality, fields["size"])

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        rates = rates_of("openai", PRICED_MODEL)
        tiers = [
            Tier("quality", word, f"quality: {level} (dall-e-3: {DALLE_QUALITIES[word]})",
                 cost=estimate(rates, level, SQUARE))
            for word, level in GPT_QUALITIES.items()
        ]  # fmt: skip
        takers = {(word, values): family.name for family in FAMILIES for word, values in family.words.items()}
        for (word, values), last in takers.items():
            tiers.append(Tier(word, " ".join(values), f"{FIELDS[word]}: passed unchanged ({last.removesuffix('-1')})"))
        sizes: dict[tuple[tuple[str, ...], str], list[str]] = {}
        for family in FAMILIES:
            free = "; others in steps of 16 up to 3840 too" if family.free else ""
            sizes.setdefault((family.sizes, free), []).append(family.name)
        tiers += [Tier("size", " ".join(each), f"{', '.join(names)}{free}") for (each, free), names in sizes.items()]
        return tuple(tiers)


class OpenAI(Service[OpenAIOptions]):
    """The images API; a model that does not generate is asked over chat completions."""

    kind = "openai"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        if job.recipe.request.ask is not None:
            return self._answered(job, deadline)
        recipe, options, model = job.recipe, self.options, self._model(job)
        family = family_of(model)
        if family is None:
            raise GenerationError(self.name, f"{model} generates no images", f"name a model that does: {DEFAULT_MODEL}")
        fields = image_fields(recipe, model, family, options) | dict(options.body)
        stream = options.stream and family.streams
        if stream:
            fields["stream"] = True
        image, mask = recipe.request.input_image, recipe.request.mask
        files = [] if image is None else [("image", sent_image(self.name, image))]
        if mask is not None:
            files.append(("mask", alpha_mask(self.name, mask, image)))
        fields, left_out = sendable(fields, files)
        assemble = assembled_images if stream else None
        document, reply = self.imaged(fields, files, job, deadline, assemble=assemble)
        parsed = read_images(document)
        return finished(
            parsed,
            reply,
            recipe,
            data=image_of(self.name, parsed, self.fetched(deadline)),
            honors=_honors(family),
            own=options.own,
            sent={word: fields[field] for word, field in FIELDS.items() if field in fields},
            price=options.price,
            rates=rates_of("openai", model),
            left_out=left_out,
            counts=self.counts(parsed),
        )

    def _answered(self, job: Job, deadline: Deadline) -> Output:
        request, options, model = job.recipe.request, self.options, self._model(job)
        if family_of(model) is not None:
            raise GenerationError(
                self.name, f"{model} answers no questions", "name a model that does, such as gpt-6.1-terra"
            )
        images = [sent_image(self.name, request.input_image)] if request.input_image else []
        body = chat_body(model, request.ask or "", images, seed=request.seed, **options.body)
        document, reply = self.requested(Call("POST", "chat/completions", json=body, resend=False), job, deadline)
        parsed = read_chat(document)
        answer = answer_of(self.name, parsed)
        rates = rates_of("openai", model)
        return finished(
            parsed, reply, job.recipe, answer=answer, honors=_honors(None), own=options.own, price=options.price,
            rates=rates, counts=self.counts(parsed),
        )  # fmt: skip


def image_fields(recipe: Recipe, model: str, family: Family, options: ProviderOptions) -> dict[str, Any]:
    """Return the fields of a request for an image, without the input images."""
    words, request = options.words(recipe), recipe.request
    fields = {
        "model": model,
        "prompt": request.prompt,
        "n": 1,
        "size": family.size(request.width, request.height),
        **{
            field: native(words.get(word), family.levels if word == "quality" else {})
            for word, field in FIELDS.items()
            if word in family.choices
        },
        "response_format": None if family.base64 else "b64_json",
    }
    return {name: value for name, value in fields.items() if value is not None}


def _honors(family: Family | None) -> frozenset[str]:
    if family is None:
        return frozenset({"prompt", "ask", "input_image", "seed", "model"})
    images = {"input_image", "mask"} if family.edits else set()
    return frozenset({"prompt", "size", "model", *images, *family.choices})


ADAPTER = Adapter("openai", "OpenAI's images API: gpt-image and dall-e", OpenAI, OpenAIOptions)
