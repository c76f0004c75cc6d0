"""Why an outcome is what it is, as data: a code and its numbers and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.vocabulary import Code, Part


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for an outcome, or a note beside it. Raises ValueError for data of other names than the code's."""

    code: Code
    """What it is: listed with its data in ``docs/codes.md``."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values under the names of ``code.fields``; never sentences, but for what an error, a viewer or a
    person said, which is quoted."""

    def __post_init__(self) -> None:
        if self.data.keys() != set(self.code.fields):
            fields = ", ".join(self.code.fields) or "nothing"
            raise ValueError(f"data of {self.code.value} should be {fields}, not {', '.join(self.data)!r:.80}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two recipes or environments; None stands for what is not there."""

    part: Part
    """Whether it was asked for, generated, or what that ran on."""
    path: str
    """Its place within the part: ``settings.quality``, ``argv[5]``."""
    before: Any = None
    """The plain JSON value of the accepted image."""
    after: Any = None
    """The plain JSON value of the new image."""
