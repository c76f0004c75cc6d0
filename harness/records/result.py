"""The results of a trial and of a run: the lines of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.attempt import FIRST, Attempt
from harness.records.comparison import Comparison
from harness.records.identity import Recipe, TrialKey
from harness.records.image_ref import ImageRef
from harness.records.judge_quality import JudgeQuality
from harness.records.reading import FloorReading, PooledTest, RepeatReading, SetReading
from harness.records.reason import Difference, Reason
from harness.records.trial import Policy, judged_as_set
from harness.records.types import Count, Dollars, Seconds
from harness.vocabulary import CheckOutcome, Level, Source, Status, Stop, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcome of one check."""

    check: str
    """As written."""
    outcome: CheckOutcome
    """Its outcome."""
    seen: str = ""
    """What was found: "1 red circle"."""
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    """Where: x, y, width, height in pixels."""
    viewer: str | None = None
    """The name of the viewer that answered; None for the built-in viewer of shapes."""
    judge: str | None = None
    """The digest of what the answer depends on: model, served model, version, template, size sent."""
    evidence: Mapping[str, Any] | None = None
    """What the answer rests on: the words read, the votes."""
    cost: Dollars | None = None
    """What its calls cost, in US dollars; part of the cost of the trial. None: no call was made, or unknown."""
    derived: bool | None = None
    """True: the check was derived from the prompt (``checks: auto``)."""
    name: str | None = None
    """The name of the check; None where it has none."""
    judge_quality: JudgeQuality | None = None
    """How well the judge answers this kind of check; None: it was never calibrated for it."""

    @property
    def label(self) -> str:
        """What the check is called in reports: its name, else as written."""
        return self.name or self.check


@dataclass(frozen=True, slots=True)
class Outcome:
    """The judgement of one trial."""

    verdict: Verdict
    """How the image compares with the accepted one."""
    status: Status
    """What that means for the run."""
    reasons: tuple[Reason, ...] = ()
    """Why, the most important first."""
    warnings: tuple[Reason, ...] = ()
    """Notes beside an ok: warn band reached, tolerance can be tightened."""
    determinism: Level | None = None
    """The level seen over repeats in this run; None when nothing was repeated."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One finished trial: a line of ``trials.jsonl``."""

    key: TrialKey
    """Its address."""
    recipe: Recipe
    """What was asked for, and of whom."""
    outcome: Outcome
    """Its judgement."""
    attempt: Attempt = FIRST
    """Which generation of it."""
    tags: tuple[str, ...] = ()
    """Those of the case."""
    source: Source = Source.NONE
    """Where the image comes from."""
    image: ImageRef | None = None
    """What came; None where none did."""
    answer: str | None = None
    """Of an ``ask`` case."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """What the provider says of itself, as plain JSON values."""
    comparison: Comparison | None = None
    """With the nearest accepted image."""
    baseline: ImageRef | None = None
    """That accepted image, its file relative to the baselines folder."""
    baseline_environment: Mapping[str, Any] | None = None
    """Its environment, where it is another."""
    differences: tuple[Difference, ...] = ()
    """What differs from it in request, subject and environment."""
    findings: tuple[Finding, ...] = ()
    """The result of the checks."""
    seconds: Seconds = 0.0
    """The generation alone, with the confirmations in ``floor`` or ``repeat``."""
    cost: Dollars | None = None
    """US dollars, with the confirmations in ``floor`` or ``repeat``; None when unknown."""
    finished: str = ""
    """ISO 8601 UTC."""
    policy: Policy | None = None
    """What it was judged by, with the limits that its rule came to."""
    floor: FloorReading | None = None
    """What a calibrated drift was judged by."""
    repeat: RepeatReading | None = None
    """Whether a drift under ``exact`` or limits repeats; None where it was not generated again."""
    set: SetReading | None = None
    """What a set of images was judged by."""
    possibly_billed: bool | None = None
    """True where no image came and the call may have cost money all the same, else None."""
    notes: tuple[str, ...] | None = None
    """What was changed so that it could be recorded (:func:`harness.records.recordable`); None where nothing was."""
    pending: bool | None = None
    """True where the verdict depends on images that are not generated yet: a later line replaces it. Else None."""

    @property
    def is_set(self) -> bool:
        """Whether it is one image of a set that is judged as a whole."""
        return judged_as_set(self.policy, self.recipe.request)


MADE_BY_TESTS = ("pytest",)
"""The suites of a run whose images were made by tests and checked with the fixture of the pytest plugin."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """``run.json``: what was run, with what, and the totals."""

    run: str
    """Its name: that of its folder."""
    suites: tuple[str, ...]
    """The suite files as given."""
    started: str
    """ISO 8601 UTC."""
    version: str
    """The version that wrote it."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The options that chose and changed the trials; ``--resume`` needs the same again."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """The machine and its versions."""
    totals: Mapping[str, Count] = field(default_factory=dict)
    """Trials by verdict."""
    statuses: Mapping[str, Count] = field(default_factory=dict)
    """Trials by outcome status."""
    baselines: str = "baselines"
    """The baselines folder."""
    shard: str | None = None
    """``i/n`` or None."""
    planned: Count | None = None
    """Trials; None unknown."""
    seconds: Seconds = 0.0
    """Wall time of all its parts."""
    cost: Dollars | None = None
    """US dollars; None when one image has no known cost."""
    orphans: tuple[str, ...] = ()
    """Trials with accepted images that the suites no longer have."""
    renamed: Mapping[str, str] | None = None
    """Old and new name (``suite/case``) of the cases that were renamed; None when none was."""
    complete: bool = False
    """False until the last trial is recorded."""
    stopped: Stop | None = None
    """Why it ended before."""
    sets: tuple[PooledTest, ...] | None = None
    """The tests over all sets of images of a suite."""
    notes: tuple[str, ...] | None = None
    """What went wrong beside the trials (a cache or a recording that could not be written); None when nothing did."""

    @property
    def ended(self) -> bool:
        """Whether its process ended it, complete or stopped early; False while it is written, and after a kill."""
        return self.complete or self.stopped is not None

    @property
    def made_by_tests(self) -> bool:
        """Whether its images come from tests, so that no provider can generate them again."""
        return self.suites == MADE_BY_TESTS
