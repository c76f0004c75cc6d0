"""What a benchmark measured: ``bench.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.image_ref import ImageRef
from harness.records.judge_quality import CorrectedRate
from harness.records.reason import Reason
from harness.records.result import Finding
from harness.records.share import Share
from harness.records.types import Count, Dollars, Seconds
from harness.vocabulary import Level, Stop, Verdict


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of one generation at a time. A percentile that too few generations can show is None."""

    first: Seconds | None
    """The very first one, loading included; the rest leaves it out."""
    seconds: tuple[Seconds, ...] = ()
    """Each of the others, sorted."""
    p50: Seconds | None = None
    """The median."""
    p90: Seconds | None = None
    """Needs 10."""
    p99: Seconds | None = None
    """Needs 100."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """Images in wall time."""

    concurrency: Count
    """How many at a time."""
    images: Count
    """Generated."""
    seconds: Seconds
    """Wall time."""

    @property
    def per_second(self) -> float:
        """Images a second."""
        return self.images / self.seconds


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of the first repeat to look at."""

    trial: str
    """Its address."""
    prompt: str
    """Its words."""
    image: ImageRef | None
    """Its file relative to the bench's folder; None where none came."""
    verdict: Verdict
    """Whether it came, and is an image of something: ``new``, ``broken``, ``refused``, ``failed``."""
    tags: tuple[str, ...] = ()
    """Those of the case."""
    findings: tuple[Finding, ...] = ()
    """The result of its checks."""
    reasons: tuple[Reason, ...] = ()
    """Why there is no image, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: a provider with its settings, and what was measured of it."""

    label: str
    """How it is called."""
    provider: str
    """The name used in the suite."""
    settings: Mapping[str, str]
    """Its pairs of ``--arm``."""
    generations: Count
    """All of them."""
    latency: Latency
    """One at a time."""
    throughput: tuple[Throughput, ...] = ()
    """Several at a time."""
    cost: Dollars | None = None
    """US dollars an image, the mean of the known ones; None when unknown."""
    spent: Dollars | None = None
    """US dollars of all its generations."""
    determinism: Level | None = None
    """The weakest level seen between repeats of a seeded trial; None: nothing was repeated."""
    levels: Mapping[str, int] = field(default_factory=dict)
    """Trials by level."""
    checks: Share = field(default_factory=lambda: Share(0, 0))
    """Checks of the first repeat that passed."""
    by_tag: Mapping[str, Share] = field(default_factory=dict)
    """The same by tag."""
    open_checks: Count = 0
    """Checks that came out neither way."""
    missing: Mapping[str, int] = field(default_factory=dict)
    """Generations by verdict (refused, failed)."""
    shown: tuple[Shown, ...] = ()
    """Images to look at."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """What the provider says of itself."""
    corrected: tuple[CorrectedRate, ...] = ()
    """The rates of checks passed that are corrected for the errors of calibrated judges, by viewer and kind."""


@dataclass(frozen=True, slots=True)
class Bench:
    """``bench.json``: a benchmark."""

    bench: str
    """Its name: that of its folder."""
    suites: tuple[str, ...]
    """The suite files as given."""
    started: str
    """ISO 8601 UTC."""
    version: str
    """The version that wrote it."""
    arms: tuple[ArmFigures, ...]
    """In the order given."""
    repeats: Count
    """How often each trial was generated one at a time, the arms taking turns."""
    trials: Count
    """Trials of one arm."""
    seconds: Seconds = 0.0
    """Wall time."""
    machine: Mapping[str, Any] = field(default_factory=dict)
    """Where it ran."""
    stopped: Stop | None = None
    """Why it ended before."""
