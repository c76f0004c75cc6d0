"""Decisions that wait to be written: the marks of a person who reviewed a run, as a page exports them."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from harness.baseline.errors import DecisionsError
from harness.records import read_document
from harness.vocabulary import MarkAction

MOST_BYTES = 16 * 1024 * 1024
"""Size of a file of decisions at most."""

DecisionId = Annotated[str, Meta(pattern="^[0-9a-f]{12}$", max_length=12)]
"""12 hex digits that no other decision has."""

DigestBegin = Annotated[str, Meta(pattern="^([0-9a-f]{16,64})?$", max_length=64)]
"""The first 16 or more hex digits of a pixel digest; empty where there is no image."""

StateDigest = Annotated[str, Meta(pattern="^([0-9a-f]{64})?$", max_length=64)]
"""The digest of a trial's entries in the manifest; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is decided of one trial."""

    key: str
    """The trial: ``suite/case/variant-s0``."""
    action: MarkAction
    """``accept``, ``add`` (as an additional valid image), ``reject`` or ``ignore``."""
    image: DigestBegin = ""
    """The pixel digest of the image that was looked at."""
    before: StateDigest | None = None
    """What the manifest held for the trial when it was looked at; None: what the run was compared with."""
    until: str | None = None
    """Of an ``ignore``: its last day, an ISO date."""


@dataclass(frozen=True, slots=True)
class Marks:
    """A submit: all marks of a person over one run."""

    id: DecisionId
    """Its id in the log: what is submitted again with the same id is not written twice."""
    run: str
    """The run that was looked at."""
    marks: tuple[Mark, ...]
    """One mark a trial."""
    reason: str = ""
    """Why."""

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{12}", self.id):
            raise ValueError("id: is not 12 hex digits")
        if not self.marks:
            raise ValueError("marks: there is none")
        key, times = Counter(mark.key for mark in self.marks).most_common(1)[0]
        if times > 1:
            raise ValueError(f"marks: {key!r:.80} is decided {times} times")
        for mark in self.marks:
            if (mark.until is not None) != (mark.action == MarkAction.IGNORE):
                raise ValueError(f"marks: {key!r:.80}: until belongs to an ignore, and an ignore needs it")
            if mark.until is not None:
                date.fromisoformat(mark.until)

    def keys(self, *actions: MarkAction) -> list[str]:
        """Return the trials with one of these actions; all without any."""
        return [mark.key for mark in self.marks if not actions or mark.action in actions]


def read_marks(data: bytes, path: Path) -> Marks:
    """Return the decisions in a file; ``path`` is for the message. Raises DecisionsError."""
    if len(data) > MOST_BYTES:
        raise DecisionsError(path, f"is larger than {MOST_BYTES // 1024**2} MiB")
    try:
        return read_document("decisions", Marks, data)
    except (ValueError, RecursionError) as error:
        raise DecisionsError(path, f"holds no decisions: {error}") from error
