"""Why an outcome is what it is, as data: a code and its numbers and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.vocabulary import Code, Part


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its ``code``, and under the names of ``code.fields`` plain JSON values, never sentences (but for what
    an error, a viewer or a person said, which is quoted). Raises ValueError for data of other names.
    """

    code: Code
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.data.keys() != set(self.code.fields):
            fields = ", ".join(self.code.fields) or "nothing"
            raise ValueError(f"data of {self.code.value} should be {fields}, not {', '.join(self.data)!r:.80}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: ``path`` within its ``part`` (``settings.quality``, ``argv[5]``), and the plain JSON
    values ``before`` and ``after``; None where there is none."""

    part: Part
    path: str
    before: Any = None
    after: Any = None
