"""Where the providers of a Session generate: in threads of this process, or one image at a time in places elsewhere."""

from pathlib import Path

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


def open_provider(spec: ProviderDefinition) -> Provider:
    """Build a provider that generates in threads of this process, or in the processes that its ``workers`` ask for.
    Raises BadOptionError, UnknownKindError …"""
    places = places_of(spec)
    if not places:
        return here(spec)
    return PlacedProvider(spec, Places(map(WorkerProcess, places)), lambda: here(spec), own=True)
