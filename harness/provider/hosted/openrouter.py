"""``openrouter``: any image model behind OpenRouter, over chat completions or its images API."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.http import Call, Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.geometry import CLASSES, RATIOS, nearest_aspect, nearest_size, resolution
from harness.provider.hosted.openai_models import GPT_QUALITIES, SQUARE_AND_WIDE, is_seedless, native
from harness.provider.options import Text, Tier, one_of
from harness.provider.protocol import Capabilities, Job
from harness.provider.remote.address_option import Url
from harness.provider.remote.chat import SERVED, assembled_chat, chat_body, read_chat
from harness.provider.remote.images_api import assembled_images, read_images, sendable
from harness.provider.remote.input_images import Sent, sent_image
from harness.provider.remote.options import BodyOptions
from harness.provider.remote.parsed_reply import ParsedReply, answer_of, finished
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.samples import Sample, Sampling
from harness.provider.words import CompressionOption, SamplesOption
from harness.records import Recipe
from harness.vocabulary import BackgroundKind, ImageFormat, Quality, SeedPromise, values_of

DEFAULT_MODEL = "openai/gpt-5-image-mini"
OPENAI = "openai/"
WORDED = (OPENAI, "google/", "openrouter/")
"""Makers whose models answer in words too: they are asked for images and text, all others for images alone."""
FIELDS = {
    "quality": "quality", "background": "background", "format": "output_format",
    "output_compression": "output_compression",
}  # fmt: skip
"""The fields of a request by the words of the vocabulary."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "quality": (*values_of(Quality), "auto", "low", "medium", "high"),
    "background": values_of(BackgroundKind),
    "format": values_of(ImageFormat),
}


IMAGES_ONLY = frozenset({"output_compression", "n"})
"""Words that only the images API has."""


class OpenRouterOptions(SamplesOption, CompressionOption, BodyOptions):
    """Options of the gateway."""

    default_key_env = "OPENROUTER_API_KEY"
    reserved = ("model", "models", "messages", "prompt", "stream", "n", "provider", "seed", "input_references")
    notes = (
        f"Costs shown are estimates for {DEFAULT_MODEL} at {SQUARE_AND_WIDE[0]}, for --dry-run and --budget; a run "
        "records what the gateway says that each image cost.",
        "A seed is sent. It promises nothing for the gpt-image family (seed: none) and little for others "
        "(best-effort): say `drift: set` or `drift: calibrated`.",
        "Without `only:` the gateway chooses who serves a call; the record of each image says who did.",
        "A reply from the gateway's cache counts as `cache`, not as generated.",
    )

    base_url: Url = "https://openrouter.ai/api/v1"
    """Where the service is."""
    model: Text = DEFAULT_MODEL
    """The model."""
    endpoint: Literal["chat", "images"] = "chat"
    """chat (chat completions) or images (the images API)."""
    only: list[Text] = Field(default_factory=list)
    """Who may serve it, such as [openai]: pins the provider behind the gateway."""
    fallbacks: bool = False
    """Whether the gateway may pass the call on to another provider."""
    stream: bool = False
    """Take the image as a stream, so that no proxy cuts off a slow one."""
    quality: Annotated[str, *one_of(CHOICES["quality"])] | None = None
    """draft, standard, hd, or a word of the service's own."""
    background: Annotated[str, *one_of(CHOICES["background"])] | None = None
    """auto, transparent or opaque."""
    format: Annotated[str, *one_of(CHOICES["format"])] | None = None
    """png, jpeg or webp."""

    @property
    def routing(self) -> dict[str, Any]:
        """Who may serve a call."""
        return {**({"only": self.only} if self.only else {}), "allow_fallbacks": self.fallbacks}

    @property
    def capabilities(self) -> Capabilities:
        honors = _honors(self.model, self.endpoint)
        return Capabilities(
            seed=SeedPromise.NONE if is_seedless(self.model) else SeedPromise.BEST_EFFORT,
            honors=honors,
            price=self.price,
            concurrency=self.concurrency,
            choices={name: values for name, values in CHOICES.items() if name in honors},
            reports=frozenset(SERVED),
        )

    def price_of(self, recipe: Recipe) -> float | None:
        model = recipe.subject.model or self.model
        if recipe.request.ask is not None:
            return None
        quality = _said(recipe, model, self).get("quality")
        size = nearest_size(recipe.request.width, recipe.request.height, SQUARE_AND_WIDE)
        return estimate(rates_of("openrouter", model), None if quality == "auto" else quality, size)

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        rates = rates_of("openrouter", DEFAULT_MODEL)
        qualities = [
            Tier("quality", word, f"quality: {level}", cost=estimate(rates, level, SQUARE_AND_WIDE[0]))
            for word, level in GPT_QUALITIES.items()
        ]
        sizes = [
            Tier("size", f"longer side up to {side}", f"image_size: {word} (openai/ models: theirs)")
            for side, word in CLASSES
        ]
        return (
            *qualities,
            Tier("background", " ".join(BackgroundKind), "background: passed unchanged"),
            Tier("format", " ".join(ImageFormat), "output_format: passed unchanged"),
            Tier("output_compression", "0 … 100", "output_compression, of endpoint images; format jpeg and webp"),
            Tier(
                "n",
                "1 … 10",
                "n, of endpoint images: so many samples of a set by one call; not streamed",
            ),
            Tier("input_images", "any", "more images of the message, or of input_references"),
            Tier("size", " ".join(RATIOS), "aspect_ratio: the nearest"),
            *sizes,
        )


class OpenRouter(Sampling[OpenRouterOptions]):
    """Images and answers of the models behind the gateway, each with who served it and what it cost."""

    kind = "openrouter"
    counts_usage = True

    def _gives_several(self, recipe: Recipe) -> bool:
        return recipe.request.ask is None and self.options.endpoint == "images" and not self.options.stream

    def _samples(self, job: Job, deadline: Deadline, count: int) -> list[Sample]:
        recipe, options, model = job.recipe, self.options, self._model(job)
        request = recipe.request
        images = [sent_image(self.name, image) for image in request.images]
        shared: dict[str, Any] = {
            "honors": _honors(model, options.endpoint), "own": options.own, "price": options.price,
        }  # fmt: skip
        if request.ask is not None:
            body = chat_body(model, request.ask, images, seed=request.seed, provider=options.routing, **options.body)
            parsed, reply = self._reported(job, body, deadline, chat=True)
            answer = answer_of(self.name, parsed)
            return [lambda: finished(parsed, reply, recipe, answer=answer, **shared)]
        chat = options.endpoint == "chat"
        if chat:
            body, left_out = chat_request(recipe, model, images, options), list[str]()
        else:
            body, left_out = sendable(images_request(recipe, model, images, options, count), (), "png")
        parsed, reply = self._reported(job, body, deadline, chat=chat)
        return self._samples_in(parsed, reply, recipe, deadline, count, sent=_sent(body), left_out=left_out, **shared)

    def _reported(self, job: Job, body: dict[str, Any], deadline: Deadline, *, chat: bool) -> tuple[ParsedReply, Any]:
        path = "chat/completions" if chat else "images"
        assemble: Any = None
        if self.options.stream and job.recipe.request.ask is None:
            body["stream"] = True
            assemble = assembled_chat if chat else assembled_images
        document, reply = self.requested(Call("POST", path, json=body, resend=False), job, deadline, assemble)
        return (read_chat if chat else read_images)(document), reply


def chat_request(recipe: Recipe, model: str, images: Sequence[Sent], options: OpenRouterOptions) -> dict[str, Any]:
    """Return an image over chat completions: what it should be like goes into ``image_config``."""
    request = recipe.request
    config = {
        "aspect_ratio": nearest_aspect(request.width, request.height, RATIOS),
        "image_size": None if model.startswith(OPENAI) else resolution(request.width, request.height, CLASSES),
        **_said(recipe, model, options),
    }
    return chat_body(
        model,
        request.prompt,
        images,
        seed=request.seed,
        modalities=["image", "text"] if model.startswith(WORDED) else ["image"],
        image_config={name: value for name, value in config.items() if value is not None},
        provider=options.routing,
        **options.body,
    )


def images_request(
    recipe: Recipe, model: str, images: Sequence[Sent], options: OpenRouterOptions, count: int = 1
) -> dict[str, Any]:
    """Return images over the images API."""
    request = recipe.request
    body = {
        "model": model,
        "prompt": request.prompt,
        "n": count,
        "aspect_ratio": nearest_aspect(request.width, request.height, RATIOS),
        "resolution": None if model.startswith(OPENAI) else resolution(request.width, request.height, CLASSES),
        **_said(recipe, model, options),
        "seed": request.seed,
        "input_references": [{"type": "image_url", "image_url": {"url": sent.data_url()}} for sent in images] or None,
        "provider": options.routing,
        **options.body,
    }
    return {name: value for name, value in body.items() if value is not None}


def _said(recipe: Recipe, model: str, options: OpenRouterOptions) -> dict[str, Any]:
    """Return the words of the vocabulary that the model honors, in the gateway's terms."""
    words, honored = options.words(recipe), _honors(model, options.endpoint)
    return {
        field: native(words[word], GPT_QUALITIES if word == "quality" else {})
        for word, field in FIELDS.items()
        if word in honored and word in words
    }


def _sent(body: Mapping[str, Any]) -> dict[str, Any]:
    config = body.get("image_config", body)
    return {word: config[field] for word, field in FIELDS.items() if field in config}


def _honors(model: str, endpoint: str) -> frozenset[str]:
    # over chat only OpenAI's models read more than the shape; the images API refuses what a model does not take
    words = set(CHOICES) if endpoint == "images" or model.startswith(OPENAI) else set()
    more = IMAGES_ONLY if endpoint == "images" else ()
    return frozenset({"prompt", "seed", "size", "input_image", "input_images", "ask", "model", *words, *more})


ADAPTER = Adapter("openrouter", "any image model behind OpenRouter", OpenRouter, OpenRouterOptions)
