"""What a kind of provider brings: how it is built, what it promises, how it reads the common vocabulary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.provider.protocol import Capabilities, Provider
from harness.records import Recipe


@dataclass(frozen=True, slots=True)
class Tier:
    """One word of the common vocabulary as an adapter reads it.

    ``setting`` and ``value`` are the word (``quality``, ``draft``), ``meaning`` the adapter's own terms, ``seconds``
    the time of an image as measured just now (None: not measured), ``cost`` in US dollars (None: unknown).
    """

    setting: str
    value: str
    meaning: str
    seconds: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What ``harness providers --explain`` tells of a kind, as data. ``options`` are name → what it does."""

    kind: str
    summary: str
    options: Mapping[str, str] = field(default_factory=dict)
    vocabulary: tuple[Tier, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adapter:
    """A kind of provider; what an entry point of the group ``image_harness.providers`` names.

    ``capabilities`` and ``create`` raise BadOptionError for options they cannot use; ``capabilities`` imports nothing
    heavy. ``create`` takes the name used in the suite, the options, and the folder where relative paths start.
    ``explain`` takes whether to measure times now.

    ``price`` is US dollars for the image of one recipe under these options (None: unknown); without it, and where
    the user states ``price:``, the price of the capabilities holds. ``identity`` is what beside the recipe decides
    the image and is known without generating (the digest of a program, of a file that the options name), for the
    cache; it takes options, recipe and root, and returns None where an image is never worth caching.
    """

    kind: str
    summary: str
    capabilities: Callable[[Mapping[str, Any]], Capabilities]
    create: Callable[[str, Mapping[str, Any], Path], Provider]
    explain: Callable[[bool], Explanation]
    price: Callable[[Mapping[str, Any], Recipe], float | None] | None = None
    identity: Callable[[Mapping[str, Any], Recipe, Path], Mapping[str, Any] | None] | None = None
