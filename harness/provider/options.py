"""Reading a provider's options: each is of one type, and one that nobody takes is an error."""

from collections.abc import Mapping
from typing import Any

from harness.errors import nearest
from harness.provider.errors import BadOptionError
from harness.vocabulary import SEED_PROMISES, SeedPromise

MAX_CONCURRENCY = 256


class Options:
    """The options of one provider, taken one by one; :meth:`done` refuses what is left."""

    def __init__(self, provider: str, given: Mapping[str, Any]) -> None:
        self.provider = provider
        self._left = dict(given)
        self._known: list[str] = []

    def text(self, name: str, default: str | None = None) -> str | None:
        """A text, not empty."""
        value = self._take(name, default)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.fault(f"`{name}` takes a text, not {value!r:.60}")
        return value

    def needed(self, name: str, hint: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if value is None:
            raise self.fault(f"`{name}` is missing", hint)
        return value

    def number(self, name: str, default: float | None = None, *, least: float = 0.0) -> float | None:
        """A number of at least ``least``."""
        value = self._take(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < float("inf"):
            raise self.fault(f"`{name}` takes a number of at least {least:g}, not {value!r:.60}")
        return float(value)

    def whole(self, name: str, default: int, *, least: int = 1, most: int = 2**31) -> int:
        """A whole number within bounds."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fault(f"`{name}` takes a whole number from {least} to {most}, not {value!r:.60}")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty when it is not given."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.fault(f"`{name}` takes a list of texts, not {value!r:.60}")
        return tuple(value)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of some words."""
        value = self._take(name, default)
        if value not in allowed:
            raise self.fault(f"`{name}` cannot be {value!r:.60}", nearest(str(value), allowed))
        return str(value)

    def anything(self, name: str) -> Any:
        """The value as given, None when it is not."""
        return self._take(name, None)

    def promise(self, default: SeedPromise, allowed: tuple[SeedPromise, ...] = SEED_PROMISES) -> SeedPromise:
        """The seed promise."""
        return SeedPromise(self.one_of("promise", allowed, default))

    def concurrency(self, default: int = 1) -> int:
        """How many images at a time."""
        return self.whole("concurrency", default, most=MAX_CONCURRENCY)

    def done(self) -> None:
        """Raise BadOptionError when an option is left that nobody took."""
        if self._left:
            name = next(iter(self._left))
            raise self.fault(f"unknown option `{name}`", nearest(name, self._known))

    def fault(self, problem: str, hint: str = "") -> BadOptionError:
        """The fault of this provider's options."""
        return BadOptionError(self.provider, problem, hint)

    def _take(self, name: str, default: Any) -> Any:
        self._known.append(name)
        return self._left.pop(name, default)
