"""Generation with a loaded pipeline: from jobs to the arguments of its call, and from what it gives to images."""

import contextlib
import inspect
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from harness.errors import GenerationCancelledError, GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.image import encode_png, read_file
from harness.provider.local.diffusers_loading import Loaded
from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.protocol import Job, is_cancelled
from harness.provider.seed_choice import seed_for
from harness.records import InputImage

FORMS = {
    "text": "AutoPipelineForText2Image",
    "image": "AutoPipelineForImage2Image",
    "mask": "AutoPipelineForInpainting",
}
"""What a job needs, and what gives a pipeline that form."""


@dataclass(frozen=True, slots=True)
class Painted:
    """One image: PNG bytes, its environment, and what was asked of it that the pipeline does not take."""

    data: bytes
    environment: Mapping[str, Any]
    left_out: tuple[str, ...]


class _LateError(Exception):
    """The time of an image is over."""


def group_of(options: DiffusersOptions, job: Job) -> tuple[Any, ...]:
    """Equal for jobs that may share a batch: all but words and seed."""
    request = job.recipe.request
    images = tuple(image and image.digest for image in (request.input_image, request.mask))
    how = (
        options.sampler_steps,
        options.guidance,
        repr(options.scheduler),
        request.width,
        request.height,
        request.strength,
    )
    return (*options.loading, *how, *images)


def generate(
    name: str, loaded: Loaded, options: DiffusersOptions, jobs: Sequence[Job], deadline: float, limit: float
) -> list[Painted]:
    """Return the images of jobs that share a batch. Raises GenerationError, GenerationRefusedError, and
    GenerationTimeoutError past the ``deadline`` (on the monotonic clock), GenerationCancelledError when a job was
    cancelled: both are looked at after each step; ``limit`` are the seconds to name."""
    request = jobs[0].recipe.request
    need = "mask" if request.mask is not None else "image" if request.input_image is not None else "text"
    pipeline = _form(name, loaded, need)
    scheduler = _fresh_scheduler(name, loaded, options)
    if scheduler is not None:
        pipeline.scheduler = scheduler
    taken = inspect.signature(pipeline.__call__).parameters
    seeds = [seed_for(job) for job in jobs]
    arguments, left_out = _arguments(name, options, jobs, taken)
    arguments["generator"] = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    if "callback_on_step_end" in taken:
        arguments["callback_on_step_end"] = _watch(deadline, jobs)
    try:
        with switched(options) as switches, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = pipeline(**arguments)
    except _LateError:
        if is_cancelled(jobs):
            raise GenerationCancelledError(name) from None
        raise GenerationTimeoutError(name, limit) from None
    except Exception as error:  # foreign code: whatever it raises is the outcome of these trials
        raise _fault(name, type(pipeline).__name__, error) from error
    images = _images(name, given, len(jobs))
    environment = dict(loaded.story) | {"pipeline": type(pipeline).__name__, **switches}
    if scheduler is not None:
        environment["scheduler"] = _reported(scheduler)
    if isinstance(steps := getattr(pipeline, "num_timesteps", None), int):
        environment["steps"] = steps
    return [
        Painted(encode_png(pixels), environment | _story(job, seed, pixels, left_out), left_out)
        for job, seed, pixels in zip(jobs, seeds, images, strict=True)
    ]


@contextlib.contextmanager
def switched(options: DiffusersOptions) -> Iterator[dict[str, Any]]:
    """Torch as deterministic as requested while generating, then as it was; gives what to record of it."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    cudnn = torch.backends.cudnn
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.get_float32_matmul_precision(),
        (cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32),
    )
    try:
        if options.deterministic:
            torch.use_deterministic_algorithms(True)
            torch.set_float32_matmul_precision("highest")
            cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = False, True, False
        kernel = sdpa_kernel([SDPBackend.MATH]) if options.attention == "math" else contextlib.nullcontext()
        state: dict[str, Any] = {
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "cudnn_benchmark": cudnn.benchmark,
            "cudnn_deterministic": cudnn.deterministic,
            "tf32": torch.get_float32_matmul_precision() != "highest" or cudnn.allow_tf32,
            "attention": options.attention,
        }
        if torch.cuda.is_available():
            state["cublas_workspace"] = os.environ.get("CUBLAS_WORKSPACE_CONFIG", "")
        with kernel:
            yield state
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.set_float32_matmul_precision(before[2])
        cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = before[3]


def _form(name: str, loaded: Loaded, need: str) -> Any:
    """Return the pipeline in the form a job needs: as it is where it takes what the job has, else made from it."""
    taken = set(inspect.signature(loaded.pipeline.__call__).parameters)
    as_it_is = {
        "text": not {"image", "strength"} <= taken,
        "image": "image" in taken and "mask_image" not in taken,
        "mask": "mask_image" in taken,
    }
    if as_it_is[need]:
        return loaded.pipeline
    if need not in loaded.forms:
        import diffusers

        try:
            loaded.forms[need] = getattr(diffusers, FORMS[need]).from_pipe(loaded.pipeline)
        except (ValueError, TypeError, AttributeError) as error:
            what = {"text": "generates from words alone", "image": "takes an image", "mask": "takes a mask"}[need]
            problem = f"no form of {type(loaded.pipeline).__name__} {what}"
            raise GenerationError(name, problem, "name another model, or change the case") from error
        loaded.forms[need].set_progress_bar_config(disable=True)
    return loaded.forms[need]


def _fresh_scheduler(name: str, loaded: Loaded, options: DiffusersOptions) -> Any:
    """Return a scheduler without memory of earlier images, of the requested class."""
    if loaded.scheduler is None:
        return None
    kind: Any = type(loaded.scheduler)
    changes = dict(options.scheduler)
    if "class" in changes:
        import diffusers

        asked = str(changes.pop("class"))
        kind = getattr(diffusers, asked, None)
        if kind is None or not hasattr(kind, "from_config") or not hasattr(kind, "set_timesteps"):
            raise GenerationError(name, f"diffusers has no scheduler `{asked}`", "such as DDIMScheduler")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind.from_config(loaded.scheduler.config, **changes)


def _arguments(
    name: str, options: DiffusersOptions, jobs: Sequence[Job], taken: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what the pipeline is called with, and what of the request it has no argument for."""
    request = jobs[0].recipe.request
    asked: dict[str, tuple[str, Any]] = {
        "prompt": ("prompt", [job.recipe.request.prompt for job in jobs]),
        "width": ("size", request.width),
        "height": ("size", request.height),
    }
    if any(job.recipe.request.negative_prompt for job in jobs):
        asked["negative_prompt"] = ("negative_prompt", [job.recipe.request.negative_prompt for job in jobs])
    for argument, word, value in (
        ("num_inference_steps", "steps", options.sampler_steps),
        ("guidance_scale", "guidance", options.guidance),
        ("strength", "strength", request.strength),
    ):
        if value is not None:
            asked[argument] = (word, value)
    for argument, image in (("image", request.input_image), ("mask_image", request.mask)):
        if image is not None:
            shown = _image(name, image, (request.width, request.height))
            asked[argument] = (argument.removesuffix("_image"), [shown] * len(jobs))
    if request.input_image is not None and not {"width", "height"} & set(taken):
        asked = {key: value for key, value in asked.items() if value[0] != "size"}  # the image's size is the size asked
    if unknown := sorted(set(options.call) - set(taken)):
        raise GenerationError(name, f"the pipeline takes no `{unknown[0]}`", "see `call` of the provider")
    if "batch_size" in taken and "prompt" not in taken:
        asked["batch_size"] = ("batch", len(jobs))
    arguments = {key: value for key, (_, value) in asked.items() if key in taken}
    if "output_type" in taken:
        arguments["output_type"] = "np"
    left_out = tuple(sorted({word for key, (word, _) in asked.items() if key not in taken}))
    return arguments | dict(options.call), left_out


def _image(name: str, image: InputImage, size: tuple[int, int]) -> Any:
    """Return an input image as a Pillow image. Raises GenerationError when its size is not the one asked for."""
    from PIL import Image

    decoded = read_file(image.path)
    if (decoded.width, decoded.height) != size:
        problem = f"the image {image.path} is {decoded.width}x{decoded.height}, the case asks for {size[0]}x{size[1]}"
        raise GenerationError(name, problem, f"say size: {decoded.width}x{decoded.height}")
    return Image.fromarray(decoded.pixels).convert("RGB")


def _story(job: Job, seed: int, pixels: Any, left_out: tuple[str, ...]) -> dict[str, Any]:
    request = job.recipe.request
    story: dict[str, Any] = {}
    height, width = pixels.shape[:2]
    if (width, height) != (request.width, request.height) and "size" not in left_out:
        story["clamped"] = {"size": {"asked": f"{request.width}x{request.height}", "got": f"{width}x{height}"}}
    if request.seed is None:
        story["reply"] = {"seed": seed}
    return story


def _reported(scheduler: Any) -> dict[str, Any]:
    """Return a scheduler by class and the plain values of its configuration."""
    plain = {
        key: value
        for key, value in sorted(scheduler.config.items())
        if not key.startswith("_") and isinstance(value, (str, int, float, bool))
    }
    return {"class": type(scheduler).__name__, **plain}


def _watch(deadline: float, jobs: Sequence[Job]) -> Any:
    def on_step_end(_pipeline: Any, _step: int, _timestep: Any, given: dict[str, Any]) -> dict[str, Any]:
        if time.monotonic() > deadline or is_cancelled(jobs):
            raise _LateError
        return given

    return on_step_end


def _images(name: str, given: Any, count: int) -> list[Any]:
    """Return the pixels (uint8) of what a pipeline gave. Raises GenerationRefusedError for one that its safety checker
    flagged."""
    flagged = getattr(given, "nsfw_content_detected", None)
    if flagged is not None and any(flagged):
        raise GenerationRefusedError(
            name, "the pipeline's safety checker flagged the image", "change the prompt or the seed"
        )
    images = getattr(given, "images", None)
    if images is None or len(images) != count:
        problem = f"the pipeline gave {0 if images is None else len(images)} images for {count}"
        raise GenerationError(name, problem, "see `call` and `function` of the provider")
    return [_pixels(name, image) for image in images]


def _pixels(name: str, image: Any) -> Any:
    values = np.asarray(image)
    if values.dtype != np.uint8:
        if not np.issubdtype(values.dtype, np.floating):
            raise GenerationError(name, f"the pipeline gave pixels of {values.dtype}", "see `call` of the provider")
        if not np.isfinite(values).all():
            raise GenerationError(name, "the image has values that are not numbers (NaN)", "say `dtype: float32`")
        values = (np.clip(values, 0.0, 1.0) * 255).round().astype(np.uint8)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    return np.ascontiguousarray(values)


def _fault(name: str, what: str, error: Exception) -> GenerationError:
    if isinstance(error, torch.OutOfMemoryError):
        return GenerationError(name, "out of memory on the GPU", "ask for a smaller size, or say `dtype: float16`")
    line = f"{type(error).__name__}: {error}"
    if "deterministic" in line:
        return GenerationError(name, f"{what}: {line}", "say `deterministic: false`: its seed is then best-effort")
    return GenerationError(name, f"{what}: {line}", "see the settings of the case and of the provider")
