"""The options of the ``diffusers`` provider, read without importing any of it."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, WithJsonSchema, model_validator

from harness.errors import FieldError, shown
from harness.provider.local.diffusers_parts import COMMIT, ALora, AnIpAdapter, ASource, Quantization
from harness.provider.local.identity import file_identity
from harness.provider.local.python import FunctionName
from harness.provider.local.workers_option import WorkersOption
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
        "cublas_workspace", "scheduler", "steps", "source", "quantization", "loras", "peft", "ip_adapter",
        "ip_adapter_image", "controlnet", "control_image", "attention_processors", "attention_backend", "compile",
    }
)  # fmt: skip
"""What the environment of an image can hold."""
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "quality", "steps", "guidance", "scheduler", "dtype",
        "control_image", "control_scale", "ip_adapter_image", "ip_adapter_scale",
    }
)  # fmt: skip
_IMAGES = ("control_image", "ip_adapter_image")
_FROM_RECIPE = (
    "quality", "steps", "guidance", "scheduler", "dtype",
    "control_image", "control_scale", "ip_adapter_image", "ip_adapter_scale",
)  # fmt: skip


def _scheduler(value: Any) -> Any:
    if isinstance(value, str) and value.isidentifier():
        return {"class": value}
    if not isinstance(value, dict):
        raise FieldError(f"`scheduler` is the class of a scheduler, not {shown(value)}", "such as DDIMScheduler")
    return value


class DiffusersOptions(StepsOptions, WorkersOption):
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
    attention_processor: Text | None = None
    """Class of diffusers' attention processors, for the denoiser, such as AttnProcessor."""
    attention_backend: Text | None = None
    """Backend of diffusers' attention, for the denoiser, such as native, flash or sage."""
    loras: list[ALora] = Field(default_factory=list)
    """LoRAs, each a file or {model, weight_name, subfolder, revision, scale}; needs peft."""
    ip_adapter: AnIpAdapter | None = None
    """An IP-Adapter: a file or {model, weight_name, subfolder, revision, image_encoder}."""
    ip_adapter_image: Text | None = None
    """Image of the IP-Adapter; a case may name its own."""
    ip_adapter_scale: float | None = None
    """How strongly the IP-Adapter counts."""
    controlnet: ASource | None = None
    """A ControlNet: a folder, a name on the hub, or {model, subfolder, revision}."""
    control_image: Text | None = None
    """Image of the ControlNet, of the case's size, beside its `input_image` and `mask`; a case may name its own."""
    control_scale: float | None = None
    """How strongly the ControlNet counts."""
    quantization: Quantization | None = None
    """{backend, components, settings}: quantize while loading; the backend's package is needed."""
    compile: dict[str, JsonValue] = Field(default_factory=dict)
    """Arguments of torch.compile for the denoiser, such as {mode: default}; {regional: true} compiles its blocks."""
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
            self.variant, self.revision, self.local_files_only, self.attention_processor, self.attention_backend,
            repr((self.loras, self.ip_adapter, self.controlnet, self.quantization, self.compile)),
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
        """Return the versions, and the weights and images as files or by commit of a hub; None where they can change
        unseen (a name on a hub without commit, a function)."""
        if self.function is not None:
            return None
        added = [source for source in (*self.loras, self.ip_adapter, self.controlnet) if source is not None]
        places = [(recipe.subject.model or self.model, self.revision), *((one.model, one.revision) for one in added)]
        if self.ip_adapter is not None and (root / self.ip_adapter.model).is_file():
            places.append((self.ip_adapter.image_encoder, None))
        words = [recipe.subject.settings.get(name, getattr(self, name)) for name in _IMAGES]
        places += [(str(image), None) for image in words if image]
        found = [_identity(root / (place or ""), revision) for place, revision in places]
        if None in found:
            return None
        try:
            versions = {package: version(package) for package in PACKAGES}
        except PackageNotFoundError:
            return None
        return {**versions, "files": hashlib.sha256(repr(found).encode()).hexdigest()}

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        return (
            *(Tier("quality", name, f"{steps} steps", cost=0.0) for name, steps in QUALITY_STEPS.items()),
            Tier("size", "as asked", "where the pipeline takes width and height", cost=0.0),
        )


def _identity(place: Path, revision: str | None) -> Any:
    """Return what identifies the content of a file or folder, or of a commit of a hub; None where it is not known."""
    place = place.expanduser()
    if place.is_file():
        return file_identity(place)
    if place.is_dir():
        files = sorted(path for path in place.rglob("*") if path.is_file())
        return [(str(path.relative_to(place)), file_identity(path)) for path in files]
    return revision if revision is not None and COMMIT.fullmatch(revision) else None
