"""``openai-compatible``: servers that speak OpenAI's images API: LocalAI, vllm-omni, sglang, sd-server and others."""

from typing import Annotated, Any

from pydantic import Field

from harness.errors import GenerationError
from harness.http import Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.openai_models import family_of
from harness.provider.options import Text, Tier, one_of
from harness.provider.protocol import Capabilities, Job
from harness.provider.remote.address_option import Url
from harness.provider.remote.chat import SERVED
from harness.provider.remote.images_api import read_images, sendable
from harness.provider.remote.input_images import Sent, alpha_mask, sent_image
from harness.provider.remote.options import BodyOptions, ServerOptions
from harness.provider.remote.pricing import estimate, rates_of
from harness.provider.remote.samples import Sample, Sampling
from harness.provider.remote.service import RESPONSE_FORMAT
from harness.provider.server.openai_compatible_servers import SERVERS, Server
from harness.provider.words import CompressionOption, SamplesOption
from harness.records import Recipe
from harness.vocabulary import ImageFormat, values_of

SAID = ("seed", "negative_prompt", "steps", "guidance", "strength")
"""Words that the API has no names for."""


class OpenAICompatibleOptions(SamplesOption, CompressionOption, BodyOptions, ServerOptions):
    """Options of a server that speaks the images API."""

    reserved = ("prompt", "n", "size", "image", "mask", "stream")
    notes = (
        "The server must be named by `base_url`; a key is sent only where `api_key_env` names one.",
        "Free at this machine and at a private address unless `price:`, a reply, or a model of OpenAI's (gpt-image, "
        "dall-e: behind a proxy) says otherwise; elsewhere the price is unknown.",
        "An image may come inside the reply or by a URL: on the server itself, or over https on the open internet.",
        "quality, style and background reach the model only where `passes:` or `body:` name them.",
    )

    base_url: Url = Field(examples=["http://127.0.0.1:8080/v1"])
    """Where the server is, with /v1, such as http://127.0.0.1:8080/v1."""
    dialect: Annotated[str, *one_of(SERVERS)] = "vllm-omni"
    """How the server names steps, guidance and so on: vllm-omni, sglang, localai, sd-server or openai."""
    model: Text | None = None
    """The model. Default: the server's."""
    passes: list[Text] = Field(default_factory=list)
    """Further settings of a suite that go into the request as they are, such as [true_cfg_scale]."""
    format: Annotated[str, *one_of(values_of(ImageFormat))] | None = None
    """png, jpeg or webp."""

    @property
    def family(self) -> Server:
        """How the server names things."""
        return SERVERS[self.dialect]

    @property
    def cost(self) -> float | None:
        """US dollars for an image; free at this machine or a private address, unless the user says more or the model is
        one that OpenAI is paid for: a proxy then passes the call on."""
        return self.price if family_of(self.model or "") else super().cost

    def price_of(self, recipe: Recipe) -> float | None:
        model = recipe.subject.model or self.model or ""
        family = family_of(model)
        if family is None:
            return self.cost
        size = family.size(recipe.request.width, recipe.request.height)
        return estimate(rates_of("openai", model.rpartition("/")[2]), None, size)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            seed=self.promise,
            honors=self.family.honors | set(self.passes),
            price=self.cost,
            concurrency=self.concurrency,
            choices={"format": values_of(ImageFormat)},
            reports=frozenset(SERVED),
        )

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (
            Tier("size", "any", "size: WIDTHxHEIGHT as asked; the actual size is recorded if it differs"),
            Tier("format", " ".join(ImageFormat), "output_format: passed unchanged"),
            Tier("output_compression", "0 … 100", "output_compression: passed unchanged; left out where format is png"),
            Tier("n", "1 … 10", "n: so many samples of a set by one call"),
            Tier("input_images", "any", f"image[] of an edit: {', '.join(n for n, s in SERVERS.items() if s.several)}"),
            *(Tier(word, _named(word), _takers(word)) for word in SAID),
        )


class OpenAICompatible(Sampling[OpenAICompatibleOptions]):
    """A server of one's own, or of someone who serves open models by this API."""

    kind = "openai-compatible"

    def _gives_several(self, recipe: Recipe) -> bool:
        return recipe.request.ask is None

    def _samples(self, job: Job, deadline: Deadline, count: int) -> list[Sample]:
        recipe, options = job.recipe, self.options
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "the images API answers no questions", "name another provider")
        fields = image_fields(recipe, options, count) | options.body
        files = self._files(recipe, fields)
        fields, left_out = sendable(fields, files)
        # what a server of one's own has generated in vain costs time alone
        document, reply = self.imaged(fields, files, job, deadline, resend=self.is_free)
        sent = {"format": fields.get("output_format"), "seed": fields.get("seed")}
        return self._samples_in(
            read_images(document),
            reply,
            recipe,
            deadline,
            count,
            honors=self.capabilities.honors,
            own=options.own,
            sent={name: value for name, value in sent.items() if value is not None},
            price=options.price,
            rates=rates_of("openai", (fields.get("model") or "").rpartition("/")[2]),
            unless_reported=options.cost,
            left_out=left_out,
        )

    def _files(self, recipe: Recipe, fields: dict[str, Any]) -> list[tuple[str, Sent]]:
        """Return the files of an edit; for a server that takes the image in the JSON, it is put there instead."""
        image, mask, server = recipe.request.input_image, recipe.request.mask, self.options.family
        if image is None:
            return []
        sent = [sent_image(self.name, one) for one in recipe.request.images]
        if server.image:
            fields[server.image] = sent[0].base64()
            return []
        files = [("image" if len(sent) == 1 else "image[]", one) for one in sent]
        if mask is not None and server.mask:
            whole = sent_image(self.name, mask) if server.white else alpha_mask(self.name, mask, image)
            files.append((server.mask, whole))
        return files


def image_fields(recipe: Recipe, options: OpenAICompatibleOptions, count: int = 1) -> dict[str, Any]:
    """Return the fields of a request for images, without the input images."""
    request, server, model = recipe.request, options.family, recipe.subject.model or options.model
    family = family_of(model or "")
    words = options.words(recipe)
    words |= {"seed": request.seed, "negative_prompt": request.negative_prompt or None, "strength": request.strength}
    prompt = request.prompt
    if server.embed is not None:
        prompt = server.embed(prompt, {name: words.get(name) for name in server.inside})
    fields = {
        "model": model,
        "prompt": prompt,
        "n": count,
        "size": f"{request.width}x{request.height}",
        RESPONSE_FORMAT: None if family and family.base64 else "b64_json",
        "output_format": words.get("format"),
        "output_compression": words.get("output_compression"),
        **{field: words.get(word) for word, field in server.fields.items()},
        **{name: words.get(name) for name in options.passes},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _named(word: str) -> str:
    """Return the fields that carry a word."""
    return " ".join(dict.fromkeys(server.fields[word] for server in SERVERS.values() if word in server.fields)) or "–"


def _takers(word: str) -> str:
    """Return the servers that take a word, and those that read it inside the prompt."""
    fields = ", ".join(name for name, server in SERVERS.items() if word in server.fields)
    inside = ", ".join(name for name, server in SERVERS.items() if word in server.inside)
    return "; ".join(part for part in (fields, f"inside the prompt: {inside}" if inside else "") if part)


ADAPTER = Adapter(
    "openai-compatible", "servers that speak OpenAI's images API, such as LocalAI, vllm-omni, sglang, sd-server",
    OpenAICompatible, OpenAICompatibleOptions,
)  # fmt: skip
