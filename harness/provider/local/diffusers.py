"""``diffusers``: a pipeline on this machine, from a folder, the local cache of the hub, or a function of the user.

Each image has a fresh generator on the CPU, alone and in a batch; torch is set to compute deterministically while
it generates. Nothing heavy is imported before the first generation, and nothing is downloaded unless the suite says so.
"""

import importlib.util
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import (
    GenerationCancelledError,
    GenerationError,
    GenerationTimeoutError,
    HarnessError,
    MissingExtraError,
)
from harness.provider.adapter import Adapter
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.local.base import Isolable, in_groups
from harness.provider.local.diffusers_options import HONORED, PACKAGES, DiffusersOptions
from harness.provider.local.python import check_function
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.protocol import Job, Output, is_cancelled
from harness.provider.quality_steps import overruled

if TYPE_CHECKING:
    from harness.provider.local.diffusers_loading import Loaded

_GENERATION = threading.Lock()
"""A pipeline keeps state while it generates, and the flags of torch belong to the whole process: one at a time."""
LOOK = 0.25
"""Seconds between two looks at whether a job that waits was cancelled."""


class Diffusers(Isolable[DiffusersOptions]):
    """A local pipeline as a provider. Safe from several threads; it generates one after the other."""

    kind = "diffusers"

    def __init__(self, name: str, options: DiffusersOptions, root: Path) -> None:
        super().__init__(name, options, root)
        if any(importlib.util.find_spec(package) is None for package in PACKAGES):
            raise MissingExtraError(f"provider `{name}` (kind diffusers)", "diffusers")
        model = options.model
        if model is not None and model[0] in "./~" and not (root / model).expanduser().is_dir():
            hint = "give the folder that holds model_index.json"
            raise BadOptionError(name, OptionProblem(f"there is no folder {model}", hint, ("model",)))
        if options.function is not None:
            check_function(name, options.function, root)
        self._loaded: dict[Any, Loaded] = {}

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError, GenerationRefusedError (flagged by its safety checker) or
        GenerationTimeoutError or GenerationCancelledError."""
        return self.generate_batch([job])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images, in order; those that differ only in words and seed go through together.

        A job that is cancelled ends only where it is the only one, after a step: of several, all are finished.
        """
        from harness.provider.local.diffusers_generation import group_of

        seconds = sum(job.timeout for job in jobs)
        deadline = time.monotonic() + seconds
        for job in jobs:
            if job.recipe.request.ask is not None:
                raise GenerationError(self.name, "a pipeline generates; it gets no question", "name another provider")
        if len(jobs) > 1:
            jobs = [replace(job, cancellation=None) for job in jobs]
        self._wait(jobs, deadline, seconds)
        try:
            asked = [(self.options.for_recipe(self.name, job.recipe), job) for job in jobs]
            return in_groups(
                asked,
                lambda one: group_of(*one),
                lambda some: self._group(some[0][0], [job for _, job in some], deadline, seconds),
            )
        except GenerationError:
            raise
        except HarnessError as fault:
            raise GenerationError(self.name, str(fault), fault.hint) from fault
        finally:
            _GENERATION.release()

    def _wait(self, jobs: Sequence[Job], deadline: float, seconds: float) -> None:
        """Wait for the turn. Raises GenerationTimeoutError at the deadline, GenerationCancelledError."""
        while not _GENERATION.acquire(timeout=max(0.0, min(LOOK, deadline - time.monotonic()))):
            if is_cancelled(jobs):
                raise GenerationCancelledError(self.name)
            if time.monotonic() >= deadline:
                raise GenerationTimeoutError(self.name, seconds)

    def close(self) -> None:
        """Release the weights."""
        self._loaded.clear()

    def _group(self, options: DiffusersOptions, jobs: Sequence[Job], deadline: float, limit: float) -> list[Output]:
        from harness.provider.local.diffusers_generation import generate
        from harness.provider.local.diffusers_loading import load

        key = options.loading
        if key not in self._loaded:
            self._loaded[key] = load(self.name, options, self.root)
        begun = time.perf_counter()
        images = generate(self.name, self._loaded[key], options, jobs, self.root, deadline, limit)
        seconds = (time.perf_counter() - begun) / len(jobs)
        found = []
        for position, (job, image) in enumerate(zip(jobs, images, strict=True)):
            left_out = omitted(job.recipe, HONORED, DiffusersOptions.model_fields) + list(image.left_out)
            left_out += overruled(self.options.words(job.recipe))
            environment = dict(image.environment) | {"batch": {"size": len(jobs), "position": position}}
            found.append(Output(image.data, with_omissions(environment, sorted(set(left_out))), seconds, 0.0))
        return found


ADAPTER = Adapter("diffusers", "a local diffusers pipeline", Diffusers, DiffusersOptions)
