"""``openai``: OpenAI's images API: generations, edits with an image and a mask, streamed or whole."""

from typing import Self

from pydantic import model_validator

from harness.errors import GenerationError
from harness.http import Call, Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.openai_models import Family, check_words, family_of
from harness.provider.hosted.openai_request import (
    FIELDS,
    PRICED_MODEL,
    SQUARE,
    honors_of,
    image_fields,
    image_files,
    priced_qualities,
    sizes,
    taken_words,
)
from harness.provider.options import Text, Tier
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.address_option import Url
from harness.provider.remote.chat import SERVED, chat_body, read_chat
from harness.provider.remote.images_api import assembled_images, read_images, sendable
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.options import BodyOptions
from harness.provider.remote.parsed_reply import answer_of, finished
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.samples import Sample, Sampling
from harness.provider.words import CompressionOption, EditingOptions, SamplesOption
from harness.records import Recipe
from harness.vocabulary import SeedPromise

DEFAULT_MODEL = "gpt-image-2.6-flare"


class OpenAIOptions(SamplesOption, CompressionOption, EditingOptions, BodyOptions):
    """Options of OpenAI's images API."""

    default_key_env = "OPENAI_API_KEY"
    reserved = ("model", "prompt", "messages", "stream", "n", "input_image", "image", "mask", "size")
    notes = (
        f"Costs shown are estimates for {PRICED_MODEL} at {SQUARE}. A run computes each from the tokens of its reply "
        "and the dated price table, or takes `price:`; where neither is there it is unknown.",
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
        check_words(self, family.takes if family else (), family.choices if family else {}, self.model)
        return self

    @property
    def capabilities(self) -> Capabilities:
        family = family_of(self.model)
        return Capabilities(
            # the images API takes no seed at all; of the one of chat completions OpenAI says "best effort"
            seed=SeedPromise.NONE if family else SeedPromise.BEST_EFFORT,
            honors=honors_of(family),
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
        fields, _ = image_fields(recipe, model, family, self)
        quality = fields.get("quality")
        return estimate(rates_of("openai", model), None if quality == "auto" else quality, fields["size"])

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (*priced_qualities(), *taken_words(), *sizes())


class OpenAI(Sampling[OpenAIOptions]):
    """The images API; a model that does not generate is asked over chat completions."""

    kind = "openai"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        return self._answered(job, deadline) if job.recipe.request.ask is not None else super()._generate(job, deadline)

    def _gives_several(self, recipe: Recipe) -> bool:
        family = family_of(recipe.subject.model or self.options.model)
        # whether a stream holds several images is nowhere documented
        return family is not None and "n" in family.takes and not self._streams(recipe, family)

    def _streams(self, recipe: Recipe, family: Family) -> bool:
        return family.streams and (self.options.stream or bool(self.options.words(recipe).get("partial_images")))

    def _samples(self, job: Job, deadline: Deadline, count: int) -> list[Sample]:
        recipe, options, model = job.recipe, self.options, self._model(job)
        family = family_of(model)
        if family is None:
            raise GenerationError(self.name, f"{model} generates no images", f"name a model that does: {DEFAULT_MODEL}")
        fields, unfit = image_fields(recipe, model, family, options, count)
        fields |= options.body
        stream = self._streams(recipe, family)
        if stream:
            fields["stream"] = True
        files = image_files(self.name, recipe, family)
        fields, left_out = sendable(fields, files, "png")
        assemble = assembled_images if stream else None
        document, reply = self.imaged(fields, files, job, deadline, assemble=assemble)
        return self._samples_in(
            read_images(document),
            reply,
            recipe,
            deadline,
            count,
            honors=honors_of(family),
            own=options.own,
            sent={word: fields[field] for word, field in FIELDS.items() if field in fields},
            price=options.price,
            rates=rates_of("openai", model),
            left_out=[*left_out, *unfit],
        )

    def _answered(self, job: Job, deadline: Deadline) -> Output:
        request, options, model = job.recipe.request, self.options, self._model(job)
        if family_of(model) is not None:
            raise GenerationError(
                self.name, f"{model} answers no questions", "name a model that does, such as gpt-6.1-terra"
            )
        images = [sent_image(self.name, image) for image in request.images]
        body = chat_body(model, request.ask or "", images, seed=request.seed, **options.body)
        document, reply = self.requested(Call("POST", "chat/completions", json=body, resend=False), job, deadline)
        parsed = read_chat(document)
        answer = answer_of(self.name, parsed)
        rates = rates_of("openai", model)
        return finished(
            parsed, reply, job.recipe, answer=answer, honors=honors_of(None), own=options.own, price=options.price,
            rates=rates, counts=self.counts(parsed),
        )  # fmt: skip


ADAPTER = Adapter("openai", "OpenAI's images API: gpt-image and dall-e", OpenAI, OpenAIOptions)
