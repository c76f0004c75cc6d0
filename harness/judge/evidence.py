"""All that is known of one trial when it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import GenerationError
from harness.records import Comparison, Finding, FloorReading, Reason, Recipe, RepeatReading, Trial
from harness.vocabulary import Code, Level, Source


@dataclass(frozen=True, slots=True)
class Reference:
    """One accepted image and the candidate's comparison with it.

    ``floor`` is what its noise floor says of the candidate, None where none is stored; ``notes`` what decoding left out
    of the accepted image.
    """

    recipe: Recipe
    environment: Mapping[str, Any]
    comparison: Comparison
    floor: FloorReading | None = None
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What :func:`harness.judge.judge` reads.

    ``fault`` is why there is no image; ``undecodable`` why the bytes are not images; ``broken`` why the image
    looks blank or like noise; ``missing`` why there is no reference; ``altered`` which accepted image is not
    the one that was accepted; ``rejected`` who rejected the same image before, when and why; ``refusal`` the recipe
    whose refusal was accepted; ``level`` the determinism seen against the other repeats of this run, None when nothing
    was repeated; ``ignored`` who ignores the trial, until when and why; ``environment`` that of the candidate;
    ``unplaced`` which fields that choose the baseline are unknown; ``fallback`` that the baseline is that of a less
    specific profile; ``notes`` what decoding left out of it; ``answer`` for an ``ask`` case; ``probe`` what the stored
    probe says of how the provider repeats; ``repeat`` what generating a drift again gave; ``unchecked`` the words of
    the prompt about which no check could be derived.
    """

    trial: Trial
    environment: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Reason, ...] = ()
    source: Source = Source.GENERATED
    fault: GenerationError | None = None
    undecodable: Reason | None = None
    broken: Reason | None = None
    references: tuple[Reference, ...] = ()
    missing: Reason = Reason(Code.BASELINE_NONE)  # noqa: RUF009 -- frozen
    unplaced: Reason | None = None
    fallback: Reason | None = None
    altered: Reason | None = None
    rejected: Reason | None = None
    refusal: Recipe | None = None
    findings: tuple[Finding, ...] = ()
    level: Level | None = None
    ignored: Reason | None = None
    answer: str | None = None
    require_generated: bool = False
    probe: tuple[Reason, ...] = ()
    unchecked: tuple[str, ...] = ()
    repeat: RepeatReading | None = None
