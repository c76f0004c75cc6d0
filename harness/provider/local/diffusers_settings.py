"""What a diffusers provider can be configured with, read without importing any of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import nearest
from harness.provider import quality_steps
from harness.provider.options import Options
from harness.records import Recipe

DTYPES = ("float32", "float16", "bfloat16")
ATTENTIONS = ("math", "auto")
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "quality", "steps", "guidance", "scheduler", "dtype",
    }
)  # fmt: skip
FROM_A_FUNCTION = "`function` builds the pipeline instead of `model`; it gets those of model, device and dtype it takes"
OPTIONS: Mapping[str, str] = {
    "model": "a folder with model_index.json, or a name on the hub that is in the local cache",
    "function": "module:function or file.py:function that returns a pipeline, instead of `model`",
    "pipeline": "class of the pipeline; without it model_index.json decides",
    "dtype": "float32 (default), float16 or bfloat16",
    "device": "cpu, cuda, cuda:1, mps; without it the first GPU, else the CPU",
    "scheduler": "class of the scheduler, or a mapping with `class` and what to change of its configuration",
    "variant": "variant of the weights, such as fp16",
    "revision": "revision of a model of the hub",
    "local_files_only": "true (default): nothing is downloaded",
    "deterministic": "true (default), or false where the model needs an operation without a deterministic form",
    "attention": "math (default: one kernel everywhere) or auto (torch chooses; faster)",
    "quality": "draft, standard or hd; without it and `steps` the pipeline's own number of steps",
    "quality_steps": quality_steps.OPTION,
    "steps": "steps of the sampler",
    "guidance": "guidance scale",
    "call": "further arguments of the pipeline's call, such as {clip_skip: 1}",
}
_FROM_RECIPE = ("quality", "steps", "guidance", "scheduler", "dtype")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one image is to be generated with."""

    model: str | None
    function: str | None
    pipeline: str | None
    dtype: str
    device: str | None
    scheduler: Mapping[str, Any]
    variant: str | None
    revision: str | None
    local_files_only: bool
    deterministic: bool
    attention: str
    steps: int | None
    guidance: float | None
    quality_steps: Mapping[str, int]
    call: Mapping[str, Any] = field(default_factory=dict)

    @property
    def loading(self) -> tuple[Any, ...]:
        """Equal for images that one loaded pipeline serves."""
        return (
            self.model, self.function, self.pipeline, self.dtype, self.device,
            self.variant, self.revision, self.local_files_only,
        )  # fmt: skip


def read_settings(name: str, options: Mapping[str, Any], recipe: Recipe | None = None) -> Settings:
    """The options with what a recipe says over them. Raises BadOptionError."""
    said: dict[str, Any] = {}
    if recipe is not None:
        said = {key: value for key, value in recipe.subject.settings.items() if key in _FROM_RECIPE}
        if recipe.subject.model is not None:
            said["model"] = recipe.subject.model
    reader = Options(name, {**options, **said})
    model, function = reader.text("model"), reader.text("function")
    if (model is None) == (function is None):
        problem = "`model` and `function` both say what generates" if model else "`model` is missing"
        raise reader.fault(problem, "give a folder or a name of the hub as `model`, or a `function` that builds one")
    module, _, attribute = (function or "m:f").rpartition(":")
    if not module or not attribute.isidentifier():
        raise reader.fault(
            f"`function` is module:function, not {function!r:.80}", "such as function: build.py:pipeline"
        )
    by_quality = quality_steps.quality_steps(reader)
    words = {"quality": reader.anything("quality"), "steps": reader.anything("steps")}
    if words["quality"] is not None and words["quality"] not in by_quality:
        raise reader.fault(f"`quality` cannot be {words['quality']!r:.60}", nearest(str(words["quality"]), by_quality))
    if words["steps"] is not None:
        quality_steps.checked_steps(reader, "steps", words["steps"])
    found = Settings(
        model=model,
        function=function,
        pipeline=reader.text("pipeline"),
        dtype=reader.one_of("dtype", DTYPES, DTYPES[0]),
        device=reader.text("device"),
        scheduler=_scheduler(reader),
        variant=reader.text("variant"),
        revision=reader.text("revision"),
        local_files_only=_truth(reader, "local_files_only"),
        deterministic=_truth(reader, "deterministic"),
        attention=reader.one_of("attention", ATTENTIONS, ATTENTIONS[0]),
        steps=quality_steps.steps_of(words, by_quality),
        guidance=reader.number("guidance"),
        quality_steps=by_quality,
        call=_mapping(reader, "call"),
    )
    reader.done()
    return found


def _scheduler(reader: Options) -> Mapping[str, Any]:
    value = reader.anything("scheduler")
    if value is None:
        return {}
    if isinstance(value, str) and value.isidentifier():
        return {"class": value}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return dict(value)
    raise reader.fault(f"`scheduler` is the class of a scheduler, not {value!r:.60}", "such as DDIMScheduler")


def _mapping(reader: Options, name: str) -> Mapping[str, Any]:
    value = reader.anything(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise reader.fault(f"`{name}` takes names with values, not {value!r:.60}")
    return dict(value)


def _truth(reader: Options, name: str) -> bool:
    value = reader.anything(name)
    if value is None:
        return True
    if not isinstance(value, bool):
        raise reader.fault(f"`{name}` takes true or false, not {value!r:.60}")
    return value
