"""``replicate``: models on Replicate, by its HTTP API: a prediction is created, polled, and cancelled when left."""

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from harness.errors import GenerationError
from harness.http import Call, Deadline
from harness.provider.adapter import Adapter
from harness.provider.hosted.slots import SlotOptions, SlotService
from harness.provider.options import Text
from harness.provider.protocol import Job, Output
from harness.provider.remote.address_option import Url
from harness.provider.remote.decoding import as_map, as_text, number, texts_of, unread
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.queued import STOPPED, Ticket, id_of, texts

ENDED = frozenset({"succeeded", "successful", "failed", *STOPPED})
"""States of a prediction that does not go on."""
SHORTEST_LIFE = 5
"""Seconds that a prediction is given at least before the service cancels it."""
_MODEL = re.compile(r"[\w.-]+/[\w.-]+")
_VERSION = re.compile(r"(?:[\w.-]+/[\w.-]+:)?([0-9a-f]{32,64})")
_SEED = re.compile(r"\bseed\b\W{0,4}(\d{1,20})", re.IGNORECASE)
_TIMES = ("created_at", "started_at", "completed_at")
_READ = frozenset(
    {"id", "model", "version", "input", "output", "logs", "error", "status", "metrics", "urls", "data_removed", *_TIMES}
)


class ReplicateOptions(SlotOptions):
    """Options of Replicate."""

    default_key_env = "REPLICATE_API_TOKEN"
    reserved = ("prompt",)
    reported = frozenset({"served_model", "version"})
    default_slots: ClassVar[dict[str, str]] = {
        "prompt": "prompt", "negative_prompt": "negative_prompt", "seed": "seed", "width": "width", "height": "height",
        "steps": "num_inference_steps", "guidance": "guidance_scale", "format": "output_format",
        "input_image": "image", "mask": "mask", "strength": "prompt_strength",
    }  # fmt: skip
    notes = (
        "Each model has inputs of its own, which its page lists: `slots` says where they differ from the usual names, "
        "`body` gives further ones, such as body: {num_outputs: 1}.",
        "A name (owner/name) is the newest version; owner/name:version stays the same. Both are recorded.",
        "Seed: sent where there is a slot for it; the one that the log of a prediction names is compared with it.",
        "Replicate reports seconds, not dollars, so costs are unknown: state `price:`.",
        "A prediction that runs out of time or is left is cancelled there; its own deadline is set to the time of the "
        "image, for one whose reply was lost.",
    )

    base_url: Url = "https://api.replicate.com/v1"
    """Where the service is."""
    model: Text = Field(examples=["black-forest-labs/flux-dev"])
    """owner/name, or owner/name:version, whose version stays the same."""


class Replicate(SlotService[ReplicateOptions]):
    """Predictions of one model."""

    kind = "replicate"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        recipe = job.recipe
        if recipe.request.ask is not None:
            raise GenerationError(self.name, "a prediction answers no questions", "name another provider")
        inputs = self.inputs(recipe)
        path, body = self._target(self._model(job))
        life = max(SHORTEST_LIFE, math.ceil(deadline.left()))
        call = Call("POST", path, json={**body, "input": inputs}, headers={"cancel-after": f"{life}s"}, resend=False)
        document, reply = self.queued(call, job, deadline, ticket_of, has_ended)
        return self.finished(read_prediction(document), reply, recipe, inputs, deadline)

    def _target(self, model: str) -> tuple[str, dict[str, Any]]:
        """Return the path of a prediction of a model, and what its body says beside the inputs."""
        if version := _VERSION.fullmatch(model):
            return "predictions", {"version": version[1]}
        if not _MODEL.fullmatch(model):
            hint = "such as `model: black-forest-labs/flux-dev`, or owner/name:version"
            raise GenerationError(self.name, f"{model!r:.80} is not the name of a model", hint)
        return f"models/{model}/predictions", {}


def ticket_of(document: Any, at: str = "") -> Ticket:
    """Return what follows a prediction that was created; ``at`` is before its path. Raises HttpError."""
    path = f"{at}predictions/{id_of(document)}"
    cancel = Call("POST", f"{path}/cancel", patient=False)
    return Ticket(Call("GET", path), cancel, ended=has_ended(document))


def has_ended(document: Any) -> bool:
    """Return whether a prediction does not go on."""
    return as_text(as_map(document).get("status")) in ENDED


def read_prediction(document: Any) -> ParsedReply:
    """Return what a prediction says. Its log is read for the seed that was used."""
    whole = as_map(document)
    output = whole.get("output")
    seed = _SEED.search(as_text(whole.get("logs")))
    named = {"served_model": whole.get("model"), "version": whole.get("version")}
    return ParsedReply(
        urls=texts(output),
        refusal="the prediction succeeded with an empty list of images" if output == [] else None,
        environment=texts_of(named),
        occasion={
            "id": whole.get("id"),
            "metrics": _metrics(whole.get("metrics")),
            **texts_of({name: whole.get(name) for name in _TIMES}),
            "unread": unread(whole, _READ) + unread(output, (), "output."),
        },
        echo={"seed": int(seed[1])} if seed else {},
    )


def _metrics(metrics: Any) -> Mapping[str, float]:
    return {name: value for name, value in as_map(metrics).items() if number(value) is not None}


ADAPTER = Adapter("replicate", "models on Replicate, by name or version", Replicate, ReplicateOptions)
