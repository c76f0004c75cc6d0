"""The options of the ``diffusers`` provider, read without importing any of it."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from harness.errors import FieldError, shown
from harness.provider.local.identity import file_identity
from harness.provider.local.python import FunctionName
from harness.provider.options import Text, Tier, one_of
from harness.provider.protocol import Capabilities
from harness.provider.quality_steps import QUALITY_STEPS, StepsOptions
from harness.records import Recipe
from harness.vocabulary import SeedPromise

PACKAGES = ("torch", "diffusers", "transformers")
DTYPES = ("float32", "float16", "bfloat16")
REPORTS = frozenset(
    {
        "pipeline", "dtype", "weights", "function", "function_digest", *PACKAGES, "device", "threads", "gpu", "cuda",
        "cudnn", "cpu", "deterministic", "cudnn_benchmark", "cudnn_deterministic", "tf32", "attention",
        "cublas_workspace", "scheduler", "steps",
    }
)  # fmt: skip
"""What the environment of an image can hold."""
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "quality", "steps", "guidance", "scheduler", "dtype",
    }
)  # fmt: skip
_FROM_RECIPE = ("quality", "steps", "guidance", "scheduler", "dtype")


def _scheduler(value: Any) -> Any:
    if isinstance(value, str) and value.isidentifier():
        return {"class": value}
    if not isinstance(value, dict):
        raise FieldError(f"`scheduler` is the class of a scheduler, not {shown(value)}", "such as DDIMScheduler")
    return value


class DiffusersOptions(StepsOptions):
    """Options of a local pipeline."""

    notes = (
        "A fresh CPU generator for each image, in a batch too; deterministic algorithms, cuDNN benchmark off, TF32 "
        "off, attention math. `deterministic: false` leaves torch as it is: its seed is then best-effort.",
        "image with strength, and with mask (white is repainted): by the pipeline itself, or by its image-to-image or "
        "inpainting form with the same weights.",
        "`function` builds the pipeline instead of `model`; it gets those of model, device and dtype it takes. Nothing "
        "is downloaded unless `local_files_only: false`.",
        "Needs the extra: pip install 'image-harness[diffusers]'. Free; how fast depends on the model, so it is not "
        "measured here.",
    )

    model: Text | None = None
    """A folder with model_index.json, or a name on the hub that is in the local cache."""
    function: FunctionName | None = None
    """module:function or file.py:function that returns a pipeline, instead of `model`."""
    pipeline: Text | None = None
    """Class of the pipeline; without it model_index.json decides."""
    dtype: Annotated[str, *one_of(DTYPES)] = DTYPES[0]
    """float32, float16 or bfloat16."""
    device: Text | None = None
    """cpu, cuda, cuda:1, mps; without it the first GPU, else the CPU."""
    scheduler: Annotated[
        dict[str, JsonValue], BeforeValidator(_scheduler), WithJsonSchema({"type": ["string", "object"]})
    ] = Field(default_factory=dict)
    """Class of the scheduler, or a mapping with `class` and what to change of its configuration."""
    variant: Text | None = None
    """Variant of the weights, such as fp16."""
    revision: Text | None = None
    """Revision of a model of the hub."""
    local_files_only: bool = True
    """Whether nothing is downloaded."""
    deterministic: bool = True
    """false where the model needs an operation without a deterministic form."""
    attention: Literal["math", "auto"] = "math"
    """math (one kernel everywhere) or auto (torch chooses; faster)."""
    call: dict[str, JsonValue] = Field(default_factory=dict)
    """Further arguments of the pipeline's call, such as {clip_skip: 1}."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.model is None) == (self.function is None):
            problem = "`model` and `function` both say what generates" if self.model else "`model` is missing"
            hint = "give a folder or a name of the hub as `model`, or a `function` that builds one"
            raise FieldError(problem, hint)
        return self

    def for_recipe(self, name: str, recipe: Recipe) -> Self:
        """Return the options with what a recipe says over them. Raises BadOptionError."""
        stated = {key: value for key, value in recipe.subject.settings.items() if key in _FROM_RECIPE}
        model = {} if recipe.subject.model is None else {"model": recipe.subject.model}
        return self.read(name, {**self.given, **stated, **model})

    @property
    def sampler_steps(self) -> int | None:
        """Steps of one image; None leaves them to the pipeline."""
        return self.steps_of({"steps": self.steps, "quality": self.quality})

    @property
    def loading(self) -> tuple[Any, ...]:
        """Equal for images that one loaded pipeline serves."""
        return (
            self.model, self.function, self.pipeline, self.dtype, self.device,
            self.variant, self.revision, self.local_files_only,
        )  # fmt: skip

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            seed=SeedPromise.EXACT_PER_ENVIRONMENT if self.deterministic else SeedPromise.BEST_EFFORT,
            honors=HONORED,
            price=0.0,
            batch=True,
            isolated=True,
            choices={"quality": tuple(QUALITY_STEPS), "dtype": DTYPES},
            reports=REPORTS,
        )

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any] | None:
        """Return the versions, and the weights as files; None where they can change unseen (a name on a hub, a
        function).
        """
        model = recipe.subject.model or self.model
        folder = root / (model or "")
        if self.function is not None or model is None or not folder.is_dir():
            return None
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        digests = [(str(path.relative_to(folder)), file_identity(path)) for path in files]
        try:
            versions = {package: version(package) for package in PACKAGES}
        except PackageNotFoundError:
            return None
        return {**versions, "files": hashlib.sha256(repr(digests).encode()).hexdigest()}

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (
            *(Tier("quality", name, f"{steps} steps", cost=0.0) for name, steps in QUALITY_STEPS.items()),
            Tier("size", "as asked", "where the pipeline takes width and height", cost=0.0),
        )
