"""Under what conditions images are generated: alone or together, in batches, in a fresh process."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a Session generates. The default is what each provider does by itself."""

    concurrency: int | None = None
    """Most images of one provider at a time; None: as many as it takes."""
    batch: int | None = None
    """Images in one batch, of providers that generate batches; None: each by itself."""
    isolation: bool = False
    """In a fresh process; of a provider that cannot have one, a fresh provider in this process."""
    threads: int | None = None
    """Arithmetic threads of the fresh process; None: as it is."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables of the fresh process."""


AS_IT_IS = Conditions()
"""What each provider does by itself."""
