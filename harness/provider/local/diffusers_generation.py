"""Generation with a loaded pipeline: from jobs to the arguments of its call, and from what it gives to images."""

import contextlib
import inspect
import os
import time
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.errors import GenerationCancelledError, GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.image import encode_png
from harness.provider.local.diffusers_conditioning import conditioned, sized_image
from harness.provider.local.diffusers_forms import form_of
from harness.provider.local.diffusers_guidance import counted, unused
from harness.provider.local.diffusers_loading import Loaded
from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.local.diffusers_scheduler import fresh_scheduler, reported
from harness.provider.protocol import Job, is_cancelled
from harness.provider.seed_choice import seed_for


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
        options.control_image,
        options.control_scale,
        # the image of an IP-Adapter is not spread over a batch
        id(job) if options.ip_adapter is not None else 0,
    )
    return (*options.loading, *how, *images)


def generate(
    name: str, loaded: Loaded, options: DiffusersOptions, jobs: Sequence[Job], root: Path, deadline: float, limit: float
) -> list[Painted]:
    """Return the images of jobs that share a batch; paths start at ``root``. Raises GenerationError,
    GenerationRefusedError, and GenerationTimeoutError past the ``deadline`` (on the monotonic clock),
    GenerationCancelledError when a job was cancelled: both are looked at after each step; ``limit`` are the seconds to
    name."""
    request = jobs[0].recipe.request
    pipeline = form_of(name, loaded, request, controlled=options.control_image is not None)
    scheduler = fresh_scheduler(name, loaded.scheduler, options.scheduler)
    if scheduler is not None:
        pipeline.scheduler = scheduler
    taken = inspect.signature(pipeline.__call__).parameters
    seeds = [seed_for(job) for job in jobs]
    arguments, left_out = _arguments(name, options, jobs, taken)
    extra, digests, not_taken = conditioned(name, options, pipeline, (request.width, request.height), len(jobs), root)
    arguments, left_out = {**extra, **arguments}, left_out | not_taken
    arguments["generator"] = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def look() -> None:
        if time.monotonic() > deadline or is_cancelled(jobs):
            raise _LateError

    try:
        with switched(options) as switches, counted(pipeline, look) as passes, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = pipeline(**arguments)
    except _LateError:
        if is_cancelled(jobs):
            raise GenerationCancelledError(name) from None
        raise GenerationTimeoutError(name, limit) from None
    except Exception as error:  # foreign code: whatever it raises is the outcome of these trials
        raise _fault(name, type(pipeline).__name__, error) from error
    images = _images(name, given, len(jobs))
    environment = {**loaded.story, "pipeline": type(pipeline).__name__, **switches, **digests}
    if scheduler is not None:
        environment["scheduler"] = reported(scheduler)
    if isinstance(steps := getattr(pipeline, "num_timesteps", None), int):
        environment["steps"] = steps
    left_out |= unused(pipeline, arguments, passes, len(jobs))
    found = []
    for job, seed, pixels in zip(jobs, seeds, images, strict=True):
        own = left_out if job.recipe.request.negative_prompt else left_out - {"negative_prompt"}
        found.append(Painted(encode_png(pixels), environment | _story(job, seed, pixels, own), tuple(sorted(own))))
    return found


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


def _arguments(
    name: str, options: DiffusersOptions, jobs: Sequence[Job], taken: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
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
            shown = sized_image(name, Path(image.path), (request.width, request.height))
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
    left_out = frozenset(word for key, (word, _) in asked.items() if key not in taken)
    return arguments | dict(options.call), left_out


def _story(job: Job, seed: int, pixels: Any, left_out: Collection[str]) -> dict[str, Any]:
    request = job.recipe.request
    story: dict[str, Any] = {}
    height, width = pixels.shape[:2]
    if (width, height) != (request.width, request.height) and "size" not in left_out:
        story["clamped"] = {"size": {"asked": f"{request.width}x{request.height}", "got": f"{width}x{height}"}}
    if request.seed is None:
        story["reply"] = {"seed": seed}
    return story


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
