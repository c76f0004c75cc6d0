"""What services charge, and when models end: a dated table, read from public pages. A price without a page is unknown.

The file is ``data/models.json``, which ``tools/models.py`` writes; each entry names the day and the page it was read
from. What a user states as ``price:`` overrides all of this.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files

from harness.records import decode_json

MILLION = 1_000_000
ANY = "any"
"""The quality under which a table keeps prices that do not depend on it."""
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$|-preview$")


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens of each kind a call took."""

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices of a model in US dollars. ``tokens`` for a million by the names of :class:`Tokens`; ``images`` for
    one by quality, then size; ``date`` (ISO) and ``source`` say when and where they were read. ``ends`` (ISO) is the
    day the model ends, None where no page names one, ``ends_source`` that page, ``replacement`` the model to name then.
    """

    model: str
    date: str
    source: str
    tokens: Mapping[str, float] = field(default_factory=dict)
    images: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    note: str = ""
    vendor: str = ""
    ends: str | None = None
    ends_source: str = ""
    ends_note: str = ""
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    date: str
    models: tuple[Rates, ...]


@cache
def _table() -> _Table:
    return decode_json(_Table, files("harness.provider").joinpath("data", "models.json").read_bytes())


def table_date() -> date:
    """Return the day of the table."""
    return date.fromisoformat(_table().date)


@cache
def tables(vendor: str) -> Mapping[str, Rates]:
    """Return the entries of a vendor (``openai``, ``openrouter``, ``gemini``) by model."""
    return {rates.model: rates for rates in _table().models if rates.vendor == vendor}


def rates_of(vendor: str, model: str) -> Rates | None:
    """Return the prices of a model; a dated snapshot (``-2026-04-21``) costs what its model costs. None: unknown."""
    known = tables(vendor)
    return known.get(model) or known.get(_SNAPSHOT.sub("", model))


def cost_of(rates: Rates | None, tokens: Tokens | None) -> float | None:
    """US dollars for these tokens; None where the price of one kind among them is not known."""
    if rates is None or tokens is None:
        return None
    used: dict[str, int] = {name: getattr(tokens, name) for name in ("text_in", "image_in", "text_out", "image_out")}
    if not any(used.values()) or any(count and name not in rates.tokens for name, count in used.items()):
        return None
    return sum(count * rates.tokens[name] for name, count in used.items() if count) / MILLION


def estimate(rates: Rates | None, quality: str | None, size: str) -> float | None:
    """US dollars for one image before it is generated; where no quality is given, the most expensive.

    None where the table has no such quality or size.
    """
    if rates is None:
        return None
    if quality is not None and ANY not in rates.images:
        return rates.images.get(quality, {}).get(size)
    prices = [by_size[size] for by_size in rates.images.values() if size in by_size]
    return max(prices, default=None)
