"""What was asked of a provider and not done, as notes on the trial: never silent."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.records import Reason
from harness.vocabulary import Code


def unmet(environment: Mapping[str, Any], provider: str) -> Iterator[Reason]:
    """One note for the settings that were left out (``omitted``: names), one for each that the provider changed
    (``clamped``: name → ``{"asked": …, "got": …}``)."""
    omitted = environment.get("omitted")
    if isinstance(omitted, (list, tuple)) and omitted:
        yield Reason(Code.LEFT_OUT, {"provider": provider, "names": [*map(str, omitted)]})
    clamped = environment.get("clamped")
    if isinstance(clamped, Mapping):
        for name, change in sorted(clamped.items()):
            if isinstance(change, Mapping):
                values = {"asked": change.get("asked"), "got": change.get("got")}
                yield Reason(Code.CLAMPED, {"provider": provider, "name": name, **values})
