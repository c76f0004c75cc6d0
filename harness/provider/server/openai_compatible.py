"""``openai-compatible``: servers that speak OpenAI's images API: LocalAI, vllm-omni, sglang, sd-server and others."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.http import Deadline, is_private
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Reach, hosted_settings
from harness.provider.remote.images_api import image_call, read_images
from harness.provider.remote.input_images import Sent, alpha_mask, sent_image
from harness.provider.remote.parsed_reply import finished, image_of
from harness.provider.remote.service import Served
from harness.provider.remote.words import body_option, given_words, words_of
from harness.provider.server.openai_compatible_servers import SERVERS, Server
from harness.records import Recipe
from harness.vocabulary import SERVER_PROMISES, SUBJECT_FIELDS, TRANSPORT_OPTIONS, ImageFormat, SeedPromise, values_of

DEFAULT_SERVER = "vllm-omni"
RESERVED = ("prompt", "n", "size", "image", "mask", "stream")
OPTIONS: Mapping[str, str] = {
    "base_url": "where the server is, with /v1: needed, such as http://127.0.0.1:8080/v1",
    "server": f"{', '.join(SERVERS)}: whose names for steps, guidance and the like (default {DEFAULT_SERVER})",
    "model": "the model; left out, the server takes its own",
    "passes": "further settings of a suite that go into the request as they are, such as [true_cfg_scale]",
    "body": "more fields of every request, such as {true_cfg_scale: 4}",
    "format": "png, jpeg or webp",
    "promise": "what its seed promises: none, best-effort (default) or exact-per-environment",
}
SAID = ("seed", "negative_prompt", "steps", "guidance", "strength")
"""Words that the API has no names for."""


@dataclass(frozen=True, slots=True)
class _Settings:
    reach: Reach
    server: Server
    model: str | None
    passes: tuple[str, ...]
    given: Mapping[str, Any]
    body: Mapping[str, Any]
    promise: SeedPromise
    price: float | None
    own: frozenset[str]

    @property
    def honors(self) -> frozenset[str]:
        return self.server.honors | set(self.passes)


class OpenAICompatible(Served):
    """A server of one's own, or of someone who serves open models by this API."""

    kind = "openai-compatible"

    def __init__(self, name: str, settings: _Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, settings = job.recipe, self._settings
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "the images API answers no questions", "name another provider")
        fields = image_fields(recipe, settings) | dict(settings.body)
        # what a server of one's own has generated in vain costs time alone
        call = image_call(fields, self._files(recipe, fields), resend=settings.price == 0)
        document, reply = self.requested(call, job, deadline)
        parsed = read_images(document)
        sent = {"format": fields.get("output_format"), "seed": fields.get("seed")}
        return finished(
            parsed,
            reply,
            recipe,
            data=image_of(self.name, parsed, self.fetched(deadline)),
            honors=settings.honors,
            own=settings.own,
            sent={name: value for name, value in sent.items() if value is not None},
            price=settings.price,
        )

    def _files(self, recipe: Recipe, fields: dict[str, Any]) -> list[tuple[str, Sent]]:
        """The files of an edit; for a server that takes the image in the JSON, it is put there instead."""
        image, mask, server = recipe.request.input_image, recipe.request.mask, self._settings.server
        if image is None:
            return []
        sent = sent_image(self.name, image)
        if server.image:
            fields[server.image] = sent.base64()
            return []
        files = [("image", sent)]
        if mask is not None and server.mask:
            whole = sent_image(self.name, mask) if server.white else alpha_mask(self.name, mask, image)
            files.append((server.mask, whole))
        return files

    def _model(self, job: Job) -> str:
        return job.recipe.subject.model or self._settings.model or ""


def image_fields(recipe: Recipe, settings: _Settings) -> dict[str, Any]:
    """The fields of a request for an image, without the input images."""
    request, server = recipe.request, settings.server
    words = words_of(recipe, settings.given)
    words |= {"seed": request.seed, "negative_prompt": request.negative_prompt or None, "strength": request.strength}
    prompt = request.prompt
    if server.embed is not None:
        prompt = server.embed(prompt, {name: words.get(name) for name in server.inside})
    fields = {
        "model": recipe.subject.model or settings.model,
        "prompt": prompt,
        "n": 1,
        "size": f"{request.width}x{request.height}",
        "response_format": "b64_json",
        "output_format": words.get("format"),
        **{field: words.get(word) for word, field in server.fields.items()},
        **{name: words.get(name) for name in settings.passes},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    reach = hosted_settings(reader, base_url=None, key_env=None, key_needed=False)
    price = reader.number("price")
    settings = _Settings(
        reach=reach,
        server=SERVERS[reader.one_of("server", tuple(SERVERS), DEFAULT_SERVER)],
        model=reader.text("model"),
        passes=reader.words("passes"),
        given=given_words(reader, {"format": values_of(ImageFormat)}),
        body=body_option(reader, RESERVED),
        promise=reader.promise(SeedPromise.BEST_EFFORT, SERVER_PROMISES),
        price=0.0 if price is None and is_private(reach.settings.base_url) else price,
        own=frozenset(options).difference(SUBJECT_FIELDS),
    )
    reader.done()
    return settings


def _capabilities_of(settings: _Settings) -> Capabilities:
    return Capabilities(
        seed=settings.promise,
        honors=settings.honors,
        price=settings.price,
        concurrency=settings.reach.settings.concurrency,
        choices={"format": values_of(ImageFormat)},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("openai-compatible", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> OpenAICompatible:
    return OpenAICompatible(name, _settings(name, options), root)


def _explain(_measure: bool) -> Explanation:
    tiers = [
        Tier("size", "any", "size: WIDTHxHEIGHT as asked; what came instead is recorded"),
        Tier("format", " ".join(ImageFormat), "output_format: as said"),
    ]
    tiers += [Tier(word, _named(word), _takers(word)) for word in SAID]
    notes = (
        "The server must be named by `base_url`; a key is sent only where `api_key_env` names one.",
        "Free at this machine and at a private address unless `price:` says otherwise; elsewhere the price is unknown.",
        "An image may come inside the reply or by a URL: on the server itself, or over https on the open internet.",
        "quality, style and background reach the model only where `passes:` or `body:` name them.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **_shared_options()}, tuple(tiers), notes)


def _named(word: str) -> str:
    """The fields that carry a word."""
    return " ".join(dict.fromkeys(server.fields[word] for server in SERVERS.values() if word in server.fields)) or "–"


def _takers(word: str) -> str:
    """The servers that take a word, and those that read it inside the prompt."""
    fields = ", ".join(name for name, server in SERVERS.items() if word in server.fields)
    inside = ", ".join(name for name, server in SERVERS.items() if word in server.inside)
    return "; ".join(part for part in (fields, f"inside the prompt: {inside}" if inside else "") if part)


def _shared_options() -> dict[str, str]:
    return {name: parsed for name, parsed in TRANSPORT_OPTIONS.items() if name not in OPTIONS}


ADAPTER = Adapter(
    "openai-compatible", "servers that speak OpenAI's images API, such as LocalAI, vllm-omni, sglang, sd-server",
    _capabilities, _create, _explain,
)  # fmt: skip
