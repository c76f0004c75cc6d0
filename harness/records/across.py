"""Runs of several machines side by side: what each profile generated, and how far apart the images are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.comparison import Comparison
from harness.records.identity import TrialKey
from harness.records.image_ref import ImageRef
from harness.records.types import Count
from harness.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class AcrossCell:
    """What one profile generated for a trial."""

    verdict: Verdict
    """How it compares with what was accepted for its own profile."""
    run: str
    """The folder of its run."""
    image: ImageRef | None = None
    """Its image, the file relative to that folder; None where none came."""
    others: Count = 0
    """Further results of the trial in this profile: repeats, and those of other runs."""
    distance: Comparison | None = None
    """Compared with the image of the first profile; None for that one, and where there are not both."""
    problem: str = ""
    """Why an image that came was not compared."""


@dataclass(frozen=True, slots=True)
class AcrossRow:
    """One trial."""

    key: TrialKey
    """Its address."""
    prompt: str
    """What was asked for."""
    cells: tuple[AcrossCell | None, ...]
    """One for each profile, in their order; None where it was not run there."""


@dataclass(frozen=True, slots=True)
class Across:
    """Rows are trials, columns are profiles. It judges nothing: that profiles differ is no finding."""

    fields: tuple[str, ...]
    """The fields of the environment that tell the columns apart; empty: the profile that each suite names."""
    profiles: tuple[Mapping[str, Any], ...]
    """The columns: fields and their values, None for one that is unknown."""
    runs: tuple[str, ...]
    """The folders of the runs."""
    rows: tuple[AcrossRow, ...] = field(default=())
    """The trials, by suite, case, variant and seed."""
