"""The providers that a suite names: its own, those of the project and the built-in ones, with what they can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import FieldError, HarnessError, UsageError, nearest
from harness.records import Subject
from harness.suite.layers import Layer
from harness.suite.model import SuiteEntry
from harness.suite.overrides import Overrides
from harness.suite.project import Project
from harness.suite.project_file import project_source
from harness.suite.promises import Lookup, Refusal
from harness.suite.provider_spec import ProviderSpec
from harness.suite.read import SuiteFile, complain_provider
from harness.suite.routes import ROUTE, RouteError, expanded, shown
from harness.suite.servers import Servers, read_servers, with_server_of
from harness.vocabulary import OUTSIDE_SUBJECT, SUBJECT_FIELDS

if TYPE_CHECKING:
    from harness.provider import Capabilities


@dataclass(slots=True)
class NamedProviders:
    """Finds the providers of one suite; ``used`` collects those that its cases name, ``refuse`` complains about a field
    where it was given."""

    entry: SuiteEntry
    source: SuiteFile
    project: Project
    lookup: Lookup | None
    overrides: Overrides
    refuse: Callable[[Refusal, tuple[str | int, ...], tuple[str | int, ...]], None]
    used: dict[str, ProviderSpec] = field(default_factory=dict)
    servers: Servers = field(init=False)
    _found: dict[str, ProviderSpec] = field(default_factory=dict)
    _promises: "dict[str, Capabilities | None]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.servers = {**self.project.servers, **read_servers(self.entry.servers, self.source)}

    def named(self, where: Sequence[str | int], layer: Layer) -> ProviderSpec | None:
        """Return the provider a layer names, with ``--set provider`` over it."""
        name = self.overrides.layer.get("provider") or layer.get("provider")
        if name is None:
            self.source.complain((*where, "id"), "no `provider` is named", "add `provider: painter` to the suite")
            return None
        if name not in self._found:
            spec = self._found[name] = self._routed(self._spec(name))
            self.used[spec.name] = spec
        return self._found[name]

    def _spec(self, name: str) -> ProviderSpec:
        """Return a provider with what is stated of its environment: by the command line and the variables, else by its
        own options, else by the suite."""
        spec = self._defined(name)
        own = spec.options.get("environment", {})
        if not isinstance(own, Mapping) or not (self.entry.environment or self.project.environment):
            return spec
        stated = {**self.entry.environment, **own, **self.project.environment}
        return replace(spec, options={**spec.options, "environment": stated})

    def _routed(self, spec: ProviderSpec) -> ProviderSpec:
        """Return a route with its providers in place of their names; complains where one of them cannot be used."""
        try:
            route = expanded(spec, self._spec, self._check_member, lambda member: subject_of(member, {}))
            members = route.options.get("members", {}) if route.kind == ROUTE else {}
            chosen = self.overrides.written.get("server")
            started = chosen and any("server" in one["options"] for one in members.values())
            return replace(route, name=f"{route.name}@{chosen}") if started else route
        except RouteError as fault:
            if spec.name not in self.entry.providers:
                raise UsageError(f"{spec.defined}: {fault}", fault.hint) from None
            place: tuple[str | int, ...] = ("providers", spec.name)
            if fault.index is not None:
                place = (*place, "over", fault.index)
            self.source.complain(place, str(fault), fault.hint, at_key=fault.index is None)
            self._promises[spec.name] = None
            return spec

    def _check_member(self, member: ProviderSpec) -> None:
        """Look up what a provider of a route promises. Raises HarnessError; ``known`` then also holds our names."""
        if self.lookup is None:
            return
        try:
            self.lookup(member)
        except HarnessError as fault:
            if hasattr(fault, "known"):
                fault.known = tuple({*self.entry.providers, *self.project.providers, *fault.known})
            raise

    def check_unused(self) -> None:
        """Complain about the options of the providers that no case names; their kinds need not be installed."""
        for name in self.entry.providers.keys() - self._found.keys():
            spec = self._spec(name)
            if spec.kind == ROUTE or self.lookup is None or spec.name in self._promises:
                continue
            try:
                self.lookup(spec)
            except HarnessError as fault:
                if not hasattr(fault, "known"):
                    complain_provider(self.source, name, fault)

    def _defined(self, name: str) -> ProviderSpec:
        """Return a provider as it is defined, with the server that it names, or that --set names."""
        spec, chosen = self._written(name), self.overrides.written.get("server")
        if chosen is not None and "server" in spec.options:
            self.overrides.taken.add("server")
        try:
            return with_server_of(spec, self.servers, chosen)
        except FieldError as fault:
            if chosen is not None:
                raise UsageError(f"{self.overrides.shown('server')}: {fault.message}", fault.hint) from None
            self.source.complain(("providers", name, "server"), fault.message, fault.hint)
            self._promises[name] = None
            return spec

    def _written(self, name: str) -> ProviderSpec:
        if name in self.entry.providers:
            entry = self.entry.providers[name]
            line = self.source.place(("providers", name), at_key=True).line
            root = str(self.source.path.parent)
            return ProviderSpec(name, entry.kind, dict(entry.__pydantic_extra__), root, f"{self.source.path}:{line}")
        return self.project.providers.get(name) or ProviderSpec(name, name)

    def promise(
        self, spec: ProviderSpec, where: tuple[str | int, ...], at: tuple[str | int, ...]
    ) -> "Capabilities | None":
        """Return what a provider can do, None where that is not looked up or was complained about; ``where`` and ``at``
        are the case and the matrix that name it."""
        if self.lookup is None:
            return None
        if spec.name in self._promises:
            return self._promises[spec.name]
        try:
            self._promises[spec.name] = self.lookup(spec)
        except HarnessError as fault:
            self._promises[spec.name] = None
            self._complain_lookup(spec, fault, where, at)
        return self._promises[spec.name]

    def _complain_lookup(
        self, spec: ProviderSpec, fault: HarnessError, where: tuple[str | int, ...], at: tuple[str | int, ...]
    ) -> None:
        name = spec.name.partition("@")[0]
        if name in self.entry.providers:
            complain_provider(self.source, name, fault)
            return
        if name in self.project.providers:
            source = project_source(Path(spec.defined.rpartition(":")[0]))
            complain_provider(source, name, fault)
            source.raise_problems()
        known = {*self.entry.providers, *self.project.providers, *getattr(fault, "known", ())}
        message = f"unknown provider `{spec.name}`" if hasattr(fault, "known") else str(fault)
        hint = nearest(spec.name, known) if hasattr(fault, "known") else fault.hint
        self.refuse(Refusal("provider", message, hint), where, at)


def subject_of(spec: ProviderSpec, layer: Layer) -> Subject:
    """Return what generates: the provider with its options and the settings of a layer, without how it is reached."""
    options = {key: value for key, value in spec.options.items() if key not in OUTSIDE_SUBJECT}
    if isinstance(reader := options.get("interpreter"), Mapping):
        options["interpreter"] = {key: value for key, value in reader.items() if key not in OUTSIDE_SUBJECT}
    if spec.kind == ROUTE:
        options = shown(options)
    model = layer.get("model", options.pop("model", None))
    settings = options | layer.get("settings", {}) | {key: layer[key] for key in SUBJECT_FIELDS if key in layer}
    return Subject(spec.name, spec.kind, model, settings)
