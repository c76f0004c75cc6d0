"""Where the providers of a Session generate: in threads of this process, or one image at a time in places elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from harness.errors import EXIT_NO_IMAGE, HarnessError, MissingExtraError
from harness.generation.placed import PlacedProvider
from harness.generation.places import Place, Places
from harness.provider import (
    Capabilities,
    LineProvider,
    Provider,
    ProviderDefinition,
    WorkerPlace,
    adapter_of,
    create,
    places_of,
    started_worker,
)
from harness.records import ExecutorSpec
from harness.vocabulary import ExecutorKind


@dataclass(eq=False, repr=False)
class ExecutorError(HarnessError):
    """A cluster that cannot be used. ``address`` is where it was looked for."""

    exit_code: ClassVar[int] = EXIT_NO_IMAGE
    address: str
    problem: str

    def __str__(self) -> str:
        return f"executor ray at {self.address}: {self.problem}"

    @property
    def hint(self) -> str:
        return "start one (ray start --head), or name one by `address` of the executor, or RAY_ADDRESS"


class Executor(Protocol):
    """Opens providers; what they give is generated where the executor says."""

    def open(self, spec: ProviderDefinition) -> Provider:
        """Build a provider. Raises HarnessError."""

    def close(self) -> None:
        """Close what the providers share, after them."""


class LocalExecutor:
    """This machine: threads of this process, or the processes that ``workers:`` of a provider asks for."""

    def open(self, spec: ProviderDefinition) -> Provider:
        """Build a provider from its name, kind, options and root. Raises BadOptionError, UnknownKindError …"""
        places = places_of(spec)
        if not places:
            return here(spec)
        return PlacedProvider(spec, Places(map(WorkerProcess, places)), lambda: here(spec), own=True)

    def close(self) -> None:
        """Do nothing: each provider closes its own."""


def here(spec: ProviderDefinition) -> Provider:
    """Build a provider in this process. Raises BadOptionError, UnknownKindError …"""
    return create(spec.name, spec.kind, spec.options, Path(spec.root), adapter_of(spec))


class WorkerProcess(Place):
    """A worker process of this machine."""

    def __init__(self, place: WorkerPlace) -> None:
        super().__init__(place.name)
        self._place = place

    def build(self, spec: ProviderDefinition, capabilities: Capabilities) -> LineProvider:
        """Start the process. Raises GenerationError."""
        return started_worker(spec, capabilities, self._place)


def executor_of(spec: ExecutorSpec | None) -> Executor:
    """Return an executor (default: this machine), with its cluster reached. Raises MissingExtraError, ExecutorError."""
    if spec is None or spec.kind is not ExecutorKind.RAY:
        return LocalExecutor()
    try:
        from harness.generation.ray_executor import RayExecutor
    except ModuleNotFoundError:
        raise MissingExtraError("executor ray", "ray") from None
    return RayExecutor(spec)


def open_provider(spec: ProviderDefinition) -> Provider:
    """Build a provider that generates on this machine. Raises BadOptionError, UnknownKindError …"""
    return LocalExecutor().open(spec)
