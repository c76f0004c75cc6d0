"""``huggingface``: models of the hub, at one of its seven vendors of images, through its router.

The helpers of ``huggingface_hub`` give each vendor's request its shape; our own transport sends it, and alone has the
key. Which name a model has at a vendor is read from the hub once.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.errors import GenerationError
from harness.http import Call, Deadline, HttpError, Reply
from harness.provider.adapter import Adapter
from harness.provider.hosted.huggingface_request import IMAGE_TO_IMAGE, TEXT_TO_IMAGE, need_hub, vendor_call
from harness.provider.hosted.huggingface_vendors import VENDORS
from harness.provider.options import Text, Tier, one_of
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.address_option import Url
from harness.provider.remote.chat import SERVED
from harness.provider.remote.decoding import as_list, as_map, as_text
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.parsed_reply import ParsedReply, finished, image_of
from harness.provider.remote.queued import QueuedService, QueueOptions
from harness.provider.remote.service import unfaulted
from harness.vocabulary import SeedPromise

WORDS = {
    "negative_prompt": "negative_prompt",
    "seed": "seed",
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
}
"""Words and the parameters of the hub's client that carry them."""


class HuggingFaceOptions(QueueOptions):
    """Options of the hub's vendors."""

    default_key_env = "HF_TOKEN"
    reserved = ("prompt", "inputs", "model", *WORDS.values(), "width", "height", "target_size")
    notes = (
        "Needs the extra: pip install 'image-harness[huggingface]'.",
        "The vendor is named, never chosen by the hub: another one is another model. The name of the model there is "
        "recorded as served_model.",
        "What the helper of a vendor does not send (nscale: steps) is recorded as omitted. An input image is taken by "
        f"{', '.join(name for name, vendor in VENDORS.items() if vendor.edits)}.",
        "Seed: sent; the one that a reply names is compared with it.",
        "The router says nothing of costs, so they are unknown: state `price:`.",
        "A job that fal-ai or replicate has queued is cancelled there when it runs out of time or is left; wavespeed "
        "and zai-org are not known to take that through the router.",
    )

    base_url: Url = "https://router.huggingface.co"
    """Where the router is."""
    hub_url: Url = "https://huggingface.co"
    """Where the hub is; it is asked once, without the key, for the name of the model at the vendor."""
    vendor: Annotated[str, *one_of(VENDORS)] = Field(examples=["together"])
    """Who generates: fal-ai, hf-inference, nscale, replicate, together, wavespeed or zai-org."""
    model: Text = Field(examples=["black-forest-labs/FLUX.1-dev"])
    """The model by its name on the hub."""
    vendor_model: Text | None = None
    """The name of `model` at the vendor, so that the hub is not asked."""

    @property
    def honors(self) -> frozenset[str]:
        """The words that the hub's client has parameters for."""
        images = {"input_image"} if VENDORS[self.vendor].edits else set()
        return frozenset({"prompt", "size", "model", *WORDS, *images})

    @property
    def capabilities(self) -> Capabilities:
        reports = frozenset({"version", *SERVED})
        return Capabilities(SeedPromise.BEST_EFFORT, self.honors, self.price, self.concurrency, reports=reports)

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        size = "width and height as the vendor names them; the actual size is recorded if it differs"
        words = (Tier(word, "any", f"{name}, as the vendor names it") for word, name in WORDS.items())
        return (Tier("size", "any", size), *words)


class HuggingFace(QueuedService[HuggingFaceOptions]):
    """One vendor of the hub."""

    kind = "huggingface"

    def __init__(self, name: str, options: HuggingFaceOptions, root: Path) -> None:
        super().__init__(name, options, root)
        self._asking = threading.Lock()
        self._entries: dict[str, Mapping[str, Any]] = {}

    def ready(self) -> None:
        """Read the key. Raises MissingKeyError, or MissingExtraError."""
        super().ready()
        need_hub()

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, options, vendor = job.recipe, self.options, VENDORS[self.options.vendor]
        request, model = recipe.request, self._model(job)
        if request.ask is not None:
            raise GenerationError(self.name, "these vendors are asked for images alone", "name another provider")
        image = None if request.input_image is None else sent_image(self.name, request.input_image)
        entry = self._entry(model, TEXT_TO_IMAGE if image is None else IMAGE_TO_IMAGE, deadline)
        stated = {**options.words(recipe), "seed": request.seed, "negative_prompt": request.negative_prompt or None}
        words = {name: stated[word] for word, name in WORDS.items() if stated.get(word) is not None}
        shape: dict[str, Any] = {"width": request.width, "height": request.height}
        if image is not None and vendor.edit_size != "sides":
            shape = {} if vendor.edit_size is None else {vendor.edit_size: shape}
        parameters = {**words, **shape, **options.body}
        call, unsent = vendor_call(self.name, options.vendor, entry, request.prompt, parameters, image)
        parsed, reply, data = self._answered(call, job, deadline)
        named = {"served_model": as_text(entry.get("providerId")), **parsed.environment}
        parsed = replace(parsed, environment=named)
        said = {name: word for word, name in WORDS.items()} | dict.fromkeys(shape, "size")
        unsized = [] if shape else ["size"]
        return finished(
            parsed,
            reply,
            recipe,
            data=data or image_of(self.name, parsed, self.fetched(deadline)),
            honors=options.honors,
            own=options.own,
            sent={} if request.seed is None else {"seed": request.seed},
            left_out={*unsized, *(said.get(name, name) for name in unsent)},
            price=options.price,
        )

    def _answered(self, call: Call, job: Job, deadline: Deadline) -> tuple[ParsedReply, Reply, bytes]:
        """Return the parsed reply to a request, its reply, and the image where it is the whole reply."""
        vendor = VENDORS[self.options.vendor]
        if vendor.ticket is not None:
            document, reply = self.queued(call, job, deadline, vendor.ticket, vendor.ended)
            return vendor.read(document), reply, b""
        reply = self.send(replace(call, accept="image/png" if vendor.whole else None), job, deadline)
        if vendor.whole and reply.headers.get("content-type", "").startswith("image/"):
            return ParsedReply(), reply, reply.body
        return vendor.read(unfaulted(reply.json())), reply, b""

    def _entry(self, model: str, task: str, deadline: Deadline) -> Mapping[str, Any]:
        """Return the hub's mapping of a model to the vendor. Raises HttpError, or GenerationError where it has none for
        the task."""
        options = self.options
        if options.vendor_model is not None and model == options.model:
            return {"hf_model_id": model, "providerId": options.vendor_model, "status": "live", "task": task}
        with self._asking:
            found = self._entries.get(model)
            if found is None:
                found = self._entries[model] = self._mapped(model, deadline)
        if found.get("task") != task:
            problem = f"the hub has {model} at {options.vendor} for `{found.get('task')}`, not for `{task}`"
            raise GenerationError(self.name, problem, "name another `model`")
        return found

    def _mapped(self, model: str, deadline: Deadline) -> Mapping[str, Any]:
        """Ask the hub. Raises HttpError or GenerationError."""
        from harness.http import Transport

        options = self.options
        settings = replace(options.transport, base_url=options.hub_url, auth=None, headers={})
        hub = Transport(self.name, settings)
        try:
            call = Call("GET", f"api/models/{model}", params={"expand": "inferenceProviderMapping"})
            rows = as_list(as_map(hub.request(call, deadline).json()).get("inferenceProviderMapping"))
        except HttpError as fault:
            if fault.status in (401, 404):
                fault.problem = f"{fault.problem} (model {model})"
            raise
        finally:
            hub.close()
        known = {as_text(as_map(row).get("provider")): as_map(row) for row in rows}
        entry = known.get(options.vendor, {})
        if not as_text(entry.get("providerId")):
            has = ", ".join(sorted(name for name in known if name in VENDORS))
            hint = f"set `vendor` to one that the hub lists for this model: {has}" if has else "name another `model`"
            raise GenerationError(self.name, f"the hub lists no {model} at {options.vendor}", hint)
        return {**entry, "hf_model_id": model}


ADAPTER = Adapter("huggingface", "models of Hugging Face's hub, at the vendor named", HuggingFace, HuggingFaceOptions)
