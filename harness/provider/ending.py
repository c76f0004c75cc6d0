"""When models end: by the table of models, or by the listing of a service, with what to name instead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from harness.provider.remote.pricing import Rates, rates_of, table_date

NOTICE = 120
"""Days before its end from which on a model is warned of."""
OLDEST = 2 * 365
"""Age in days from which on the table of models is warned of."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a model. ``day`` and ``page`` say when and by what page, ``replacement`` what to name instead
    (empty: nothing is known), ``note`` what else is known of it."""

    model: str
    day: date
    replacement: str = ""
    page: str = ""
    note: str = ""

    def left(self) -> int:
        """Return the days until it ends (UTC); 0 and less: it has ended."""
        return (self.day - _today()).days

    def __str__(self) -> str:
        days = self.left()
        when = f"ends in {days:,} day{'s' if days > 1 else ''}, on" if days > 0 else "ended on"
        note = f" ({self.note})" if self.note else ""
        instead = f": use `model: {self.replacement}` instead" if self.replacement else ""
        return f"{self.model} {when} {self.day}{note}{instead}"


VENDORS = {
    "api.openai.com": "openai",
    "openrouter.ai": "openrouter",
    "generativelanguage.googleapis.com": "gemini",
}
"""Whose models are served at an address."""
PRICED_KINDS = frozenset(VENDORS.values())
"""Kinds whose prices come from the table of models."""


def vendor_at(address: str) -> str | None:
    """Return whose models are served at an address, None where that is not known."""
    return VENDORS.get(urlsplit(address).hostname or "")


def ending_at(address: str, model: str) -> Ending | None:
    """Return when a model ends at the service with this address, None where nothing names a day."""
    vendor = vendor_at(address)
    return None if vendor is None else ending_of(vendor, model)


def ended(model: str) -> Ending | None:
    """Return the end of a model that any service lists under this name, where it is past; of a name such as
    ``openai/gpt-image-1`` also that of its last part."""
    names = dict.fromkeys((model, model.rpartition("/")[2]))
    found = (ending_of(vendor, name) for name in names for vendor in VENDORS.values())
    return next((ending for ending in found if ending is not None and ending.left() <= 0), None)


def ending_of(vendor: str, model: str) -> Ending | None:
    """Return when a model of a vendor ends by the table, None where it names no day."""
    rates = rates_of(vendor, model)
    if rates is None or rates.ends is None:
        return None
    return Ending(model, date.fromisoformat(rates.ends), _last(vendor, rates), rates.ends_source, rates.ends_note)


def _last(vendor: str, rates: Rates) -> str:
    """Return what to name instead of a model: of replacements that end too, the last in a row that is known."""
    passed = {rates.model}
    while (after := rates_of(vendor, rates.replacement)) is not None and after.ends and after.model not in passed:
        if not after.replacement or (date.fromisoformat(after.ends) - _today()).days > NOTICE:
            break
        passed.add(after.model)
        rates = after
    return rates.replacement


def soon(ending: Ending | None) -> Ending | None:
    """Return the ending where it is near enough to be warned of, or past."""
    return ending if ending is not None and ending.left() <= NOTICE else None


def table_age() -> int:
    """Days since the table of models was made; below 0: it is of a day to come."""
    return (_today() - table_date()).days


def table_said() -> str:
    """Return which table of models it is: its day, and how old it is."""
    age = table_age()
    when = "of a day to come" if age < 0 else f"{age:,} day{'' if age == 1 else 's'} old"
    return f"the table of {table_date()}, {when}"


def table_warning() -> str | None:
    """Return what to warn of the table of models: that it is old, or of a day to come. None where it is neither."""
    age = table_age()
    if -1 <= age < OLDEST:
        return None
    when = f"{age:,} days old" if age > 0 else "of a day to come: see the clock of this machine"
    return f"the table of models and prices ({table_date()}) is {when}; state `price:`, or update image-harness"


def _today() -> date:
    return datetime.now(UTC).date()
