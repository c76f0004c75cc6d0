"""The evidence of a statistical verdict: the noise floor of a trial, the tests of a set of images."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.records.reason import Difference, Reason
from harness.records.types import Count, Dollars, Probability, RelativeFile, Seconds


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One more generation of a trial whose score was above its limit."""

    score: float | None = None
    """Its distance from the accepted image, as in :class:`FloorReading`; None where there is none."""
    file: RelativeFile = ""
    """Its image in the run."""
    pixel_digest: str = ""
    """That of its image; empty where there is none."""
    seconds: Seconds = 0.0
    """What it took."""
    cost: Dollars | None = None
    """US dollars, None unknown."""
    problem: Reason | None = None
    """Why there is no score."""


@dataclass(frozen=True, slots=True)
class FloorNumbers:
    """What the limit of a noise floor with a spread was made of, so that it can be computed again."""

    mean: float
    """The mean of the log-scores of the repeats."""
    spread: float
    """Their standard deviation, as far as the cases of the suite share it."""
    df: Count
    """The degrees of freedom of the spread."""
    cases: Count = 1
    """How many cases share it."""


@dataclass(frozen=True, slots=True)
class FloorReading:
    """A trial compared with its noise floor."""

    score: float | None
    """Distance from the accepted image: 0 for equal pixels, 1 the tolerance without calibration; None: not measured."""
    limit: float | None
    """The largest score that is noise; None where there is none."""
    alpha: Probability
    """The chance of a false alarm: that the generation and all its confirmations exceed the limit without a drift."""
    n: Count
    """The repeats it comes from."""
    method: str = "pooled"
    """How it was made: ``pooled``, ``wide``, ``identical``, ``ranks``."""
    asked: Count = 0
    """How many confirmations a drift needs."""
    confirmations: tuple[Confirmation, ...] = ()
    """Those that were generated."""
    elsewhere: tuple[Difference, ...] = ()
    """In what the environment differs from the one that the repeats were generated in."""
    problem: Reason | None = None
    """Why there is not a limit."""
    needed: Count | None = None
    """How many repeats would give one."""
    largest: float | None = None
    """The largest score of the repeats; None in results that were recorded before it was."""
    single: Probability | None = None
    """The chance that one generation exceeds the limit without a drift: the rate of false alarms where confirmations
    only repeat the first generation. None where there is no limit or all repeats are equal."""
    numbers: FloorNumbers | None = None
    """What a limit by a spread was made of; None for other limits, and in results that were recorded before it was."""
    scales: Mapping[str, float] | None = None
    """The difference of each metric that counts as one in ``score`` and ``limit``, as the floor was made; None in
    results that were recorded before it was."""


@dataclass(frozen=True, slots=True)
class RepeatReading:
    """A drift under ``exact`` or limits, and what generating again in the same run gave."""

    asked: Count
    """How many confirmations it needs."""
    new: str
    """The pixel digest of the image that differs."""
    accepted: str
    """That of the accepted image."""
    confirmations: tuple[Confirmation, ...] = ()
    """Those that were generated."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question asked of a set of images."""

    name: str
    """``images``, ``refused``, ``failed`` or a check."""
    p: Probability | None = None
    """Its chance without a change; None: it could not be made."""
    adjusted: Probability | None = None
    """The same, corrected by Holm over the questions of this set."""
    old: str = ""
    """Of the accepted set, a count such as ``9 of 10``; of the images how many there are."""
    new: str = ""
    """The same of the new set."""
    distance: float | None = None
    """The energy distance of the images."""
    problem: Reason | None = None
    """Why there is no ``p``."""
    permutations: Count | None = None
    """Those of its test; None for a test of counts, and in results that were recorded before it was."""


@dataclass(frozen=True, slots=True)
class SetReading:
    """A set of images compared with the accepted set."""

    generated: Count
    """Images of the new set."""
    accepted: Count
    """Images of the accepted set."""
    alpha: Probability
    """The chance of a false alarm of the whole set."""
    permutations: Count = 0
    """Those of the test of the images."""
    left_out: Count = 0
    """Images of the new set that came from a cache or a replay."""
    tests: tuple[Question, ...] = ()
    """One for each question."""


@dataclass(frozen=True, slots=True)
class KeyTest:
    """The test of one set in the pooled table."""

    key: str
    """The trial, as :class:`TrialKey` is written."""
    p: Probability
    """Its p-value as it is."""
    holm: Probability
    """Corrected by Holm over all sets of the suite."""
    benjamini_hochberg: Probability
    """Corrected by Benjamini and Hochberg."""
    distance: float = 0.0
    """The energy distance of the images."""


@dataclass(frozen=True, slots=True)
class PooledTest:
    """All sets of a suite tested at once."""

    suite: str
    """The suite's name."""
    p: Probability | None
    """Of the one test over all prompts; None: ``problem`` says why."""
    permutations: Count
    """How many were made."""
    alpha: Probability
    """The chance of a false alarm of the suite."""
    keys: tuple[KeyTest, ...] = ()
    """Each set by itself."""
    problem: Reason | None = None
    """Why there is no ``p``."""
