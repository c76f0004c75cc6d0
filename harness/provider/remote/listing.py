"""The listing of models that a service gives (``GET models``): the day on which a model ends."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from harness.provider.ending import Ending
from harness.provider.remote.decoding import as_list, as_map, as_text, number

FIELDS = ("shutdown_date", "expiration_date")
"""Fields of a model that name the day: OpenAI's, and OpenRouter's."""
SECONDS = 5.0
"""How long a listing is waited for before a run."""


def listed_endings(document: Any, models: Iterable[str], page: str) -> list[Ending]:
    """Return the ends of these models as a listing names them."""
    rows = {as_text(row.get("id")): row for row in map(as_map, as_list(as_map(document).get("data")))}
    found = []
    for model in models:
        row = rows.get(model, {})
        day = next((day for name in FIELDS if (day := _day(row.get(name))) is not None), None)
        if day is not None:
            found.append(Ending(model, day, page=page))
    return found


def _day(value: Any) -> date | None:
    """Return a day given as ISO text or as seconds since 1970, None for anything else."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        seconds = number(value)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
