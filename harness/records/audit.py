"""What an audit found: ``audit.json``. Two arms, A and B, each prompt's change beside its own within-arm distance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.image_ref import ImageRef
from harness.records.reason import Reason
from harness.records.result import Finding
from harness.records.share import Share
from harness.vocabulary import AuditMethod, PairKind, PromptOutcome, Stop

ARM_RELATIONS = ("A/A", "B/B", "A/B")
"""What is compared with what: each arm against itself, and the two against each other."""


@dataclass(frozen=True, slots=True)
class AuditArm:
    """One side. ``settings`` are its pairs of ``--a`` or ``--b`` (empty for a stored run), ``run`` the folder of its
    run relative to the audit's own (or as it was named), ``subjects`` what generated, in words.

    ``exact``: whether every repeat gave the same pixels; None where nothing was repeated. ``controls`` counts the
    repeats compared with each other. ``not_generated`` images came from a cache or replay: they prove no repeat and
    take no time. ``seconds`` and ``p95`` are of one generation (``timed`` of them), ``cost`` is US dollars an image,
    ``spent`` all of them; None where unknown.
    """

    label: str
    run: str
    subjects: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    images: int = 0
    refused: int = 0
    failed: int = 0
    broken: int = 0
    not_generated: int = 0
    exact: bool | None = None
    controls: int = 0
    timed: int = 0
    seconds: float | None = None
    p95: float | None = None
    cost: float | None = None
    spent: float | None = None


@dataclass(frozen=True, slots=True)
class ArmRelation:
    """One row of the control table: ``name`` as in ARM_RELATIONS.

    Of the prompts that have such a pair: in how many any pixel ``differ``s, and in how many ``visible``-y (a score
    above 1). ``metrics`` are medians over the prompts (``score ssim delta_e phash``), without those never measured.
    """

    name: str
    differ: Share
    visible: Share
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditPair:
    """An image of A beside one of B: generation ``index`` (from 0) of one seed.

    ``kind`` is ``missing`` where a side has no image; ``reasons`` say why, or why there is no score. Files are relative
    to the audit's folder. ``metrics`` are those of the panel that could be made.
    """

    seed: int | None
    index: int
    kind: PairKind
    a: ImageRef | None = None
    b: ImageRef | None = None
    score: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    heat_map: str | None = None
    findings_a: tuple[Finding, ...] = ()
    findings_b: tuple[Finding, ...] = ()
    answer_a: str | None = None
    answer_b: str | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditPrompt:
    """One prompt (case × variant), over its seeds and repeats.

    ``outcome``: ``changed`` (beyond its own control), ``same``, ``inconclusive`` or ``missing`` (one side or both have
    no image, and not by a refusal that held). ``kind`` is the widest of its pairs, or ``refused``. ``score`` is the
    distance from A to B, ``control_a`` and ``control_b`` those within each arm (None: not measured); ``p`` is the
    chance of such a distance without a change, ``adjusted`` the same over all prompts (Holm); both None where
    nothing is left to chance (arms that repeat exactly) or nothing could be said.
    """

    suite: str
    case: str
    variant: str
    prompt: str
    outcome: PromptOutcome
    kind: PairKind
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    score: float | None = None
    control_a: float | None = None
    control_b: float | None = None
    p: float | None = None
    adjusted: float | None = None
    seconds_a: float | None = None
    seconds_b: float | None = None
    won: int = 0
    lost: int = 0
    pairs: tuple[AuditPair, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Checks of one kind (``all`` for the sum), each pair of images counted once: ``kept`` pass in both arms,
    ``missed`` in neither, ``lost`` in A only, ``won`` in B only; ``undecided`` could not be decided in one of them.

    ``flips_a`` and ``flips_b`` count checks that came out otherwise when the same arm generated again. ``p``: McNemar,
    exact, two-sided; ``adjusted`` over the kinds (Holm)."""

    kind: str
    kept: int = 0
    missed: int = 0
    won: int = 0
    lost: int = 0
    undecided: int = 0
    flips_a: int = 0
    flips_b: int = 0
    p: float | None = None
    adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class TagRow:
    """The prompts with one tag."""

    tag: str
    changed: Share
    visible: Share
    score: float | None = None
    won: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """B's median over A's, paired by prompt: the median of the ratios and its 95 % interval (None: too few prompts)."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """``audit.json``: all that the page and the summary are made of.

    ``method``: ``exact`` (both arms repeat exactly: any other pixel is a change), ``noise`` (a change must exceed the
    distance within the arms) or ``none`` (nothing was repeated: no control arm). ``changed`` counts prompts changed
    beyond control among those judged, ``visible`` those of them with a score above 1; ``missing`` and
    ``inconclusive`` are counted beside them. ``together`` is the p-value of all noisy prompts at once (energy
    distance, permuted within each prompt), ``together_problem`` why there is none. ``differs`` says that the audit
    as a whole found a change. ``alpha`` is the chance of that without one.
    """

    audit: str
    version: str
    started: str
    suites: tuple[str, ...]
    a: AuditArm
    b: AuditArm
    alpha: float
    method: AuditMethod = AuditMethod.NONE
    notes: tuple[Reason, ...] = ()
    differs: bool = False
    changed: Share = field(default_factory=lambda: Share(0, 0))
    visible: Share = field(default_factory=lambda: Share(0, 0))
    missing: int = 0
    inconclusive: int = 0
    together: float | None = None
    together_problem: Reason | None = None
    relations: tuple[ArmRelation, ...] = ()
    checks: tuple[CheckRow, ...] = ()
    tags: tuple[TagRow, ...] = ()
    speed: Ratio | None = None
    cost: Ratio | None = None
    prompts: tuple[AuditPrompt, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    planned: int | None = None
    seconds: float = 0.0
    complete: bool = False
    stopped: Stop | None = None
