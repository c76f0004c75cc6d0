"""Faults of choosing and setting up a provider; those of generating are in ``harness.errors``."""

from collections.abc import Iterable

from harness.errors import HarnessError, nearest


class UnknownKindError(HarnessError):
    """No adapter of this name. ``known`` are those there are."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.known = tuple(sorted(known))
        super().__init__(kind, self.known)

    def __str__(self) -> str:
        return f"there is no provider of kind `{self.kind}`"

    @property
    def hint(self) -> str:
        return nearest(self.kind, self.known)


class BadOptionError(HarnessError):
    """A provider's settings that cannot be used: ``provider`` is its name or kind, ``hint`` what to write."""

    def __init__(self, provider: str, problem: str, hint: str = "") -> None:
        super().__init__(provider, problem, hint)
        self.provider = provider
        self.problem = problem
        self._hint = hint

    def __str__(self) -> str:
        return f"provider `{self.provider}`: {self.problem}"


class BrokenProviderError(HarnessError):
    """An installed adapter that cannot be loaded. ``origin`` is the distribution it came with."""

    def __init__(self, kind: str, origin: str, problem: str) -> None:
        super().__init__(kind, origin, problem)
        self.kind = kind
        self.origin = origin
        self.problem = problem

    def __str__(self) -> str:
        return f"provider kind `{self.kind}` of {self.origin} cannot be loaded: {self.problem}"

    @property
    def hint(self) -> str:
        return f"install {self.origin} anew, or remove it"
