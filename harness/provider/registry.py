"""The kinds of provider: those built in, and those of installed packages. Nothing is loaded before it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import HarnessError, nearest, warn
from harness.provider.adapter import Adapter
from harness.provider.ending import Ending, ending_at, soon, vendor_at
from harness.provider.errors import BrokenProviderError, UnknownKindError
from harness.provider.options import ProviderOptions
from harness.provider.protocol import Capabilities, Provider, ReadyProvider
from harness.provider.secrets import know_secrets
from harness.provider.started.definition import ServerDefinition
from harness.provider.stated_environment import Stated
from harness.records import Recipe
from harness.vocabulary import GROUPS, OURS, PROVIDERS

if TYPE_CHECKING:
    from harness.provider.local.interpreter_option import InterpreterOptions

BUILT_IN = "built in"

_BUILT_IN = {
    "painter": "harness.provider.local.painter:ADAPTER",
    "folder": "harness.provider.local.folder:ADAPTER",
    "command": "harness.provider.local.command:ADAPTER",
    "python": "harness.provider.local.python:ADAPTER",
    "diffusers": "harness.provider.local.diffusers:ADAPTER",
    "comfyui": "harness.provider.server.comfyui:ADAPTER",
    "automatic1111": "harness.provider.server.automatic1111:ADAPTER",
    "route": "harness.provider.route:ADAPTER",
    "openrouter": "harness.provider.hosted.openrouter:ADAPTER",
    "openai": "harness.provider.hosted.openai:ADAPTER",
    "openai-compatible": "harness.provider.server.openai_compatible:ADAPTER",
    "gemini": "harness.provider.hosted.gemini:ADAPTER",
    "replicate": "harness.provider.hosted.replicate:ADAPTER",
    "fal": "harness.provider.hosted.fal:ADAPTER",
    "huggingface": "harness.provider.hosted.huggingface:ADAPTER",
}


class ProviderDefinition(Protocol):
    """A provider as a suite means it; ``root`` is the folder where relative paths among its options start."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def root(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Registered:
    """A kind that is there. ``origin`` is ``built in`` or the distribution; ``target`` is ``module:attribute``;
    ``shadowed`` says that a built-in kind has the same name and is the one used."""

    kind: str
    origin: str
    target: str
    shadowed: bool = False

    def adapter(self) -> Adapter:
        """Return the adapter, imported now. Raises BrokenProviderError when a third party's cannot be."""
        module, _, attribute = self.target.partition(":")
        if self.origin == BUILT_IN:
            found = getattr(import_module(module), attribute)
            assert isinstance(found, Adapter)
            return found
        try:
            loaded = EntryPoint(self.kind, self.target, PROVIDERS).load()
        except Exception as error:  # an import runs foreign code: whatever it raises is reported, and ends nothing else
            raise BrokenProviderError(self.kind, self.origin, f"{type(error).__name__}: {error}") from error
        if not isinstance(loaded, Adapter):
            raise BrokenProviderError(self.kind, self.origin, f"{self.target} is not a harness.provider.Adapter")
        return loaded


def registry() -> dict[str, Registered]:
    """Return every kind by name: built-in, then installed. A third party cannot replace a built-in one. Warns of
    entry-point groups that are named as ours and are not known."""
    kinds = {kind: Registered(kind, BUILT_IN, target) for kind, target in _BUILT_IN.items()}
    for group in entry_points().groups:
        if group.startswith(OURS) and group not in GROUPS:
            warn(f"the entry-point group {group} is not known; {nearest(group, GROUPS)}")
    for point in sorted(entry_points(group=PROVIDERS), key=lambda point: point.name):
        origin = point.dist.name if point.dist else point.module
        if point.name in kinds:
            kinds[f"{point.name} ({origin})"] = Registered(point.name, origin, point.value, shadowed=True)
        else:
            kinds[point.name] = Registered(point.name, origin, point.value)
    return kinds


def built_in_options() -> dict[str, type[ProviderOptions]]:
    """Return the options of every built-in kind."""
    return {kind: adapter_of(kind).options for kind in _BUILT_IN}


def chat_model(given: Mapping[str, Any]) -> "InterpreterOptions":
    """Return the options of a chat model that reads prompts, as a painter takes it as ``interpreter``. Raises
    BadOptionError, whose paths begin with ``interpreter``."""
    options: Any = adapter_of("painter").options.read("painter", {"interpreter": dict(given)})
    model: InterpreterOptions = options.interpreter
    return model


def adapter_of(spec: ProviderDefinition | str) -> Adapter:
    """Return the adapter of a kind, or of a provider as a suite means it: its own, where it was made in Python.

    Raises UnknownKindError, or BrokenProviderError.
    """
    own = getattr(spec, "adapter", None)
    if isinstance(own, Adapter):
        return own
    kind = spec if isinstance(spec, str) else spec.kind
    if kind in _BUILT_IN:
        return Registered(kind, BUILT_IN, _BUILT_IN[kind]).adapter()
    kinds = {name: entry for name, entry in registry().items() if not entry.shadowed}
    if kind not in kinds:
        raise UnknownKindError(kind, kinds)
    return kinds[kind].adapter()


def create(name: str, kind: str, options: Mapping[str, Any], root: Path, adapter: Adapter | None = None) -> Provider:
    """Return the provider that a suite calls ``name``; relative paths among its options start at ``root``. ``adapter``
    replaces that of the kind.

    Raises UnknownKindError, BrokenProviderError or BadOptionError.
    """
    adapter = adapter or adapter_of(kind)
    know_secrets(options)
    known = adapter.options.read(name, options)
    provider: Provider
    if _starts_server(known):
        from harness.provider.started.provider import Started

        provider = Started(name, adapter, known, root)
    else:
        provider = adapter.provider(name, known, root)
    return Stated(provider, known.environment) if known.environment else provider


def capabilities_of(spec: ProviderDefinition) -> Capabilities:
    """Return what a provider of this kind with these options can do; nothing heavy is imported and nothing is opened.

    Raises UnknownKindError, BrokenProviderError or BadOptionError.
    """
    options = _read(spec)
    capabilities, sources = _with_workers(options), options.sources
    if sources == frozenset() or capabilities.reports is None:
        return capabilities
    return replace(capabilities, reports=None if sources is None else capabilities.reports | sources)


def price_of(spec: ProviderDefinition, recipe: Recipe) -> float | None:
    """US dollars for the image of a recipe, None when unknown. What the user states as ``price:`` always holds.

    Raises UnknownKindError, BrokenProviderError or BadOptionError.
    """
    return _read(spec).price_for(recipe)


def look_at(spec: ProviderDefinition) -> None:
    """Read the files that the options of a provider name. Raises UnknownKindError, BrokenProviderError or
    BadOptionError."""
    _read(spec).look(spec.name, Path(spec.root))


def identity_of(spec: ProviderDefinition, recipe: Recipe) -> Mapping[str, Any] | None:
    """Return what beside a recipe decides its image, as far as it is known without generating; None where
    they are not to be cached. Raises UnknownKindError, BrokenProviderError, BadOptionError or OSError."""
    options = _read(spec)
    if _starts_server(options):
        # its program may change from one run to the next
        return None
    identity = options.identity_of(recipe, Path(spec.root))
    if identity is None or not options.environment:
        return identity
    return {**identity, "environment": options.environment}


def _starts_server(options: ProviderOptions) -> bool:
    return isinstance(getattr(options, "server", None), ServerDefinition)


def endings_of(spec: ProviderDefinition, model: str | None = None) -> list[Ending]:
    """Return the ends of the models that a provider calls, where one is near or past; ``model`` is what a case names
    instead of its own. Raises UnknownKindError, BrokenProviderError or BadOptionError."""
    found = (soon(ending_at(address, name)) for address, name in _read(spec).called(model))
    return [ending for ending in found if ending is not None]


def listed_endings_of(spec: ProviderDefinition) -> tuple[Ending, ...]:
    """Return the ends of its models that the listing of its service names and the table does not; none without the key,
    and where the service is not reached. Sends one free call, to the services of the table alone.

    Raises UnknownKindError, BrokenProviderError or BadOptionError.
    """
    if not any(vendor_at(address) for address, _ in _read(spec).called()):
        return ()
    provider = create(spec.name, spec.kind, spec.options, Path(spec.root), adapter_of(spec))
    try:
        if isinstance(provider, ReadyProvider):
            provider.ready()
        return getattr(provider, "endings", ())
    except HarnessError:
        return ()
    finally:
        provider.close()


def _with_workers(options: ProviderOptions) -> Capabilities:
    """Return what a provider with these options can do, one image at a time in each of its workers."""
    count, capabilities = len(options.places), options.capabilities
    return replace(capabilities, concurrency=count, workers=count) if count else capabilities


def _read(spec: ProviderDefinition) -> ProviderOptions:
    return adapter_of(spec).options.read(spec.name, spec.options)
