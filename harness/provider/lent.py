"""A provider that was made in Python, in the place of a kind that is installed."""

from harness.provider.adapter import Adapter, Explanation
from harness.provider.protocol import Provider
from harness.provider.wrapper import ProviderWrapper

SUMMARY = "a provider made in Python"


class LentProvider(ProviderWrapper):
    """A provider that somebody else opened, and will close."""

    def close(self) -> None:
        """Leave it open."""


def lent_adapter(provider: Provider) -> Adapter:
    """The adapter that stands for ``provider``. Its images are never cached: what decides them beside the recipe is not
    known."""
    return Adapter(
        provider.kind,
        SUMMARY,
        lambda _options: provider.capabilities,
        lambda _name, _options, _root: LentProvider(provider),
        lambda _measure: Explanation(provider.kind, SUMMARY),
        identity=lambda _options, _recipe, _root: None,
    )
