"""How alike repeated generations are, and what a provider promises of it."""

from enum import StrEnum


class Level(StrEnum):
    """A level of determinism, strongest first."""

    BYTES = "bytes"
    PIXELS = "pixels"
    LSB = "lsb"
    PERCEPTUAL = "perceptual"
    STRUCTURAL = "structural"
    DISTRIBUTION = "distribution"
    NONE = "none"

    def at_least(self, other: "Level") -> bool:
        """Return whether this level is as strong as another, or stronger."""
        return LEVELS.index(self) <= LEVELS.index(other)

    @property
    def exact(self) -> bool:
        """Whether every pixel repeats."""
        return self.at_least(Level.PIXELS)


LEVELS = tuple(Level)
"""The levels, strongest first."""


class SeedPromise(StrEnum):
    """What a provider promises of its seed, weakest first. ``exact`` promises equal pixels on every machine."""

    NONE = "none"
    BEST_EFFORT = "best-effort"
    EXACT_PER_ENVIRONMENT = "exact-per-environment"
    EXACT = "exact"

    @property
    def exact_here(self) -> bool:
        """Whether equal pixels are promised at least within one environment."""
        return self in (SeedPromise.EXACT_PER_ENVIRONMENT, SeedPromise.EXACT)


SEED_PROMISES = tuple(SeedPromise)
"""The promises, weakest first."""
SERVER_PROMISES = SEED_PROMISES[: SEED_PROMISES.index(SeedPromise.EXACT)]
"""What a server can promise: which machine answers is not known."""
