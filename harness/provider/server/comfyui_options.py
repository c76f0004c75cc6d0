"""The options of the ``comfyui`` provider: where the server is, the workflow, and which input gets what."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from harness.errors import FieldError, nearest, warn
from harness.http import MissingKeyError
from harness.provider.options import Concurrency, Text, Tier
from harness.provider.protocol import Capabilities
from harness.provider.quality_steps import QUALITY_STEPS, StepsOptions
from harness.provider.remote.address_option import Url
from harness.provider.remote.options import ServerOptions
from harness.provider.server.comfyui_conversion import converted_workflow, workflow_of
from harness.provider.server.comfyui_source import Source, read_source
from harness.provider.server.comfyui_workflow import Workflow
from harness.records import Recipe
from harness.vocabulary import SUBJECT_FIELDS, SeedPromise

_HINT = "such as slots: {prompt: 6.inputs.text, seed: 3.inputs.seed}"
_SIZES = ("width", "height")
_OF_THE_REQUEST = frozenset({"prompt", "negative_prompt", "seed", *_SIZES, "input_image", "mask", "strength"})
_COMMON = ("model", *SUBJECT_FIELDS)
LOOK = 10.0
"""Most seconds for converting a workflow before a run."""


class ComfyUIOptions(StepsOptions, ServerOptions):
    """Options of a workflow on a server; the settings that its slots carry may be stated too."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]
    notes = (
        "A slot that is not there leaves what the workflow says; what a case asks for without a slot is an omission.",
        "Jobs that time out or are cancelled by the caller are cancelled on the server: taken off the queue, or "
        "interrupted when they run.",
        "The server answers an equal workflow from its memory. Such an image is found out and generated again, with a "
        "new value in an input that no node declares: models stay loaded. Where that does not help, the memory is "
        "cleared, which unloads them. The pixels are the same; the workflow that the server writes into the file of "
        "the image differs in that input.",
        "`workflow:` is a file of Export (API), one of the editor (Save), which the server's `/object_info` converts, "
        "or an image that ComfyUI saved with its workflow (PNG, WebP). `--dry-run` reads it, and finds every slot.",
        "One image of a job counts; how many others there are is a note of the trial.",
        "Free at this machine and at a private address unless `price:` says otherwise.",
    )

    base_url: Url = "http://127.0.0.1:8188"
    """Where the server is."""
    workflow: Text = Field(examples=["flow.json"])
    """The workflow: a JSON file as Export (API) or Save writes it, or an image that ComfyUI saved."""
    slots: dict[Text, Text | list[Text]] = Field(examples=["{prompt: 6.inputs.text, seed: 3.inputs.seed}"])
    """Which input gets what: {prompt: 6.inputs.text, seed: 3.inputs.seed, width: 5.inputs.width, …}; a node by id or
    title, several inputs as a list; names: prompt, negative_prompt, seed, width, height, input_image, mask, strength,
    steps, guidance, model, and any setting of the suite."""
    output: Text | Annotated[int, Field(ge=0)] | None = None
    """The node whose image counts; without it the lowest id, saved images before previews."""
    repeats: Literal["rerun", "keep"] = "rerun"
    """rerun: generate an image again that came from the server's memory; keep: take it."""
    poll: Annotated[float, Field(ge=0.001)] = 0.25
    """Seconds before the first look at a job; each wait is longer than the one before, up to 3."""
    model: Text | None = None
    """The checkpoint, where there is a slot `model`."""
    concurrency: Concurrency = 1
    """How many images at a time."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if "prompt" not in self.slots:
            raise FieldError("`slots` says which input gets the prompt", _HINT, ["slots"])
        for name, value in self.slots.items():
            if name in ComfyUIOptions.model_fields and name not in _COMMON:
                raise FieldError(f"no slot can be called `{name}`: it is an option", _HINT, ["slots", name])
            if not value:
                raise FieldError(f"slot `{name}` names no input", _HINT, ["slots", name])
        known = {*ComfyUIOptions.model_fields, *SUBJECT_FIELDS, *self.slots} - _OF_THE_REQUEST
        for name in self.__pydantic_extra__:
            if name not in known:
                raise FieldError(f"unknown option `{name}`", nearest(name, known), [name], at_key=True)
        return self

    @property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """The inputs that get a value, by its name."""
        return {name: (value,) if isinstance(value, str) else tuple(value) for name, value in self.slots.items()}

    @property
    def output_node(self) -> str | None:
        """The node whose image counts, by id or title."""
        return None if self.output is None else str(self.output)

    @property
    def honors(self) -> frozenset[str]:
        """The fields of a request, and the settings, that the slots can carry."""
        names = {name for name in self.slots if name not in _SIZES}
        size = {"size"} if set(_SIZES) <= set(self.slots) else set()
        return frozenset(names | size | ({"quality"} if "steps" in self.slots else set()))

    @property
    def capabilities(self) -> Capabilities:
        promised = "seed" in self.slots or "promise" in self.model_fields_set
        return Capabilities(
            seed=self.promise if promised else SeedPromise.NONE,
            honors=self.honors,
            price=self.cost,
            concurrency=self.concurrency,
            choices={"quality": tuple(QUALITY_STEPS)} if "steps" in self.slots else {},
            reports=frozenset({"workflow", "comfyui", "torch", "python", "device", "deterministic"}),
        )

    def words(self, recipe: Recipe) -> dict[str, Any]:
        return {**self.__pydantic_extra__, **super().words(recipe)}

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any]:  # noqa: ARG002 - the same for every recipe
        """Return the workflow as it is now."""
        return {"workflow": read_source("comfyui", root / self.workflow).digest}

    def look(self, provider: str, root: Path) -> None:
        """Read the workflow and find its slots, with the help of the server where the editor saved it. Warns of what
        the slot ``seed`` leaves out. Raises BadOptionError."""
        source = read_source(provider, root / self.workflow)
        workflow = workflow_of(provider, source, self.targets, self.output_node) or self._converted(provider, source)
        if workflow is not None and workflow.left_seeds:
            left = ", ".join(workflow.left_seeds)
            warn(
                f"provider `{provider}`: slot `seed` leaves {left} as the workflow says; a list varies several together"
            )

    def _converted(self, provider: str, source: Source) -> Workflow | None:
        """Return the workflow, converted; warn where the server that does it cannot be asked now."""
        from harness.http import Deadline, HttpError, Transport

        why = "the harness starts it later"
        if self.server is None:
            try:
                with closing(Transport(provider, replace(self.with_key(), retries=0))) as transport:
                    deadline = Deadline.after(LOOK)
                    return converted_workflow(provider, source, self.targets, self.output_node, transport, deadline)
            except (HttpError, MissingKeyError) as fault:
                why = str(fault)
        warn(f"provider `{provider}`: {source.path} is not checked, only its server can convert it: {why}")
        return None

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (
            *(
                Tier("quality", name, f"{count} steps, where there is a slot `steps`", cost=0.0)
                for name, count in QUALITY_STEPS.items()
            ),
            *(Tier(word, "any", f"the slot `{word}`") for word in ("guidance", "steps", "model", "strength")),
            Tier("size", "any", "the slots `width` and `height`"),
        )
