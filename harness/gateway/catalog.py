"""The models that a gateway serves: each is a provider with its settings, under its own name and under aliases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.errors import nearest
from harness.gateway.errors import UnknownModelError
from harness.provider import Capabilities, capabilities_of
from harness.suite import ProviderSpec

ALIASES = (
    "gpt-image-1",
    "gpt-image-1-mini",
    "gpt-image-1.5",
    "gpt-image-2",
    "gpt-4o",
    "gpt-5",
    "gpt-5-image-mini",
    "openai/gpt-image-1",
    "openai/gpt-5-image",
    "openai/gpt-5-image-mini",
    "dall-e-2",
    "dall-e-3",
)
"""Names that applications use, served by the default provider where no alias says otherwise."""
SHIPPED = ("painter@1", "painter@2")
"""Models of the painter, served where the painter is."""


@dataclass(frozen=True, slots=True)
class Model:
    """A name that a client may ask for, and what answers."""

    id: str
    provider: ProviderSpec
    model: str | None = None
    """Of the provider; None: its default."""
    alias: bool = False
    """Whether it is another name of a provider's."""
    capabilities: Capabilities = field(default_factory=Capabilities, compare=False, repr=False)


class Catalog(Mapping[str, Model]):
    """The models of a gateway by name, the default provider's first."""

    def __init__(self, providers: Mapping[str, ProviderSpec], default: str, aliases: Mapping[str, str]) -> None:
        """Look up what ``providers`` (by name) can do; ``aliases`` are name → provider, or provider:model.

        Raises UnknownModelError for an alias of a provider that there is not, and what reading options raises.
        """
        self.default = default
        self._models: dict[str, Model] = {}
        for name in sorted(providers, key=lambda one: one != default):
            spec = providers[name]
            can = capabilities_of(spec)
            self._models[name] = Model(name, spec, capabilities=can)
            if spec.kind == "painter":
                self._models |= {one: Model(one, spec, one, capabilities=can) for one in SHIPPED}
        for alias, target in ({name: default for name in ALIASES if name not in self._models} | dict(aliases)).items():
            name, _, model = target.partition(":")
            base = self._models.get(target) or self.named(name)
            chosen = base.model if target in self._models else (model or base.model)
            self._models[alias] = Model(alias, base.provider, chosen, True, base.capabilities)

    def named(self, name: str) -> Model:
        """Return the model of a name. Raises UnknownModelError, with the nearest name."""
        if name not in self._models:
            raise UnknownModelError(
                f"there is no model '{name[:100]}'", nearest(name, self._models) or "see /v1/models", "model"
            )
        return self._models[name]

    def __getitem__(self, name: str) -> Model:
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)
