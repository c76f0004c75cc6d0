"""How alike two images are, as measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value, or the reason why there is none. Exactly one of ``value`` and ``absent`` is given.

    ``detail`` holds what stands behind the value (hashes: ``{"a": hex, "b": hex}``).
    """

    value: float | bool | None = None
    absent: str | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The panel between a candidate and one accepted image.

    ``accepted`` is the index of that image in the manifest (0 = first accepted); ``heat_map`` is the path of
    the written heat map relative to the run's folder; ``blocks`` (x, y, w, h in pixels) the most changed places.
    """

    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    accepted: int = 0
    heat_map: str | None = None
    blocks: tuple[tuple[int, int, int, int], ...] = ()
