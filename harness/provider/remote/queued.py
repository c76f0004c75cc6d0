"""Services that take a job and give its result later: submitted, polled, and cancelled when nobody waits for it."""

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from harness.errors import FieldError, GenerationError, nearest
from harness.http import Call, Deadline, HttpError, Reply, reported_error
from harness.provider.hosted.geometry import RATIOS, nearest_aspect
from harness.provider.options import Text, Tier
from harness.provider.protocol import Capabilities, Job
from harness.provider.remote.base import R
from harness.provider.remote.decoding import as_map, as_text
from harness.provider.remote.input_images import Sent, sent_image
from harness.provider.remote.options import BodyOptions
from harness.provider.remote.polling import Poller
from harness.provider.remote.service import Service, unfaulted
from harness.records import InputImage, Recipe
from harness.vocabulary import SUBJECT_FIELDS, SeedPromise

STOPPED = frozenset({"canceled", "cancelled", "aborted"})
"""States of a job, in lower case, that ended before its result and without an error."""
SIDES = ("width", "height")
WORDS = ("prompt", "negative_prompt", "seed", *SIDES, "size", "aspect_ratio", "input_image", "mask", "strength")
"""What beside the settings of the common vocabulary a slot may carry."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HINT = "check `base_url`: something else than the service may be answering there"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job that a service took. ``look`` asks for its state, ``cancel`` ends it (None: the service cannot), ``fetch``
    gets the result of one that ended (None: its state has it); ``ended``: it was over when it was taken."""

    look: Call
    cancel: Call | None = None
    fetch: Call | None = None
    ended: bool = False


class SlotOptions(BodyOptions):
    """Options of services whose models each name their inputs in their own way."""

    default_slots: ClassVar[dict[str, str]] = {}
    """The input of each word where the options name no other."""

    slots: dict[Text, Text | Literal[False]] = Field(default_factory=dict)
    """Inputs of the model by the word they carry, where they differ from those listed below, such as {steps: num_steps,
    width: false, height: false, aspect_ratio: aspect_ratio}; false: the model has no such input. Words: prompt, seed,
    negative_prompt, width, height, size, aspect_ratio, input_image, mask, strength, and any setting of the suite."""
    poll: Annotated[float, Field(ge=0.001)] = 0.5
    """Seconds before the first look at a job; each wait is longer than the one before, up to 3."""

    @field_validator("slots")
    @classmethod
    def _needs_prompt(cls, slots: dict[str, str | Literal[False]]) -> dict[str, str | Literal[False]]:
        if slots.get("prompt") is False:
            raise FieldError("`prompt` needs an input", "name it, such as prompt: text", ["prompt"])
        for name in slots:
            if name in cls.model_fields and name not in (*SUBJECT_FIELDS, *WORDS):
                raise FieldError(f"no slot can be called `{name}`: it is an option", nearest(name, WORDS), [name])
        return slots

    @property
    def inputs(self) -> dict[str, str]:
        """The input of the model by each word that has one."""
        stated = {**self.default_slots, **self.slots}
        return {word: name for word, name in stated.items() if name is not False}

    @property
    def honors(self) -> frozenset[str]:
        """The words that reach the model."""
        words = frozenset(self.inputs)
        sized = words & {"size", "aspect_ratio"} or words.issuperset(SIDES)
        return words.difference(SIDES, {"aspect_ratio"}) | ({"size"} if sized else set()) | {"model"}

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            seed=SeedPromise.BEST_EFFORT if "seed" in self.inputs else SeedPromise.NONE,
            honors=self.honors,
            price=self.price,
            concurrency=self.concurrency,
            reports=self.reported,
        )

    reported: ClassVar[frozenset[str]] = frozenset()
    """Names of what the environment of an image can hold."""

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        sized = [word for word in (*SIDES, "size") if word in cls.default_slots]
        named = " ".join(cls.default_slots[word] for word in sized)
        size = Tier("size", "any", f"{named}: as asked; the actual size is recorded if it differs")
        others = (word for word in cls.default_slots if word not in (*sized, "prompt"))
        return (size, *(Tier(word, "any", f"{cls.default_slots[word]}: passed unchanged") for word in others))


class QueuedService(Service[R]):
    """Base of the adapters of services with a queue. A job that is left behind is cancelled there."""

    cancel_time = 5.0

    def __init__(self, name: str, options: R, root: Path) -> None:
        super().__init__(name, options, root)
        self._poller = Poller()

    def close(self) -> None:
        """Cancel what is still running there, and close the connections."""
        poller, self._poller = self._poller, Poller()
        poller.close()
        super().close()

    def queued(
        self,
        call: Call,
        job: Job,
        deadline: Deadline,
        ticket: Callable[[Any], Ticket],
        ended: Callable[[Any], bool],
        *,
        interval: float,
    ) -> tuple[Any, Reply]:
        """Return the result of a job that ended without an error, and the reply that took the job, with the headers of
        the result.

        ``ticket`` reads what the service answers to ``call``, ``ended`` says of a state whether the job is over.
        Raises HttpError or GenerationError: an error that the job ended with, or one on the way.
        """
        begun = time.perf_counter()
        taken: list[Reply] = []

        def submit() -> Ticket:
            try:
                reply = self.send(call, job, deadline)
            except HttpError as fault:
                if fault.status == 404:
                    fault.problem = f"{fault.problem} (model {self._model(job)})"
                raise
            taken.append(reply)
            return ticket(finished_job(unfaulted(reply.json())))

        def poll(known: Ticket) -> Reply | None:
            if known.ended:
                return taken[0]
            state = self.after(known.look, deadline)
            if not ended(state.json()):
                return None
            if known.fetch is None:
                return state
            failed = reported_error(state.json()) is not None
            result = self.after(replace(known.fetch, resend=not failed), deadline)
            return state if failed else result

        def cancel(known: Ticket) -> None:
            if known.cancel is not None:
                self.transport.request(known.cancel, self.cancelling(deadline))

        last = self._poller.run(submit, poll, cancel, deadline=deadline, interval=interval)
        first, seconds = taken[0], time.perf_counter() - begun
        document = finished_job(unfaulted(last.json()))
        return document, replace(first, headers={**first.headers, **last.headers}, seconds=seconds)

    def after(self, call: Call, deadline: Deadline) -> Reply:
        """Make a call about a job that was taken; after its failure no other provider may be asked instead."""
        try:
            return self.transport.request(call, deadline)
        except HttpError as fault:
            fault.possibly_billed = True
            late = fault.kind == "timeout" and not deadline.left()
            if fault.kind == "cancelled" or late or self._is_refusal(fault):
                raise
            problem = f"the job was queued, then: {fault}"
            raise GenerationError(self.name, problem, fault.hint, possibly_billed=True, failover=False) from None

    def slotted(self, recipe: Recipe, inputs: dict[str, str]) -> dict[str, Any]:
        """Return the inputs of the model for a recipe, by its names. Raises GenerationError for an input image that
        cannot be read."""
        request = recipe.request
        values = {
            **self.options.words(recipe),
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or None,
            "seed": request.seed,
            "width": request.width,
            "height": request.height,
            "size": self.sized(request.width, request.height),
            "aspect_ratio": nearest_aspect(request.width, request.height, RATIOS),
            "strength": request.strength,
            **{
                word: self._data_url(getattr(request, word) if word in inputs else None)
                for word in ("input_image", "mask")
            },
        }
        return {inputs[word]: value for word, value in values.items() if word in inputs and value is not None}

    def sized(self, width: int, height: int) -> Any:
        """Return the value of the slot ``size``."""
        return f"{width}x{height}"

    def _data_url(self, image: InputImage | None) -> str | None:
        return None if image is None else self._sent(image).data_url()

    def _sent(self, image: InputImage) -> Sent:
        return sent_image(self.name, image)


def finished_job(document: Any) -> Any:
    """Return the document as it is. Raises HttpError for a job that was stopped on the service's side."""
    state = as_text(as_map(document).get("status"))
    if state.lower() in STOPPED:
        problem = f"the job ended as `{state}`, without an image"
        raise HttpError("server", problem, "generate it again", detail=document, possibly_billed=True)
    return document


def id_of(document: Any, name: str = "id") -> str:
    """Return the id of a job. Raises HttpError where the reply names none."""
    found = as_text(as_map(document).get(name))
    if not _ID.fullmatch(found):
        raise HttpError("body", f"the reply names no job (`{name}`)", _HINT, possibly_billed=True)
    return found


def path_of(url: Any, name: str) -> str:
    """Return path and query of an address in a reply: it is asked at ``base_url``, whose key goes along. Raises
    HttpError where there is none."""
    try:
        parts = urlsplit(as_text(url))
    except ValueError:
        parts = urlsplit("")
    if not parts.path.strip("/"):
        raise HttpError("body", f"the reply names no `{name}`", _HINT, possibly_billed=True)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def texts(values: Any) -> tuple[str, ...]:
    """Return a text, or the texts of a list, as a tuple; anything else is passed over."""
    found: Collection[Any] = values if isinstance(values, list) else [values]
    return tuple(value for value in found if isinstance(value, str) and value)
