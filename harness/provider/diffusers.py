"""``diffusers``: a pipeline on this machine, from a folder, the local cache of the hub, or a function of the user.

Each picture has a fresh generator on the CPU, alone and in a batch; torch is told to compute deterministically while
it draws. Nothing heavy is imported before the first draw, and nothing is downloaded unless the suite says so.
"""

import hashlib
import importlib.util
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DrawFault, DrawTimeout, HarnessError, MissingExtra
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.diffusers_settings import (
    ATTENTIONS,
    DTYPES,
    FROM_A_FUNCTION,
    HONOURED,
    OPTIONS,
    Wanted,
    wanted,
)
from harness.provider.faults import BadOption
from harness.provider.identity import file_identity
from harness.provider.omission import omitted, with_omissions
from harness.provider.process import Isolated
from harness.provider.protocol import Capabilities, Drawn, Job
from harness.provider.steps import QUALITY_STEPS, overruled
from harness.records import Recipe

if TYPE_CHECKING:
    from harness.provider.diffusers_loading import Loaded

PACKAGES = ("torch", "diffusers", "transformers")
_DRAWING = threading.Lock()
"""A pipeline keeps state while it draws, and the switches of torch belong to the whole process: one at a time."""


class Diffusers:
    """A local pipeline as a provider. Safe from several threads; it draws one after the other."""

    kind = "diffusers"

    def __init__(self, name: str, options: Mapping[str, Any], root: Path) -> None:
        self.name = name
        self._options = options
        self._root = root
        first = wanted(name, options)
        self.capabilities = _capabilities_of(first)
        if any(importlib.util.find_spec(package) is None for package in PACKAGES):
            raise MissingExtra(f"provider `{name}` (kind diffusers)", "diffusers")
        if first.model is not None and first.model[0] in "./~" and not (root / first.model).expanduser().is_dir():
            raise BadOption(name, f"there is no folder {first.model}", "give the folder that holds model_index.json")
        self._loaded: dict[Any, Loaded] = {}

    def draw(self, job: Job) -> Drawn:
        """Draw one picture. Raises DrawFault, DrawRefused (flagged by its safety checker) or DrawTimeout."""
        return self._drawn([job])[0]

    def draw_batch(self, jobs: Sequence[Job]) -> list[Drawn]:
        """Draw several pictures, in order; those that differ only in words and seed go through together."""
        return self._drawn(jobs)

    def close(self) -> None:
        """Let go of the weights."""
        self._loaded.clear()

    def isolated(self, *, threads: int | None = None, environment: Mapping[str, str] | None = None) -> Isolated:
        """The same pipeline in a fresh process with this many arithmetic threads and these further variables."""
        return Isolated(self.name, self.kind, self._options, self._root, self.capabilities, threads, environment)

    def _drawn(self, jobs: Sequence[Job]) -> list[Drawn]:
        from harness.provider.diffusers_drawing import group_of

        seconds = sum(job.timeout for job in jobs)
        deadline = time.monotonic() + seconds
        for job in jobs:
            if job.recipe.request.ask is not None:
                raise DrawFault(self.name, "a pipeline draws; it gets no question", "name another provider")
        if not _DRAWING.acquire(timeout=seconds):
            raise DrawTimeout(self.name, seconds)
        try:
            asked = [wanted(self.name, self._options, job.recipe) for job in jobs]
            groups: dict[Any, list[int]] = {}
            for index, (want, job) in enumerate(zip(asked, jobs, strict=True)):
                groups.setdefault(group_of(want, job), []).append(index)
            drawn: dict[int, Drawn] = {}
            for indices in groups.values():
                together = self._group(asked[indices[0]], [jobs[index] for index in indices], deadline, seconds)
                drawn |= zip(indices, together, strict=True)
        except DrawFault:
            raise
        except HarnessError as fault:
            raise DrawFault(self.name, str(fault), fault.remedy) from fault
        finally:
            _DRAWING.release()
        return [drawn[index] for index in range(len(jobs))]

    def _group(self, want: Wanted, jobs: Sequence[Job], deadline: float, limit: float) -> list[Drawn]:
        from harness.provider.diffusers_drawing import draw
        from harness.provider.diffusers_loading import load

        key = want.loading
        if key not in self._loaded:
            self._loaded[key] = load(self.name, want, self._root)
        begun = time.perf_counter()
        pictures = draw(self.name, self._loaded[key], want, jobs, deadline, limit)
        seconds = (time.perf_counter() - begun) / len(jobs)
        found = []
        for position, (job, picture) in enumerate(zip(jobs, pictures, strict=True)):
            left_out = omitted(job.recipe, HONOURED, (*OPTIONS, *self._options)) + list(picture.left_out)
            left_out += overruled({**self._options, **job.recipe.subject.settings})
            environment = dict(picture.environment) | {"batch": {"size": len(jobs), "position": position}}
            found.append(Drawn(picture.data, with_omissions(environment, sorted(set(left_out))), seconds, 0.0))
        return found


def _capabilities_of(want: Wanted) -> Capabilities:
    return Capabilities(
        seed="exact-per-environment" if want.deterministic else "best-effort",
        honours=HONOURED,
        price=0.0,
        concurrency=1,
        batch=True,
        isolated=True,
        choices={"quality": tuple(want.quality_steps), "dtype": DTYPES},
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(wanted("diffusers", options))


def _identity(options: Mapping[str, Any], recipe: Recipe, root: Path) -> Mapping[str, Any] | None:
    """The versions, and the weights as files; None where they can change unseen (a name on a hub, a function)."""
    want = wanted("diffusers", options)
    model = recipe.subject.model or want.model
    folder = root / (model or "")
    if want.function is not None or model is None or not folder.is_dir():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [(str(path.relative_to(folder)), file_identity(path)) for path in files]
    versions: dict[str, Any] = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            return None
    return versions | {"files": hashlib.sha256(repr(told).encode()).hexdigest()}


def _explain(_measure: bool) -> Explanation:
    tiers = [Tier("quality", name, f"{steps} steps", None, 0.0) for name, steps in QUALITY_STEPS.items()]
    tiers += [Tier("size", "as asked", "where the pipeline takes width and height", None, 0.0)]
    notes = (
        "A fresh CPU generator for each picture, in a batch too; deterministic algorithms, cuDNN benchmark off, TF32 "
        f"off, attention {ATTENTIONS[0]}. `deterministic: false` leaves torch as it is: its seed is then best-effort.",
        "image with strength, and with mask (white is drawn anew): by the pipeline itself, or by its image-to-image or "
        "inpainting form with the same weights.",
        f"{FROM_A_FUNCTION}. Nothing is downloaded unless `local_files_only: false`.",
        "Needs the extra: pip install 'image-harness[diffusers]'. Free; how fast depends on the model, so it is not "
        "measured here.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, OPTIONS, tuple(tiers), notes)


ADAPTER = Adapter("diffusers", "a local diffusers pipeline", _capabilities, Diffusers, _explain, identity=_identity)
