"""``diffusers``: a pipeline on this machine, from a folder, the local cache of the hub, or a function of the user.

Each image has a fresh generator on the CPU, alone and in a batch; torch is reported to compute deterministically while
it generates. Nothing heavy is imported before the first generation, and nothing is downloaded unless the suite says so.
"""

import hashlib
import importlib.util
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import GenerationError, GenerationTimeoutError, HarnessError, MissingExtraError
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.errors import BadOptionError
from harness.provider.local.diffusers_settings import (
    ATTENTIONS,
    DTYPES,
    FROM_A_FUNCTION,
    HONORED,
    OPTIONS,
    Settings,
    read_settings,
)
from harness.provider.local.identity import file_identity
from harness.provider.local.process import Isolated
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.quality_steps import QUALITY_STEPS, overruled
from harness.records import Recipe
from harness.vocabulary import SeedPromise

if TYPE_CHECKING:
    from harness.provider.local.diffusers_loading import Loaded

PACKAGES = ("torch", "diffusers", "transformers")
_GENERATION = threading.Lock()
"""A pipeline keeps state while it generates, and the switches of torch belong to the whole process: one at a time."""


class Diffusers:
    """A local pipeline as a provider. Safe from several threads; it generates one after the other."""

    kind = "diffusers"

    def __init__(self, name: str, options: Mapping[str, Any], root: Path) -> None:
        self.name = name
        self._options = options
        self._root = root
        first = read_settings(name, options)
        self.capabilities = _capabilities_of(first)
        if any(importlib.util.find_spec(package) is None for package in PACKAGES):
            raise MissingExtraError(f"provider `{name}` (kind diffusers)", "diffusers")
        if first.model is not None and first.model[0] in "./~" and not (root / first.model).expanduser().is_dir():
            raise BadOptionError(
                name, f"there is no folder {first.model}", "give the folder that holds model_index.json"
            )
        self._loaded: dict[Any, Loaded] = {}

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError, GenerationRefusedError (flagged by its safety checker) or
        GenerationTimeoutError."""
        return self._generated([job])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images, in order; those that differ only in words and seed go through together."""
        return self._generated(jobs)

    def close(self) -> None:
        """Let go of the weights."""
        self._loaded.clear()

    def isolated(self, *, threads: int | None = None, environment: Mapping[str, str] | None = None) -> Isolated:
        """The same pipeline in a fresh process with this many arithmetic threads and these further variables."""
        return Isolated(self.name, self.kind, self._options, self._root, self.capabilities, threads, environment)

    def _generated(self, jobs: Sequence[Job]) -> list[Output]:
        from harness.provider.local.diffusers_generation import group_of

        seconds = sum(job.timeout for job in jobs)
        deadline = time.monotonic() + seconds
        for job in jobs:
            if job.recipe.request.ask is not None:
                raise GenerationError(self.name, "a pipeline generates; it gets no question", "name another provider")
        if not _GENERATION.acquire(timeout=seconds):
            raise GenerationTimeoutError(self.name, seconds)
        try:
            asked = [read_settings(self.name, self._options, job.recipe) for job in jobs]
            groups: dict[Any, list[int]] = {}
            for index, (settings, job) in enumerate(zip(asked, jobs, strict=True)):
                groups.setdefault(group_of(settings, job), []).append(index)
            generated: dict[int, Output] = {}
            for indices in groups.values():
                together = self._group(asked[indices[0]], [jobs[index] for index in indices], deadline, seconds)
                generated |= zip(indices, together, strict=True)
        except GenerationError:
            raise
        except HarnessError as fault:
            raise GenerationError(self.name, str(fault), fault.hint) from fault
        finally:
            _GENERATION.release()
        return [generated[index] for index in range(len(jobs))]

    def _group(self, settings: Settings, jobs: Sequence[Job], deadline: float, limit: float) -> list[Output]:
        from harness.provider.local.diffusers_generation import generate
        from harness.provider.local.diffusers_loading import load

        key = settings.loading
        if key not in self._loaded:
            self._loaded[key] = load(self.name, settings, self._root)
        begun = time.perf_counter()
        images = generate(self.name, self._loaded[key], settings, jobs, deadline, limit)
        seconds = (time.perf_counter() - begun) / len(jobs)
        found = []
        for position, (job, image) in enumerate(zip(jobs, images, strict=True)):
            left_out = omitted(job.recipe, HONORED, (*OPTIONS, *self._options)) + list(image.left_out)
            left_out += overruled({**self._options, **job.recipe.subject.settings})
            environment = dict(image.environment) | {"batch": {"size": len(jobs), "position": position}}
            found.append(Output(image.data, with_omissions(environment, sorted(set(left_out))), seconds, 0.0))
        return found


def _capabilities_of(settings: Settings) -> Capabilities:
    return Capabilities(
        seed=SeedPromise.EXACT_PER_ENVIRONMENT if settings.deterministic else SeedPromise.BEST_EFFORT,
        honors=HONORED,
        price=0.0,
        concurrency=1,
        batch=True,
        isolated=True,
        choices={"quality": tuple(settings.quality_steps), "dtype": DTYPES},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(read_settings("diffusers", options))


def _identity(options: Mapping[str, Any], recipe: Recipe, root: Path) -> Mapping[str, Any] | None:
    """The versions, and the weights as files; None where they can change unseen (a name on a hub, a function)."""
    settings = read_settings("diffusers", options)
    model = recipe.subject.model or settings.model
    folder = root / (model or "")
    if settings.function is not None or model is None or not folder.is_dir():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = [(str(path.relative_to(folder)), file_identity(path)) for path in files]
    versions: dict[str, Any] = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            return None
    return versions | {"files": hashlib.sha256(repr(digests).encode()).hexdigest()}


def _explain(_measure: bool) -> Explanation:
    tiers = [Tier("quality", name, f"{steps} steps", None, 0.0) for name, steps in QUALITY_STEPS.items()]
    tiers += [Tier("size", "as asked", "where the pipeline takes width and height", None, 0.0)]
    notes = (
        "A fresh CPU generator for each image, in a batch too; deterministic algorithms, cuDNN benchmark off, TF32 "
        f"off, attention {ATTENTIONS[0]}. `deterministic: false` leaves torch as it is: its seed is then best-effort.",
        "image with strength, and with mask (white is repainted): by the pipeline itself, or by its image-to-image or "
        "inpainting form with the same weights.",
        f"{FROM_A_FUNCTION}. Nothing is downloaded unless `local_files_only: false`.",
        "Needs the extra: pip install 'image-harness[diffusers]'. Free; how fast depends on the model, so it is not "
        "measured here.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, OPTIONS, tuple(tiers), notes)


ADAPTER = Adapter("diffusers", "a local diffusers pipeline", _capabilities, Diffusers, _explain, identity=_identity)
