"""A provider that was made in Python, in the place of a kind that is installed."""

from pathlib import Path

from harness.provider.adapter import Adapter
from harness.provider.options import ProviderOptions
from harness.provider.protocol import Capabilities, Provider
from harness.provider.wrapper import ProviderWrapper
from harness.records import Recipe

SUMMARY = "a provider made in Python"


class ObjectProvider(ProviderWrapper):
    """A provider that the caller opened and closes."""

    def close(self) -> None:
        """Leave it open."""


def object_adapter(provider: Provider) -> Adapter:
    """Return the adapter that stands for ``provider``. Its images are never cached: what decides them beside the recipe
    is not known."""

    class ObjectOptions(ProviderOptions):
        """None: the provider has what it needs."""

        @property
        def capabilities(self) -> Capabilities:
            return provider.capabilities

        def identity_of(self, recipe: Recipe, root: Path) -> None:  # noqa: ARG002 - not known of any
            return None

    return Adapter(provider.kind, SUMMARY, lambda _name, _options, _root: ObjectProvider(provider), ObjectOptions)
