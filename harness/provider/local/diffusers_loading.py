"""Loading a diffusers pipeline, and what of it decides an image: its weights by digest, its classes, the versions."""

import contextlib
import hashlib
import inspect
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from harness.errors import GenerationError
from harness.provider.local.diffusers_additions import add
from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.local.diffusers_quantization import quantization_of
from harness.provider.local.diffusers_weights import commit_of, weights_of
from harness.provider.local.python import imported

CUBLAS = ":4096:8"
"""Workspace with which cuBLAS repeats itself; read when it starts."""


@dataclass(slots=True)
class Loaded:
    """A pipeline in memory. ``story`` is what of the environment does not change from image to image,
    ``scheduler`` the scheduler as it came, ``controlnet`` the network that is added to its forms, ``forms`` the
    pipeline's other forms (image-to-image, inpainting, each beside the ControlNet)."""

    pipeline: Any
    scheduler: Any
    story: Mapping[str, Any]
    controlnet: Any = None
    forms: dict[str, Any] = field(default_factory=dict)


def load(name: str, options: DiffusersOptions, root: Path) -> Loaded:
    """Return the requested pipeline, on its device. Raises GenerationError."""
    device = options.device or _device()
    if device.startswith("cuda"):
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", CUBLAS)
    _quiet()
    pipeline, builder = (
        _from_function(name, options, device, root) if options.function else _from_files(name, options, root)
    )
    if not callable(pipeline) or not isinstance(getattr(pipeline, "components", None), Mapping):
        problem = f"{options.function} returned a {type(pipeline).__name__}, no pipeline"
        raise GenerationError(name, problem, "return a DiffusionPipeline")
    if options.function is None:
        with _reported(name, f"cannot move the model to {device}", "name another `device`"):
            pipeline = pipeline.to(device)
    if hasattr(pipeline, "set_progress_bar_config"):
        pipeline.set_progress_bar_config(disable=True)
    folder = root / (options.model or "")
    files = folder.resolve() if options.model is not None and folder.is_dir() else None
    story = {
        "pipeline": type(pipeline).__name__,
        "dtype": options.dtype
        if options.function is None
        else str(getattr(pipeline, "dtype", "")).removeprefix("torch."),
        "weights": weights_of(pipeline, files, (options.dtype, repr(options.quantization))),
        **builder,
        **_source(options, files),
        **_versions(),
        **_machine(torch.device(getattr(pipeline, "device", device))),
    }
    with _reported(
        name, "what is added to the model", "see `loras`, `ip_adapter`, `controlnet`, `attention_processor`, `compile`"
    ):
        controlnet, added = add(options, root, pipeline)
    return Loaded(pipeline, getattr(pipeline, "scheduler", None), story | added, controlnet)


def _source(options: DiffusersOptions, files: Path | None) -> dict[str, Any]:
    """Return the model of the hub and its commit, and how its weights were quantized."""
    found: dict[str, Any] = {}
    if options.function is None and files is None and options.model is not None:
        found["source"] = {"hub": options.model, "revision": commit_of(options.model, options.revision)}
    if options.quantization is not None:
        found["quantization"] = options.quantization.model_dump(mode="json", exclude_unset=True)
    return found


def _device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _quiet() -> None:
    """No progress bars and no advice between a run's own lines; what goes wrong is raised."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    for log in (diffusers_logging, transformers_logging):
        log.set_verbosity_error()
        log.disable_progress_bar()


def _from_files(name: str, options: DiffusersOptions, root: Path) -> tuple[Any, Mapping[str, Any]]:
    import diffusers

    assert options.model is not None
    kind = getattr(diffusers, options.pipeline or "DiffusionPipeline", None)
    if kind is None or not hasattr(kind, "from_pretrained"):
        raise GenerationError(name, f"diffusers has no pipeline `{options.pipeline}`", "see `pipeline` of the provider")
    folder = (root / options.model).expanduser()
    further: dict[str, Any] = {"variant": options.variant, "revision": options.revision}
    further = {key: value for key, value in further.items() if value}
    hint = f"give a folder that holds model_index.json, or download {options.model} first (`local_files_only: false`)"
    place = folder if folder.is_dir() else options.model
    if options.quantization is not None:
        backend = options.quantization.backend
        with _reported(name, f"no quantization {backend}", "see `quantization`; the package of the backend is needed"):
            further["quantization_config"] = quantization_of(options.quantization, kind, place, options)
    with _reported(name, f"cannot load {options.model}", hint), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = kind.from_pretrained(
            place,
            torch_dtype=getattr(torch, options.dtype),
            local_files_only=options.local_files_only,
            **further,
        )
    return found, {}


def _from_function(name: str, options: DiffusersOptions, device: str, root: Path) -> tuple[Any, Mapping[str, Any]]:
    assert options.function is not None
    function = imported(name, options.function, root)
    known = {"model": options.model, "device": device, "dtype": getattr(torch, options.dtype)}
    taken = inspect.signature(function).parameters
    with _reported(name, f"{options.function} failed", f"raised by {options.function}"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = function(**{key: value for key, value in known.items() if key in taken})
    source = root / options.function.rpartition(":")[0]
    builder = {"function": options.function}
    if source.is_file():
        builder["function_digest"] = hashlib.sha256(source.read_bytes()).hexdigest()
    return found, builder


@contextlib.contextmanager
def _reported(name: str, what: str, hint: str) -> Iterator[None]:
    """Whatever a library or a user's function raises, as the fault of this trial."""
    try:
        yield
    except GenerationError:
        raise
    except Exception as error:  # foreign code: whatever it raises is the outcome of this trial
        line = " ".join(f"{type(error).__name__}: {error}".split())
        raise GenerationError(name, f"{what}: {line}", hint) from error


def _versions() -> dict[str, str]:
    import diffusers
    import transformers

    return {"torch": torch.__version__, "diffusers": diffusers.__version__, "transformers": transformers.__version__}


def _machine(device: torch.device) -> dict[str, Any]:
    """Return where it computes: the GPU with its libraries, or the CPU's widest instructions and its threads."""
    found: dict[str, Any] = {"device": device.type, "threads": torch.get_num_threads()}
    if device.type == "cuda":
        found |= {"gpu": torch.cuda.get_device_name(device), "cuda": torch.version.cuda}
        found["cudnn"] = torch.backends.cudnn.version()
    else:
        found["cpu"] = torch.backends.cpu.get_cpu_capability()
    return found
