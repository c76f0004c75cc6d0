"""``automatic1111``: Stable Diffusion web UI and its forks (Forge, reForge), by their ``/sdapi/v1``.

One image a call, always with a seed of its own: -1, "choose one", is never sent. What the server says it used is held
against what was asked. A call that runs out of time or is cancelled is interrupted on the server, while it runs there.
"""

import re
from typing import Annotated, Any

from pydantic import Field

from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.http import Call, Deadline, HttpError, b64_image, error_text
from harness.provider.adapter import Adapter
from harness.provider.options import Concurrency, Text, Tier
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.quality_steps import QUALITY_STEPS, StepsOptions, overruled
from harness.provider.remote.address_option import Url
from harness.provider.remote.base import Remote
from harness.provider.remote.decoding import as_map, decoded, texts_of, unread
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.options import BodyOptions, ServerOptions
from harness.provider.remote.parsed_reply import ParsedReply, finished
from harness.provider.seed_choice import seed_for
from harness.provider.server.automatic1111_replies import HINT, Info, Reply
from harness.provider.server.automatic1111_task import interrupt, new_task
from harness.records import Recipe

HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "quality", "steps", "guidance", "sampler", "scheduler", "clip_skip",
    }
)  # fmt: skip
_ECHOED = {
    "seed": "seed",
    "steps": "steps",
    "guidance": "cfg_scale",
    "sampler": "sampler_name",
    "strength": "denoising_strength",
}
"""Common words and the fields by which the server reports what it used."""
_LISTED = "check `model`: the server lists its own at /sdapi/v1/sd-models"
_HINTS = (
    ("", 401, "check user:password in {key}"),
    ("Sampler", 404, "check `sampler`: the server lists its own at /sdapi/v1/samplers"),
    (r"^\W*Not Found$", 404, "start the server with --api"),
    (r"out ?of ?memory", None, "ask for a smaller size"),
    (r"model.*not found|not found.*model", None, _LISTED),
)
"""What the server says, with which status, and the hint."""


class Automatic1111Options(StepsOptions, BodyOptions, ServerOptions):
    """Options of a Stable Diffusion web UI."""

    auth = "basic"
    more_words = ("sampler", "scheduler", "clip_skip")
    reserved = (
        "prompt", "negative_prompt", "seed", "width", "height", "init_images", "mask", "batch_size", "n_iter",
        "send_images", "save_images", "force_task_id",
    )  # fmt: skip
    notes = (
        "Works with Forge and other forks that keep /sdapi/v1; the server must be started with --api.",
        "A seed is always sent; the reported seed, steps, guidance, sampler and size are compared with the request.",
        "An image that runs out of time or is cancelled is interrupted there while it runs, and nothing else: each has "
        "a task id of its own. Only on a server with --nowebui may it be another's, of the same kind of call.",
        "Free at this machine and at a private address unless `price:` says otherwise.",
    )

    base_url: Url = "http://127.0.0.1:7860"
    """Where the server is."""
    api_key_env: Text | None = None
    """The variable that holds user:password, where the server was started with --api-auth."""
    model: Text | None = None
    """The checkpoint, by its name or title; without it the one that the server has loaded."""
    sampler: Text | None = None
    """Such as Euler a or DPM++ 2M."""
    scheduler: Text | None = None
    """Such as Karras (servers from version 1.9 on)."""
    clip_skip: Annotated[int, Field(ge=1)] | None = None
    """Layers of the text encoder that are left out."""
    keep: bool = False
    """Whether the server keeps checkpoint and clip_skip of the last image: faster where all cases name the same."""
    concurrency: Concurrency = 1
    """How many images at a time."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            seed=self.promise,
            honors=HONORED,
            price=self.cost,
            concurrency=self.concurrency,
            choices={"quality": tuple(QUALITY_STEPS)},
            reports=frozenset({"version", "served_model", "weights", "vae", "vae_weights", "sampler", "scheduler"}),
        )

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (
            *(Tier("quality", name, f"steps: {count}", cost=0.0) for name, count in QUALITY_STEPS.items()),
            Tier("steps", "1 …", "steps"),
            Tier("guidance", "any", "cfg_scale"),
            Tier("strength", "0 … 1", "denoising_strength, with an image"),
            Tier("model", "a checkpoint", "override_settings.sd_model_checkpoint"),
            Tier("size", "any", "width, height"),
        )


class Automatic1111(Remote[Automatic1111Options]):
    """A Stable Diffusion web UI. It generates one image at a time."""

    kind = "automatic1111"
    cancel_time = 5.0

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, options = job.recipe, self.options
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "it answers no questions", "name another provider")
        if recipe.request.mask is not None and recipe.request.input_image is None:
            raise GenerationError(self.name, "a mask needs an image", "say `input_image:` in the case")
        seed = seed_for(job)
        task = new_task()
        fields = {**self._fields(recipe, seed), "force_task_id": task, **options.body}
        path = "sdapi/v1/txt2img" if recipe.request.input_image is None else "sdapi/v1/img2img"
        try:
            # what a server of one's own has generated in vain costs time alone
            call = Call("POST", path, json=fields, resend=options.cost == 0)
            reply = self.send(call, job, deadline)
        except HttpError as fault:
            if fault.kind == "timeout" or (fault.kind == "cancelled" and fault.possibly_billed):
                interrupt(self.transport, task, path.rpartition("/")[2], self.cancelling(deadline))
            raise
        document = decoded(reply.json(), Reply, HINT)
        if not document.images:
            message = error_text(reply.json())
            problem = f"the reply holds no image{': ' + message if message else ''}"
            raise GenerationError(self.name, problem, "see the log of the server", failover=False)
        data = b64_image(document.images[0])
        info = document.read_info()
        self._same_model(recipe.subject.model or options.model, info)
        parsed = ParsedReply(
            base64=tuple(document.images),
            environment=_environment(info),
            occasion={
                "job": info.job_timestamp,
                "seed": seed if recipe.request.seed is None else None,
                "infotext": next(iter(info.infotexts or ()), None),
                "unread": unread(reply.json(), ("images", "info", "parameters")),
            },
            echo=_echo(info),
        )
        return finished(
            parsed, reply, recipe, data=data, honors=HONORED, own=options.own,
            left_out=overruled(options.words(recipe)), price=options.cost,
            sent={word: fields[field] for word, field in _ECHOED.items() if field in fields},
        )  # fmt: skip

    def _fields(self, recipe: Recipe, seed: int) -> dict[str, Any]:
        request, options = recipe.request, self.options
        words = options.words(recipe)
        override = {
            "sd_model_checkpoint": recipe.subject.model or options.model,
            "CLIP_stop_at_last_layers": words.get("clip_skip"),
        }
        fields: dict[str, Any] = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "seed": seed,
            "width": request.width,
            "height": request.height,
            "steps": options.steps_of(words),
            "cfg_scale": words.get("guidance"),
            "sampler_name": words.get("sampler"),
            "scheduler": words.get("scheduler"),
            "override_settings": {name: value for name, value in override.items() if value is not None} or None,
            "override_settings_restore_afterwards": not options.keep,
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

    def _same_model(self, asked: str | None, info: Info) -> None:
        """Raise GenerationError when another checkpoint generated: a server generates with its own where it does not
        know the name."""
        served, digest = info.sd_model_name, info.sd_model_hash
        if asked is None or not served or (digest and digest in asked):
            return
        if _stem(served).lower() != _stem(asked).lower():
            problem = f"the server generated with the checkpoint `{served}`, not with `{asked}`"
            raise GenerationError(self.name, problem, _LISTED, failover=False)

    def _fault(self, fault: HttpError, job: Job, deadline: Deadline) -> GenerationError:
        made = super()._fault(fault, job, deadline)
        if isinstance(made, (GenerationTimeoutError, GenerationCancelledError)):
            return made
        detail = as_map(fault.detail)
        message = " ".join(str(detail.get(key) or "") for key in ("error", "errors", "detail"))
        key = self.options.key_env or "the variable that `api_key_env:` names"
        hints = (
            h for p, status, h in _HINTS if status in (None, fault.status) and re.search(p, message, re.IGNORECASE)
        )
        hint = next(hints, None)
        if hint is None:
            return made
        problem = made.problem
        if (fault.status or 0) >= 500 and detail.get("errors"):
            problem = f"status {fault.status}: {detail.get('error')}: {detail['errors']}"
        hint = hint.format(key=key)
        return GenerationError(self.name, problem, hint, possibly_billed=made.possibly_billed, failover=made.failover)


def _stem(checkpoint: str) -> str:
    """Return the bare name: ``sd/v1-5.safetensors [6ce0161689]`` → ``v1-5``."""
    name = checkpoint.partition(" [")[0].replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".safetensors").removesuffix(".ckpt")


def _echo(info: Info) -> dict[str, Any]:
    found = {word: getattr(info, field) for word, field in _ECHOED.items()}
    if info.all_seeds:
        found["seed"] = info.all_seeds[0]
    return {word: value for word, value in found.items() if value is not None}


def _environment(info: Info) -> dict[str, str]:
    found = {
        "version": info.version,
        "served_model": info.sd_model_name,
        "weights": info.sd_model_hash,
        "vae": info.sd_vae_name,
        "vae_weights": info.sd_vae_hash,
        "sampler": info.sampler_name,
        "scheduler": (info.extra_generation_params or {}).get("Schedule type"),
    }
    return texts_of(found)


ADAPTER = Adapter("automatic1111", "Stable Diffusion web UI and Forge", Automatic1111, Automatic1111Options)
