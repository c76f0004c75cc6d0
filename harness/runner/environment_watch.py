"""Whether the environment that images are generated in changes while a run goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.judge import environment_differences
from harness.records import TrialResult
from harness.vocabulary import Source

_OF_A_REQUEST = ("omitted", "clamped")
"""What a provider says of one request, not of where it generates."""
_PLACE = "process.variables.CUDA_VISIBLE_DEVICES"
"""Another GPU for each worker is no change; what the GPU is, the environment says elsewhere."""
SHOWN = 5
"""Most values of a field that a note names."""


class EnvironmentWatch:
    """Compares the environment of each image that was generated now with that of the first one by the same subject."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._values: dict[tuple[str, str], dict[str, None]] = {}

    def see(self, result: TrialResult) -> None:
        """Take in one result."""
        if result.source != Source.GENERATED:
            return
        subject = result.recipe.subject
        first = self._first.setdefault((subject.provider, repr(subject.settings)), result.environment)
        if first is result.environment:
            return
        for one in environment_differences(first, result.environment):
            if not one.path.startswith(_OF_A_REQUEST) and one.path != _PLACE:
                values = self._values.setdefault((subject.provider, one.path), {_text(one.before): None})
                values[_text(one.after)] = None

    def notes(self) -> Iterator[str]:
        """Yield a note for each field that changed."""
        for (provider, path), values in sorted(self._values.items()):
            named = ", ".join(list(values)[:SHOWN]) + (f" and {len(values) - SHOWN} more" * (len(values) > SHOWN))
            yield f"the environment of {provider} changed during the run: {path}: {named}"


def _text(value: Any) -> str:
    return "unknown" if value is None else f"{value!s:.60}"
