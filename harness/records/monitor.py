"""What a monitor keeps: the lines of ``nights.jsonl``, an epoch or a night each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.reason import Reason
from harness.records.types import Count, Dollars, Seconds
from harness.vocabulary import Stop


@dataclass(frozen=True, slots=True)
class MonitorEpoch:
    """From here on nights are compared with each other, and with none before. Accepting a change begins the next."""

    number: Count
    """Counted from 1."""
    at: str
    """ISO 8601 UTC."""
    who: str
    """Who began it."""
    reason: str
    """Why."""
    alpha: float
    """The stated false-alarm rate over the whole life of the monitor, all epochs and streams together."""
    reference: Count
    """How many images of each prompt are generated before any is evidence."""
    prompts: tuple[str, ...]
    """The trials that are generated, as the suite names them."""
    recipes: tuple[str, ...]
    """The digest of the recipe of each."""
    seed: str
    """What ties of ranks are decided by, 32 hexadecimal digits chosen at random."""


@dataclass(frozen=True, slots=True)
class MonitorImage:
    """One generation of a night."""

    prompt: str
    """Of the epoch's prompts."""
    index: Count
    """Which generation of the prompt in its epoch, counted from 0."""
    pixels: str = ""
    """The pixel digest; empty where no image came."""
    features: tuple[float, ...] = ()
    """Its numbers of color and edges, as ``harness.comparison.FEATURES`` names them."""
    checks: tuple[Count, Count] | None = None
    """How many checks failed, of how many that were decided; None where none was."""
    seconds: Seconds = 0.0
    """Of the generation."""
    first: bool = False
    """Whether it is the first image of its night: only that one is timed, since those of one night share the load."""
    cost: Dollars | None = None
    """US dollars; None unknown."""
    refused: bool = False
    """Whether the service refused it."""
    problem: tuple[Reason, ...] = ()
    """Why no image came."""
    cached: str = ""
    """Why it is no evidence: answered from a cache, or a repeat of an earlier image. Empty where it is evidence."""
    p: Mapping[str, float] = field(default_factory=dict)
    """Its rank among the images of its prompt up to now as a p-value, by stream; empty for a reference."""


@dataclass(frozen=True, slots=True)
class MonitorNight:
    """One run of the command."""

    number: Count
    """Counted from 1 over all epochs."""
    at: str
    """ISO 8601 UTC."""
    planned: Count
    """How many images were to be generated."""
    images: tuple[MonitorImage, ...] = ()
    """In the order in which they were recorded."""
    served: Mapping[str, Any] = field(default_factory=dict)
    """What the service says of itself: model, fingerprint, dates, and its price for an image."""
    run: str = ""
    """The folder of the run with the images as received, in the reports."""
    stopped: Stop | None = None
    """Why it ended early."""


@dataclass(frozen=True, slots=True)
class MonitorLine:
    """A line of ``nights.jsonl``: one of the two."""

    epoch: MonitorEpoch | None = None
    """A new epoch."""
    night: MonitorNight | None = None
    """A night of the latest epoch."""


@dataclass(frozen=True, slots=True)
class StreamReading:
    """The evidence of one stream against "nothing has changed"."""

    stream: str
    """What is measured: ``appearance``, a feature, ``refusals``, ``checks``, ``latency``, ``cost``."""
    prompt: str
    """The prompt that it is of; empty: all prompts."""
    count: Count
    """Ranks that it rests on."""
    log_e: float
    """Natural logarithm of the evidence now (an e-value)."""
    highest: float
    """The highest that it ever was in this epoch."""
    limit: float
    """The alarm is raised where the highest reaches this."""
    alarm: Count | None = None
    """The night at which it was reached; None: not."""
    since: Count | None = None
    """The night the change is estimated to begin at."""
    earliest: Count | None = None
    """The first night at which the change may have begun."""
    latest: Count | None = None
    """The last one."""
    direction: str = ""
    """``higher`` or ``lower`` than before."""
    prompts: Mapping[str, float] = field(default_factory=dict)
    """Log evidence since then of the prompts that have any, the most first."""
    curve: tuple[tuple[Count, float], ...] = ()
    """Night, and the log evidence after it."""


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """What a monitor says after a night."""

    suite: str
    """As recorded."""
    epoch: MonitorEpoch
    """The one in force."""
    alpha: float
    """The part of the false-alarm rate that this epoch has."""
    nights: Count
    """Nights of this epoch."""
    images: Count
    """Images of this epoch that are evidence, references included."""
    learning: Mapping[str, Count] = field(default_factory=dict)
    """Prompts that still lack references, and how many."""
    streams: tuple[StreamReading, ...] = ()
    """Alarms first, then by evidence."""
    days: Mapping[str, str] = field(default_factory=dict)
    """The day (UTC) of each night that an alarm names."""
    announced: tuple[Reason, ...] = ()
    """What the service itself says of changes since the epoch began."""
    notes: tuple[Reason, ...] = ()
    """What is to be known of tonight."""

    @property
    def alarms(self) -> tuple[StreamReading, ...]:
        """The streams that raised an alarm."""
        return tuple(stream for stream in self.streams if stream.alarm is not None)

    @property
    def changed(self) -> bool:
        """Whether the service itself said that it serves another model."""
        return any(reason.data["name"] == "served_model" for reason in self.announced)
