"""How settings override each other: defaults, then the case, then the variant, then ``--set``."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import FieldError
from harness.suite.model import CaseEntry, Shared
from harness.vocabulary import SUBJECT_FIELDS

Layer = dict[str, Any]
"""Values by field name; ``settings`` is a mapping of its own."""

GENERATION_FIELDS = ("provider", "model", "size", "aspect", *SUBJECT_FIELDS, "negative_prompt")
"""Fields that shape an image: what a matrix may vary and ``--set`` may change."""
JUDGED_FIELDS = (
    "drift", "warn", "ignore", "determinism", "confirm", "profile", "fallback", "per_profile", "embedding",
)  # fmt: skip
"""Fields that say how an image is judged."""


def layer_of(entry: Shared) -> Layer:
    """Return what an entry of the file says, without what it leaves out."""
    stated = {name: getattr(entry, name) for name in Shared.model_fields if getattr(entry, name) is not None}
    if isinstance(entry, CaseEntry) and entry.strength is not None:
        stated["strength"] = entry.strength
    return stated


def layer_of_values(values: Mapping[str, Any], fields: Iterable[str]) -> Layer:
    """Return checked values by name as a layer: those not in ``fields`` are settings."""
    known = set(fields)
    layer = {name: value for name, value in values.items() if name in known}
    settings = {name: value for name, value in values.items() if name not in known}
    return layer | {"settings": settings} if settings else layer


def over(lower: Layer, upper: Layer) -> Layer:
    """Return ``lower`` overridden by ``upper``: settings key by key, size and aspect as one.

    A size of two sides takes an inherited aspect's place; an aspect shapes the longer side of an inherited size.
    """
    merged = lower | upper
    if "settings" in lower and "settings" in upper:
        merged["settings"] = lower["settings"] | upper["settings"]
    if "size" in upper and "aspect" in lower and "aspect" not in upper and upper["size"][1] is not None:
        del merged["aspect"]
    if "aspect" in upper and "size" in lower and "size" not in upper and lower["size"][1] is not None:
        merged["size"] = (max(lower["size"]), None)
    if "size" in upper and "aspect" in upper and upper["size"][1] is not None:
        raise FieldError("`size` and `aspect` both say how wide and high", "with `aspect`, `size` is the longer side")
    return merged
