"""What a benchmark measured: ``bench.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.reason import Reason
from harness.records.result import Finding
from harness.records.share import Share
from harness.vocabulary import Level, Stop


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of one generation at a time. ``first`` is the very first one (loading included), which ``seconds``
    (sorted) and the percentiles leave out. A percentile that too few generations can show is None: p90 needs 10, p99
    100."""

    first: float | None
    seconds: tuple[float, ...] = ()
    p50: float | None = None
    p90: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Throughput:
    """``images`` generated in ``seconds`` of wall time, ``concurrency`` at a time."""

    concurrency: int
    images: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Images a second."""
        return self.images / self.seconds


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of the first repeat to look at; ``file`` is relative to the bench's folder, None where none came.
    ``failed`` are the checks that did not pass, ``reasons`` why there is no image."""

    trial: str
    prompt: str
    file: str | None
    failed: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: a provider with its settings, and what was measured of it.

    ``cost`` is US dollars an image (mean of the known ones), None when unknown; ``spent`` what all its generations
    cost. ``determinism`` is the weakest level seen between repeats of a seeded trial (None: nothing was repeated),
    ``levels`` counts trials by level. ``checks`` counts checks of the first repeat, all of them and by tag;
    ``open_checks`` those that came out neither way. ``missing`` counts generations by verdict (refused, failed).
    """

    label: str
    provider: str
    settings: Mapping[str, str]
    generations: int
    latency: Latency
    throughput: tuple[Throughput, ...] = ()
    cost: float | None = None
    spent: float | None = None
    determinism: Level | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    checks: Share = field(default_factory=lambda: Share(0, 0))
    by_tag: Mapping[str, Share] = field(default_factory=dict)
    open_checks: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    shown: tuple[Shown, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark: ``arms`` in the order given; ``repeats`` how often each trial was generated one at a time, the arms
    taking turns; ``machine`` where it ran."""

    bench: str
    suites: tuple[str, ...]
    started: str
    version: str
    arms: tuple[ArmFigures, ...]
    repeats: int
    trials: int
    seconds: float = 0.0
    machine: Mapping[str, Any] = field(default_factory=dict)
    stopped: Stop | None = None
