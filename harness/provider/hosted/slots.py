"""Services whose models each name their inputs in their own way: which input carries which word of a suite."""

from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, field_validator

from harness.errors import FieldError, nearest
from harness.http import Deadline, Reply
from harness.provider.hosted.geometry import RATIOS, nearest_aspect
from harness.provider.options import Text, Tier
from harness.provider.protocol import Capabilities, Output
from harness.provider.remote.input_images import sent_image
from harness.provider.remote.parsed_reply import ParsedReply, finished, image_of
from harness.provider.remote.queued import QueuedService, QueueOptions
from harness.records import InputImage, Recipe
from harness.vocabulary import SUBJECT_FIELDS, SeedPromise

SIDES = ("width", "height")
WORDS = ("prompt", "negative_prompt", "seed", *SIDES, "size", "aspect_ratio", "input_image", "mask", "strength")
"""What beside the settings of the common vocabulary a slot may carry."""


class SlotOptions(QueueOptions):
    """Options of services whose models each name their inputs in their own way."""

    default_slots: ClassVar[dict[str, str]] = {}
    """The input of each word where the options name no other."""

    slots: dict[Text, Text | Literal[False]] = Field(default_factory=dict)
    """Inputs of the model by the word they carry, where they differ from the usual names, such as {steps: num_steps,
    width: false, height: false, aspect_ratio: aspect_ratio}; false: the model has no such input. Words: prompt, seed,
    negative_prompt, width, height, size, aspect_ratio, input_image, mask, strength, and any setting of the suite."""

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


S = TypeVar("S", bound=SlotOptions)


class SlotService(QueuedService[S], Generic[S]):
    """Base of the adapters of such services."""

    def inputs(self, recipe: Recipe) -> dict[str, Any]:
        """Return the inputs of the model for a recipe, by its names. Raises GenerationError for an input image that
        cannot be read."""
        request, inputs = recipe.request, self.options.inputs
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
        named = {inputs[word]: value for word, value in values.items() if word in inputs and value is not None}
        return named | self.options.body

    def finished(
        self, parsed: ParsedReply, reply: Reply, recipe: Recipe, inputs: dict[str, Any], deadline: Deadline
    ) -> Output:
        """Return the generation of a job's result. Raises GenerationRefusedError, GenerationError or HttpError."""
        options = self.options
        sent = {"seed": recipe.request.seed, "format": inputs.get(options.inputs.get("format", ""))}
        return finished(
            parsed,
            reply,
            recipe,
            data=image_of(self.name, parsed, self.fetched(deadline)),
            honors=options.honors,
            own=options.own,
            sent={name: value for name, value in sent.items() if value is not None},
            price=options.price,
        )

    def sized(self, width: int, height: int) -> Any:
        """Return the value of the slot ``size``."""
        return f"{width}x{height}"

    def _data_url(self, image: InputImage | None) -> str | None:
        return None if image is None else sent_image(self.name, image).data_url()
