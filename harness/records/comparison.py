"""How alike two images are, as measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from harness.records.reason import Reason
from harness.records.types import Count, RelativeFile


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value, or the reason why there is none. Exactly one of ``value`` and ``absent`` is given;
    the value is finite.
    """

    value: float | bool | None = None
    """In the metric's own unit and range."""
    absent: str | None = None
    """Why there is no value."""
    detail: Mapping[str, Any] | None = None
    """The data of the value (hashes: ``{"a": hex, "b": hex}``)."""

    def __post_init__(self) -> None:
        if self.value is not None and not isfinite(self.value):
            object.__setattr__(self, "absent", f"not a finite number: {self.value}")
            object.__setattr__(self, "value", None)


@dataclass(frozen=True, slots=True)
class Region:
    """A place in which two images differ."""

    box: tuple[int, int, int, int]
    """x, y, width, height in pixels."""
    pixels: Count
    """How many pixels in it differ noticeably."""
    greatest: Count
    """The largest difference of any of their channels, in levels from 1 to 255."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The panel between a candidate and one accepted image."""

    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    """By the name of the metric."""
    accepted: Count = 0
    """Index of the accepted image in the manifest, 0 for the first accepted."""
    heat_map: RelativeFile | None = None
    """The heat map, relative to the run's folder: of the size of the images."""
    regions: tuple[Region, ...] = ()
    """Where they differ, the greatest differences first."""
    more_regions: Count = 0
    """Regions that are not listed."""
    blocks: tuple[tuple[int, int, int, int], ...] = ()
    """The blocks of the lowest SSIM: x, y, width, height in pixels."""
    changes: tuple[Reason, ...] = ()
    """What turns the accepted image into the candidate, proven by applying it; none where nothing known does."""

    def value(self, metric: str) -> float | None:
        """Return the value of a metric, or None where it could not be measured."""
        measured = self.measurements.get(metric)
        return None if measured is None or measured.value is None else float(measured.value)

    def absent(self, metric: str) -> str:
        """Why a metric has no value; empty where it has one, or was not part of the comparison."""
        measured = self.measurements.get(metric)
        return "" if measured is None else measured.absent or ""

    def judge(self, metric: str) -> str | None:
        """Return the digest of the viewer that measured a metric, None where none did."""
        measured = self.measurements.get(metric)
        detail = None if measured is None else measured.detail
        return None if detail is None else detail.get("judge")

    @property
    def same_pixels(self) -> bool:
        """Whether every compared pixel is equal (outside the ignored boxes)."""
        return self.value("pixels_equal") == 1.0
