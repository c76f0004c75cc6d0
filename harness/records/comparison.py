"""How alike two images are, as measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value, or the reason why there is none. Exactly one of ``value`` and ``absent`` is given: a number
    that is not finite is none.

    ``detail`` holds what stands behind the value (hashes: ``{"a": hex, "b": hex}``).
    """

    value: float | bool | None = None
    absent: str | None = None
    detail: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not isfinite(self.value):
            object.__setattr__(self, "absent", f"not a finite number: {self.value}")
            object.__setattr__(self, "value", None)


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
