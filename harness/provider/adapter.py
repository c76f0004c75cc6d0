"""What a kind of provider is: a class that generates, and the record of its options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.provider.options import ProviderOptions
from harness.provider.protocol import Capabilities, Provider


@dataclass(frozen=True, slots=True)
class Adapter:
    """A kind of provider; what an entry point of the group ``image_harness.providers`` names.

    ``provider`` takes the name used in the suite, the options as read, and the folder where relative paths start; it
    raises BadOptionError for options that cannot be used here (a file that is not there).
    """

    kind: str
    summary: str
    provider: Callable[[str, Any, Path], Provider]
    options: type[ProviderOptions]

    def capabilities(self, given: Mapping[str, Any]) -> Capabilities:
        """Return what a provider of this kind with these options can do. Raises BadOptionError."""
        return self.options.read(self.kind, given).capabilities

    @property
    def priced_by_recipe(self) -> bool:
        """Whether images under the same options differ in price."""
        return self.options.price_of is not ProviderOptions.price_of
