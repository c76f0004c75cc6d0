"""What was asked of a provider and not done, as notes on the trial: never silent."""

from collections.abc import Iterator, Mapping
from typing import Any


def unmet(environment: Mapping[str, Any], provider: str) -> Iterator[str]:
    """One sentence for the settings that were left out (``omitted``: names), one for each that the provider changed
    (``clamped``: name → ``{"asked": …, "got": …}``)."""
    omitted = environment.get("omitted")
    if isinstance(omitted, (list, tuple)) and omitted:
        yield f"{provider} does not honor {', '.join(map(str, omitted))}: left out"
    clamped = environment.get("clamped")
    if isinstance(clamped, Mapping):
        for name, change in sorted(clamped.items()):
            if isinstance(change, Mapping):
                yield f"{provider} took {name} {change.get('got')} in place of {change.get('asked')}"
