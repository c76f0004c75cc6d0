"""What came of a trial and of a run: the lines of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.attempt import FIRST, Attempt
from harness.records.comparison import Comparison
from harness.records.identity import Recipe, TrialKey
from harness.records.image_ref import ImageRef
from harness.records.reading import FloorReading, PooledTest, SetReading
from harness.records.reason import Difference, Reason
from harness.records.trial import Policy, judged_as_set
from harness.vocabulary import CheckOutcome, Level, Source, Status, Stop, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcome of one check.

    ``check`` is the check as written, ``seen`` what was found ("1 red circle"), ``boxes`` where (x, y, w, h).
    """

    check: str
    outcome: CheckOutcome
    seen: str = ""
    boxes: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The judgement of one trial.

    ``reasons`` say why, the most important first; ``warnings`` are notes beside it (warn band reached, tolerance can be
    tightened). ``determinism`` is the level seen over repeats in this run, or None when nothing was repeated.
    """

    verdict: Verdict
    status: Status
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    determinism: Level | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One finished trial: a line of ``trials.jsonl``.

    ``seconds`` is the generation alone;
    ``cost`` in US dollars, None when unknown. ``baseline`` is the accepted image it was compared with (its file
    relative to the baselines folder); ``differences`` is what differs from it in request, subject and
    environment. ``policy`` is what it was judged by, with the limits that its
    rule came to. ``finished`` is an ISO 8601 UTC time. ``floor`` and ``set`` are what a calibrated drift and a set of
    images were judged by; ``cost`` and ``seconds`` count the confirmations in ``floor`` too. ``possibly_billed`` is
    true where no image came and the call may have cost money all the same, else None.
    """

    key: TrialKey
    recipe: Recipe
    outcome: Outcome
    attempt: Attempt = FIRST
    tags: tuple[str, ...] = ()
    source: Source = Source.NONE
    image: ImageRef | None = None
    answer: str | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    comparison: Comparison | None = None
    baseline: ImageRef | None = None
    baseline_environment: Mapping[str, Any] | None = None
    differences: tuple[Difference, ...] = ()
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    cost: float | None = None
    finished: str = ""
    policy: Policy | None = None
    floor: FloorReading | None = None
    set: SetReading | None = None
    possibly_billed: bool | None = None

    @property
    def is_set(self) -> bool:
        """Whether it is one image of a set that is judged as a whole."""
        return judged_as_set(self.policy, self.recipe.request)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """``run.json``: what was run, with what, and the totals.

    ``suites`` are the suite files as given, ``totals`` counts trials by verdict, ``statuses`` by outcome status.
    ``arguments`` are the options that chose and changed the trials; ``--resume`` needs the same again.
    ``shard`` is ``i/n`` or None. ``complete`` is false until the last trial is recorded; ``stopped`` says why a run
    ended before. ``sets`` are the tests over all sets of images of a suite. ``notes``
    tell what went wrong beside the trials (a cache or a recording that could not be written), None when nothing did.
    """

    run: str
    suites: tuple[str, ...]
    started: str
    version: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    baselines: str = "baselines"
    shard: str | None = None
    planned: int | None = None
    seconds: float = 0.0
    cost: float | None = None
    orphans: tuple[str, ...] = ()
    complete: bool = False
    stopped: Stop | None = None
    sets: tuple[PooledTest, ...] | None = None
    notes: tuple[str, ...] | None = None
