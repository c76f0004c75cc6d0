"""The worker processes of a provider: which there are, and starting one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.provider.local.process import Isolated
from harness.provider.options import ProviderOptions, WorkerPlace
from harness.provider.protocol import Capabilities
from harness.provider.registry import ProviderDefinition, adapter_of


def places_of(spec: ProviderDefinition) -> tuple[WorkerPlace, ...]:
    """Return where each of the worker processes of a provider generates; none: it generates in this process. Raises
    UnknownKindError, BrokenProviderError or BadOptionError."""
    return _read(spec).places


def can_have_workers(spec: ProviderDefinition) -> bool:
    """Return whether a provider is of a kind that computes, and so can be held by processes of its own. Raises
    UnknownKindError or BrokenProviderError."""
    return "workers" in adapter_of(spec).options.model_fields


def options_in(spec: ProviderDefinition, place: WorkerPlace | None = None) -> dict[str, Any]:
    """Return the options, as plain JSON values, that a provider is built with in a worker."""
    given = {name: value for name, value in _read(spec).given.items() if name != "workers"}
    return given if place is None else given | dict(place.options)


def started_worker(spec: ProviderDefinition, capabilities: Capabilities, place: WorkerPlace) -> Isolated:
    """Return a provider in a fresh process, as ``place`` says. Raises GenerationError or WorkerVersionError where it
    does not start."""
    variables: Mapping[str, str] = place.variables
    root = Path(spec.root)
    worker = Isolated(spec.name, spec.kind, options_in(spec, place), root, capabilities, environment=variables)
    return worker.__enter__()


def _read(spec: ProviderDefinition) -> ProviderOptions:
    return adapter_of(spec).options.read(spec.name, spec.options)
