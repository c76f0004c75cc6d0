"""``fal``: models on fal, by its queue: a request is submitted, polled, its result fetched, and cancelled when left."""

import re
from typing import Any, ClassVar

from pydantic import Field

from harness.errors import GenerationError
from harness.http import Call, Deadline, HttpError, error_text
from harness.provider.adapter import Adapter
from harness.provider.hosted.slots import SlotOptions, SlotService
from harness.provider.options import Text
from harness.provider.protocol import Job, Output
from harness.provider.remote.address_option import Url
from harness.provider.remote.decoding import as_list, as_map, as_text, unread
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.queued import Ticket, id_of, path_of
from harness.provider.remote.refusal import first_line

COMPLETED = "COMPLETED"
UNITS = "x-fal-billable-units"
"""The header that says how many units of the model's price a result took."""
START = "x-fal-request-timeout"
"""The header that says how many seconds a request may wait before it begins."""
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)+")
_READ = frozenset({"images", "image", "seed", "has_nsfw_concepts", "prompt", "timings"})
_IMAGE = frozenset({"url", "width", "height", "content_type", "file_name", "file_size"})


class FalOptions(SlotOptions):
    """Options of fal's queue."""

    auth = "Key"
    default_key_env = "FAL_KEY"
    reserved = ("prompt",)
    default_slots: ClassVar[dict[str, str]] = {
        "prompt": "prompt", "negative_prompt": "negative_prompt", "seed": "seed", "size": "image_size",
        "steps": "num_inference_steps", "guidance": "guidance_scale", "format": "output_format",
        "input_image": "image_url", "mask": "mask_url", "strength": "strength",
    }  # fmt: skip
    notes = (
        "Each model has inputs of its own, which its page lists: `slots` says where they differ from the usual names, "
        "`body` gives further ones, such as body: {num_images: 1}.",
        "Size: image_size: {width, height}; for a model that takes shapes slots: {size: false, aspect_ratio: "
        "aspect_ratio}.",
        "Seed: sent where there is a slot for it; the one that the result names is compared with it.",
        "fal reports units, not dollars, so costs are unknown: state `price:`.",
        "An image that its safety checker flags (has_nsfw_concepts) is a refusal.",
        "A request that runs out of time or is left is cancelled there, and none waits longer than the time of its "
        "image.",
    )

    base_url: Url = "https://queue.fal.run"
    """Where the queue is."""
    model: Text = Field(examples=["fal-ai/flux/dev"])
    """The model with its path, such as fal-ai/flux/dev."""


class Fal(SlotService[FalOptions]):
    """Requests of one model."""

    kind = "fal"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe, model = job.recipe, self._model(job)
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "a model on fal answers no questions", "name another provider")
        if not _MODEL.fullmatch(model):
            hint = "such as `model: fal-ai/flux/dev`"
            raise GenerationError(self.name, f"{model!r:.80} is not the name of a model", hint)
        inputs = self.inputs(recipe)
        # the service takes no wait of a second or less
        waits = {START: f"{deadline.left():.1f}"} if deadline.left() > 2 else {}
        call = Call("POST", model, json=inputs, headers=waits, resend=False)
        reported: dict[str, Any] = {}

        def ticket(document: Any) -> Ticket:
            reported["id"] = id_of(document, "request_id")
            return ticket_of(document)

        def ended(state: Any) -> bool:
            reported["metrics"] = as_map(state).get("metrics")
            return has_ended(state)

        document, reply = self.queued(call, job, deadline, ticket, ended)
        parsed = read_result(document, {**reported, "billable_units": reply.headers.get(UNITS)})
        return self.finished(parsed, reply, recipe, inputs, deadline)

    def sized(self, width: int, height: int) -> Any:
        return {"width": width, "height": height}


def ticket_of(document: Any, at: str = "", query: str = "") -> Ticket:
    """Return what follows a request that was queued; ``at`` is before its paths, ``query`` after. Raises HttpError."""
    names = ("status_url", "cancel_url", "response_url")
    look, cancel, result = (f"{at}{path_of(as_map(document).get(name), name)}{query}" for name in names)
    return Ticket(Call("GET", look), Call("PUT", cancel, patient=False), Call("GET", result))


def has_ended(document: Any) -> bool:
    """Return whether a request is over. Raises HttpError for a state that the queue is not known to have, which would
    be polled until the time is over."""
    state = as_text(as_map(document).get("status"))
    if state not in ("IN_QUEUE", "IN_PROGRESS", COMPLETED):
        reason = first_line(error_text(document)) or "it gives no reason"
        raise HttpError("server", f"the job is in the state `{state}`: {reason}", "generate it again",
                        detail=document, possibly_billed=True)  # fmt: skip
    return state == COMPLETED


def read_result(document: Any, occasion: dict[str, Any]) -> ParsedReply:
    """Return what a result says: images, the seed that was used, and which images the safety checker flagged."""
    whole = as_map(document)
    images = [as_map(image) for image in as_list(whole.get("images")) or [whole.get("image")]]
    urls = tuple(filter(None, (as_text(image.get("url")) for image in images)))
    flagged = next(iter(as_list(whole.get("has_nsfw_concepts"))), None) is True
    seed = whole.get("seed")
    return ParsedReply(
        urls=() if flagged else urls,
        refusal="the safety checker flagged the image (has_nsfw_concepts)" if flagged else None,
        occasion={
            **occasion,
            "timings": whole.get("timings"),
            "unread": unread(whole, _READ) + unread(next(iter(images), None), _IMAGE, "images."),
        },
        echo={"seed": seed} if isinstance(seed, int) and not isinstance(seed, bool) else {},
    )


ADAPTER = Adapter("fal", "models on fal, by its queue", Fal, FalOptions)
