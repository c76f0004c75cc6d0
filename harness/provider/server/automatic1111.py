"""``automatic1111``: Stable Diffusion web UI and its forks (Forge, reForge), by their ``/sdapi/v1``.

One image a call, always with a seed of its own: -1, "choose one", is never sent. What the server says it used is held
against what was asked. A call that runs out of time is interrupted on the server.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GenerationError, GenerationTimeoutError
from harness.http import Call, Deadline, HttpError, b64_image, decode_json, error_text, is_private
from harness.provider import quality_steps
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.base import Hosted, Reach, hosted_settings
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.parsed_reply import clamped
from harness.provider.remote.words import body_option, flag, words_of
from harness.provider.seed_choice import seed_for
from harness.records import Recipe
from harness.vocabulary import SERVER_PROMISES, SUBJECT_FIELDS, TRANSPORT_OPTIONS, SeedPromise

DEFAULT_URL = "http://127.0.0.1:7860"
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "quality", "steps", "guidance", "sampler", "scheduler", "clip_skip",
    }
)  # fmt: skip
RESERVED = (
    "prompt", "negative_prompt", "seed", "width", "height", "init_images", "mask", "batch_size", "n_iter",
    "send_images", "save_images",
)  # fmt: skip
"""Fields that ``body`` cannot set."""
CANCEL_TIME = 5.0
OPTIONS: Mapping[str, str] = {
    "base_url": f"where the server is; default {DEFAULT_URL}",
    "api_key_env": "the variable that holds user:password, where the server was started with --api-auth",
    "model": "the checkpoint, by its name or title; without it the one that the server has loaded",
    "sampler": "such as Euler a or DPM++ 2M",
    "scheduler": "such as Karras (servers from version 1.9 on)",
    "clip_skip": "layers of the text encoder that are left out",
    "quality_steps": quality_steps.OPTION,
    "keep": "true (default false): the server keeps checkpoint and clip_skip of the last image: faster where all "
    "cases name the same",
    "body": "more fields of every request, such as {tiling: true}",
    "promise": "what its seed promises: none, best-effort (default) or exact-per-environment",
}
_ECHOED = {
    "seed": "seed",
    "steps": "steps",
    "guidance": "cfg_scale",
    "sampler": "sampler_name",
    "strength": "denoising_strength",
}
"""Common words and the fields by which the server tells what it used."""


@dataclass(frozen=True, slots=True)
class _Settings:
    reach: Reach
    given: Mapping[str, Any]
    quality_steps: Mapping[str, int]
    keep: bool
    body: Mapping[str, Any]
    promise: SeedPromise
    price: float | None
    own: frozenset[str]


class Automatic1111(Hosted):
    """A Stable Diffusion web UI. It generates one image at a time."""

    kind = "automatic1111"

    def __init__(self, name: str, settings: _Settings, root: Path) -> None:
        super().__init__(name, settings.reach, _capabilities_of(settings), root)
        self._settings = settings

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, settings = job.recipe, self._settings
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "it answers no questions", "name another provider")
        if recipe.request.mask is not None and recipe.request.input_image is None:
            raise GenerationError(self.name, "a mask needs an image", "say `input_image:` in the case")
        seed = seed_for(job)
        fields = {**self._fields(recipe, seed), **settings.body}
        path = "sdapi/v1/txt2img" if recipe.request.input_image is None else "sdapi/v1/img2img"
        try:
            # what a server of one's own has generated in vain costs time alone
            reply = self.send(Call("POST", path, json=fields, resend=settings.price == 0), job, deadline)
        except HttpError as fault:
            if fault.kind == "timeout":
                self._interrupt(path)
            raise
        document = reply.json()
        data = self._image(document)
        info = _info(document)
        self._same_model(recipe.subject.model or settings.given.get("model"), info)
        environment = _environment(info)
        asked = {word: fields[field] for word, field in _ECHOED.items() if field in fields}
        if changed := clamped(recipe, _echo(info), asked, data):
            environment["clamped"] = changed
        occasion = {
            **reply.story(),
            "job": info.get("job_timestamp"),
            "seed": seed if recipe.request.seed is None else None,
            "infotext": next(iter(info.get("infotexts") or ()), None),
            "images": len(document["images"]) if len(document["images"]) > 1 else None,
        }
        environment["reply"] = {name: value for name, value in occasion.items() if value not in (None, "")}
        left_out = omitted(recipe, HONORED, settings.own)
        left_out += quality_steps.overruled(words_of(recipe, settings.given))
        environment = with_omissions(environment, sorted(left_out))
        return Output(data, environment, reply.seconds, settings.price)

    def _fields(self, recipe: Recipe, seed: int) -> dict[str, Any]:
        request, settings = recipe.request, self._settings
        words = words_of(recipe, settings.given)
        options = {
            "sd_model_checkpoint": recipe.subject.model or settings.given.get("model"),
            "CLIP_stop_at_last_layers": words.get("clip_skip"),
        }
        fields: dict[str, Any] = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "seed": seed,
            "width": request.width,
            "height": request.height,
            "steps": quality_steps.steps_of(words, settings.quality_steps),
            "cfg_scale": words.get("guidance"),
            "sampler_name": words.get("sampler"),
            "scheduler": words.get("scheduler"),
            "override_settings": {name: value for name, value in options.items() if value is not None} or None,
            "override_settings_restore_afterwards": not settings.keep,
            "batch_size": 1,
            "n_iter": 1,
            "send_images": True,
            "save_images": False,
        }
        if request.input_image is not None:
            fields["init_images"] = [sent_image(self.name, request.input_image).base64()]
            fields["denoising_strength"] = request.strength
        if request.mask is not None:
            # white is generated again, from what is there, and the rest stays as it is
            fields |= {"mask": sent_image(self.name, request.mask).base64(), "inpainting_fill": 1,
                       "inpaint_full_res": False, "mask_blur": 0}  # fmt: skip
        return {name: value for name, value in fields.items() if value is not None}

    def _image(self, document: Any) -> bytes:
        images = document.get("images") if isinstance(document, Mapping) else None
        if not isinstance(images, list) or not images or not isinstance(images[0], str):
            value = error_text(document)
            problem = f"the reply holds no image{': ' + value if value else ''}"
            raise GenerationError(self.name, problem[:300], "see the log of the server", failover=False)
        return b64_image(images[0])

    def _same_model(self, asked: str | None, info: Mapping[str, Any]) -> None:
        """Raise GenerationError when another checkpoint generated: a server generates with its own where it does not
        know the name."""
        served, digest = str(info.get("sd_model_name") or ""), str(info.get("sd_model_hash") or "")
        if asked is None or not served or (digest and digest in asked):
            return
        if _stem(served).lower() != _stem(asked).lower():
            problem = f"the server generated with the checkpoint `{served}`, not with `{asked}`"
            hint = "check `model`: the server lists its own at /sdapi/v1/sd-models"
            raise GenerationError(self.name, problem, hint, failover=False)

    def _interrupt(self, path: str) -> None:
        """Stop what the server generates, when that is an image of this kind of call."""
        deadline = Deadline.after(CANCEL_TIME)
        # the generate has failed already: whether the server heard of it changes nothing
        with contextlib.suppress(HttpError):
            params = {"skip_current_image": "true"}
            call = Call("GET", "sdapi/v1/progress", params=params, patient=False)
            value = self.transport.request(call, deadline).json()
            state = value.get("state") if isinstance(value, Mapping) else None
            job = state.get("job") if isinstance(state, Mapping) else None
            other = "img2img" if path.endswith("txt2img") else "txt2img"
            if not isinstance(state, Mapping) or not state.get("job_count") or other in str(job):
                return
            self.transport.request(Call("POST", "sdapi/v1/interrupt", patient=False), deadline)

    def _fault(self, fault: HttpError, job: Job, deadline: Deadline) -> GenerationError:
        made = super()._fault(fault, job, deadline)
        detail = fault.detail if isinstance(fault.detail, Mapping) else {}
        said = " ".join(str(detail.get(key) or "") for key in ("error", "errors", "detail"))
        if isinstance(made, GenerationTimeoutError):
            return made
        if fault.status == 401:
            hint = f"check user:password in {self.reach.key_env or 'the variable that `api_key_env:` names'}"
        elif fault.status == 404 and "detail" in detail and "Sampler" in said:
            hint = "check `sampler`: the server lists its own at /sdapi/v1/samplers"
        elif fault.status == 404 and str(detail.get("detail")) == "Not Found":
            hint = "start the server with --api"
        elif "out of memory" in said.lower() or "OutOfMemory" in said:
            hint = "ask for a smaller size"
        elif "model" in said.lower() and "not found" in said.lower():
            hint = "check `model`: the server lists its own at /sdapi/v1/sd-models"
        else:
            return made
        problem = made.problem
        if fault.status is not None and fault.status >= 500 and detail.get("errors"):
            problem = f"status {fault.status}: {detail.get('error')}: {detail['errors']}"
        return GenerationError(self.name, problem, hint, possibly_billed=made.possibly_billed, failover=made.failover)


def _stem(checkpoint: str) -> str:
    """The bare name: ``sd/v1-5.safetensors [6ce0161689]`` → ``v1-5``."""
    name = checkpoint.partition(" [")[0].replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".safetensors").removesuffix(".ckpt")


def _info(document: Any) -> Mapping[str, Any]:
    """What the server tells of the image: JSON inside the JSON."""
    info = document.get("info") if isinstance(document, Mapping) else None
    with contextlib.suppress(HttpError):
        info = decode_json(info.encode()) if isinstance(info, str) else info
    return info if isinstance(info, Mapping) else {}


def _echo(info: Mapping[str, Any]) -> dict[str, Any]:
    """What the server says it used, by common word."""
    found = {word: info.get(field) for word, field in _ECHOED.items()}
    seeds = info.get("all_seeds")
    if isinstance(seeds, list) and seeds:
        found["seed"] = seeds[0]
    return {word: value for word, value in found.items() if value is not None}


def _environment(info: Mapping[str, Any]) -> dict[str, Any]:
    value = {
        "version": info.get("version"),
        "served_model": info.get("sd_model_name"),
        "weights": info.get("sd_model_hash"),
        "vae": info.get("sd_vae_name"),
        "vae_weights": info.get("sd_vae_hash"),
        "sampler": info.get("sampler_name"),
        "scheduler": (info.get("extra_generation_params") or {}).get("Schedule type")
        if isinstance(info.get("extra_generation_params"), Mapping)
        else None,
    }
    return {name: value for name, value in value.items() if value not in (None, "")}


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    reach = hosted_settings(reader, base_url=DEFAULT_URL, key_env=None, auth="basic", key_needed=False, concurrency=1)
    given = {word: reader.anything(word) for word in sorted({*SUBJECT_FIELDS, "clip_skip"})}
    given |= {word: reader.text(word) for word in ("model", "sampler", "scheduler")}
    price = reader.number("price")
    settings = _Settings(
        reach=reach,
        given={word: value for word, value in given.items() if value is not None},
        quality_steps=quality_steps.quality_steps(reader),
        keep=flag(reader, "keep"),
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
        honors=HONORED,
        price=settings.price,
        concurrency=settings.reach.settings.concurrency,
        choices={"quality": tuple(settings.quality_steps)},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("automatic1111", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> Automatic1111:
    return Automatic1111(name, _settings(name, options), root)


def _explain(_measure: bool) -> Explanation:
    tiers = [Tier("quality", name, f"steps: {count}", None, 0.0) for name, count in quality_steps.QUALITY_STEPS.items()]
    tiers += [
        Tier("steps", "1 …", "steps"),
        Tier("guidance", "any", "cfg_scale"),
        Tier("strength", "0 … 1", "denoising_strength, with an image"),
        Tier("model", "a checkpoint", "override_settings.sd_model_checkpoint"),
        Tier("size", "any", "width, height"),
    ]
    notes = (
        "Works with Forge and other forks that keep /sdapi/v1; the server must be started with --api.",
        "A seed is always sent; what the server tells of seed, steps, guidance, sampler and size is compared with what "
        "was asked.",
        "An image that runs out of time is interrupted there: on a server that others use too, it may be theirs.",
        "Free at this machine and at a private address unless `price:` says otherwise.",
    )
    shared = {name: value for name, value in TRANSPORT_OPTIONS.items() if name not in OPTIONS}
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**OPTIONS, **shared}, tuple(tiers), notes)


ADAPTER = Adapter("automatic1111", "Stable Diffusion web UI and Forge", _capabilities, _create, _explain)
