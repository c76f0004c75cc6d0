"""What an audit found: ``audit.json``. Two arms, A and B, each prompt's change beside its own within-arm distance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.comparison import Region
from harness.records.image_ref import ImageRef
from harness.records.judge_quality import CorrectedRate
from harness.records.reason import Reason
from harness.records.result import Finding
from harness.records.share import Share
from harness.records.types import Count, Dollars, Probability, RelativeFile, Seconds
from harness.vocabulary import AuditMethod, ChangeKind, Go, PairKind, PromptOutcome, Stop

ARM_RELATIONS = ("A/A", "B/B", "A/B")
"""What is compared with what: each arm against itself, and the two against each other."""


@dataclass(frozen=True, slots=True)
class AuditArm:
    """One side."""

    label: str
    """How it is called."""
    run: str
    """The folder of its run, relative to the audit's own (or as it was named)."""
    subjects: tuple[str, ...] = ()
    """What generated, in words."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Its pairs of ``--a`` or ``--b``; empty for a stored run."""
    images: Count = 0
    """Generated images."""
    refused: Count = 0
    """Generations that were refused."""
    failed: Count = 0
    """Generations that failed."""
    broken: Count = 0
    """Images that are blank or noise."""
    not_generated: Count = 0
    """Images that came from a cache or replay: they prove no repeat and take no time."""
    exact: bool | None = None
    """Whether every repeat gave the same pixels; None where nothing was repeated."""
    controls: Count = 0
    """Repeats compared with each other."""
    timed: Count = 0
    """Generations that ``seconds`` is made of."""
    seconds: Seconds | None = None
    """Median of one generation; None where unknown."""
    p95: Seconds | None = None
    """95th percentile of one generation; None where unknown."""
    cost: Dollars | None = None
    """US dollars an image; None where unknown."""
    spent: Dollars | None = None
    """US dollars of all images; None where unknown."""
    corrected: tuple[CorrectedRate, ...] = ()
    """The rates of checks passed that are corrected for the errors of calibrated judges, by viewer and kind."""


@dataclass(frozen=True, slots=True)
class ArmRelation:
    """One row of the control table, of the prompts that have such a pair."""

    name: str
    """As in ARM_RELATIONS."""
    differ: Share
    """In how many any pixel differs."""
    visible: Share
    """In how many visibly: a score above 1."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Medians over the prompts (``score ssim delta_e phash``), without those never measured."""


@dataclass(frozen=True, slots=True)
class AuditPair:
    """An image of A beside one of B. Files are relative to the audit's folder."""

    seed: int | None
    """None where the case is not seeded."""
    index: Count
    """The generation of that seed, from 0."""
    kind: PairKind
    """``missing`` where a side has no image."""
    a: ImageRef | None = None
    """The image of A."""
    b: ImageRef | None = None
    """The image of B."""
    score: float | None = None
    """The distance between them, 1 where it becomes visible."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Those of the panel that could be made."""
    heat_map: RelativeFile | None = None
    """Where they differ, as an image of their size."""
    regions: tuple[Region, ...] = ()
    """Where they differ, the greatest differences first."""
    more_regions: Count = 0
    """Regions that are not listed."""
    findings_a: tuple[Finding, ...] = ()
    """Result of the checks in A."""
    findings_b: tuple[Finding, ...] = ()
    """Result of the checks in B."""
    answer_a: str | None = None
    """Of an ``ask`` case."""
    answer_b: str | None = None
    """Of an ``ask`` case."""
    reasons: tuple[Reason, ...] = ()
    """Why a side has no image, or the two no score."""


@dataclass(frozen=True, slots=True)
class AuditPrompt:
    """One prompt (case × variant), over its seeds and repeats."""

    suite: str
    """The suite's name."""
    case: str
    """The case's name."""
    variant: str
    """``base``, or ``key=value`` pairs."""
    prompt: str
    """Its words."""
    outcome: PromptOutcome
    """``changed`` (beyond its own control), ``same``, ``inconclusive`` or ``missing`` (a side has no image, and not by
    a refusal that held)."""
    kind: PairKind
    """The widest of its pairs, or ``refused``."""
    reasons: tuple[Reason, ...] = ()
    """Why."""
    tags: tuple[str, ...] = ()
    """Those of the case."""
    score: float | None = None
    """The distance from A to B; None: not measured."""
    control_a: float | None = None
    """The distance within A."""
    control_b: float | None = None
    """The distance within B."""
    p: Probability | None = None
    """The chance of such a distance without a change; None where nothing is left to chance (arms that repeat exactly)
    or the prompt could not be judged."""
    adjusted: Probability | None = None
    """The same over all prompts (Holm)."""
    seconds_a: Seconds | None = None
    """Median of one generation in A."""
    seconds_b: Seconds | None = None
    """Median of one generation in B."""
    won: Count = 0
    """Checks that pass in B only."""
    lost: Count = 0
    """Checks that pass in A only."""
    pairs: tuple[AuditPair, ...] = ()
    """Its images."""
    changes: tuple[ChangeKind, ...] = ()
    """What kind of change, where it changed."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether B is within the noise of A; logarithms are natural."""

    alpha: Probability
    """The chance of showing it where the arms differ by the margin or more."""
    n: Count
    """Prompts."""
    controls: Count
    """Distances between repeats of A; of arms that repeat exactly, the prompts."""
    shown: bool = False
    """Whether it is shown."""
    p: Probability | None = None
    """The larger p-value of both one-sided tests; None where nothing is left to chance, and without a test."""
    excess: float | None = None
    """The mean log-distance from A to B less that within A."""
    spread: float | None = None
    """The standard deviation of a log-distance within A."""
    df: Count | None = None
    """Its degrees of freedom."""
    margin: float | None = None
    """What the excess must be shown to stay below."""
    width: float | None = None
    """The standard error of the excess in units of the spread."""
    most: Probability | None = None
    """Of arms that repeat exactly and agree: the largest share of prompts that may still differ."""
    problem: Reason | None = None
    """Why there is no test."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an audit that goes on until it is decided."""

    repeats: Count
    """Generations of each seeded trial an arm had by then."""
    images: Count
    """Images of both arms."""
    go: Go
    """The answer then."""
    together: Probability | None = None
    """p-value of all noisy prompts at once."""
    equivalence: Probability | None = None
    """p-value of the equivalence."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Checks of one kind, each pair of images counted once."""

    kind: str
    """``all`` for the sum."""
    kept: Count = 0
    """Pass in both arms."""
    missed: Count = 0
    """Pass in neither."""
    won: Count = 0
    """Pass in B only."""
    lost: Count = 0
    """Pass in A only."""
    undecided: Count = 0
    """Could not be decided in one of the arms."""
    flips_a: Count = 0
    """Changed when A generated again."""
    flips_b: Count = 0
    """Changed when B generated again."""
    p: Probability | None = None
    """McNemar, exact, two-sided."""
    adjusted: Probability | None = None
    """The same over the kinds (Holm)."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """The prompts with one tag."""

    tag: str
    """The tag."""
    changed: Share
    """Those that changed."""
    visible: Share
    """Those of them with a score above 1."""
    score: float | None = None
    """Their median distance."""
    won: Count = 0
    """Checks that pass in B only."""
    lost: Count = 0
    """Checks that pass in A only."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """B's median over A's, paired by prompt."""

    value: float
    """The median of the ratios."""
    n: Count
    """Prompts."""
    low: float | None = None
    """Lower end of its 95 % interval; None: too few prompts."""
    high: float | None = None
    """Upper end of its 95 % interval; None: too few prompts."""


@dataclass(frozen=True, slots=True)
class Audit:
    """``audit.json``: all that the page and the summary are made of."""

    audit: str
    """Its name: that of its folder."""
    version: str
    """The version that wrote it."""
    started: str
    """ISO 8601 UTC."""
    suites: tuple[str, ...]
    """The suite files as given."""
    a: AuditArm
    """The first arm."""
    b: AuditArm
    """The second arm."""
    alpha: Probability
    """The chance that the audit as a whole finds a change without one."""
    method: AuditMethod = AuditMethod.NONE
    """``exact`` (both arms repeat exactly: any other pixel is a change), ``noise`` (a change must exceed the distance
    within the arms) or ``none`` (nothing was repeated: no control arm)."""
    notes: tuple[Reason, ...] = ()
    """What limits it."""
    differs: bool = False
    """Whether the audit as a whole found a change."""
    changed: Share = field(default_factory=lambda: Share(0, 0))
    """Prompts changed beyond control among those judged."""
    visible: Share = field(default_factory=lambda: Share(0, 0))
    """Those of them with a score above 1."""
    missing: Count = 0
    """Prompts without an image on a side."""
    inconclusive: Count = 0
    """Prompts that could not be judged."""
    together: Probability | None = None
    """p-value of all noisy prompts at once (energy distance, permuted within each prompt)."""
    together_problem: Reason | None = None
    """Why there is none."""
    relations: tuple[ArmRelation, ...] = ()
    """The control table."""
    checks: tuple[CheckRow, ...] = ()
    """Checks by kind."""
    tags: tuple[TagRow, ...] = ()
    """Prompts by tag."""
    speed: Ratio | None = None
    """Of the seconds of a generation."""
    cost: Ratio | None = None
    """Of the cost of an image."""
    prompts: tuple[AuditPrompt, ...] = ()
    """Each prompt."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The options that chose and changed the trials."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """The machine and its versions."""
    planned: Count | None = None
    """Generations of both arms; None unknown."""
    seconds: Seconds = 0.0
    """Wall time."""
    complete: bool = False
    """Whether every trial was generated."""
    stopped: Stop | None = None
    """Why it ended before."""
    go: Go = Go.UNDECIDED
    """Whether B may take A's place."""
    equivalence: Equivalence | None = None
    """Whether B is within the noise of A; None in audits that were recorded before it was asked."""
    looks: tuple[Look, ...] = ()
    """The looks that were taken, of an audit that went on until it was decided."""
    looks_planned: Count | None = None
    """The most looks, which share ``alpha`` in equal parts; None: one look."""
