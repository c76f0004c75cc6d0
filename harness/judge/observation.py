"""What a probe saw: its generations, each compared with the reference of its recipe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records import Reason, TrialKey
from harness.vocabulary import Level, ProbeName

REPEATED = (ProbeName.REPEAT, ProbeName.ORDER, ProbeName.CONCURRENCY, ProbeName.RESTART, ProbeName.FIRST)
"""Probes that generate equal recipes in one environment: what they see is the determinism level of a trial."""
CHANGED = (ProbeName.BATCH, ProbeName.THREADS, ProbeName.INSTRUCTIONS)
"""Probes that change the environment of the generation: what they see is the level elsewhere."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One generation of a probe.

    ``recipe`` is 0 for the trial itself, 1 and up for the same with other seeds; ``setting`` says under what it was
    generated (``2 threads``); ``again`` that it was generated to confirm a difference. ``pixels`` and ``data`` are the
    digests of pixels and bytes, empty when there is no image (``problem`` says why, ``refused`` that the service
    declined). ``level``, ``max_abs`` (0 to 255) and ``mae`` hold it against the reference of its recipe, or against
    that of recipe 0 for the probes ``seed``, ``prompt`` and ``unseeded``; None where nothing was compared (as for the
    probe ``aside``: generated only to have been generated). ``cached`` is the evidence that it came from a cache.
    ``seconds`` is what the call took, ``call`` its number among those of the provider, from 1, and ``at`` when it was
    recorded (seconds since 1970). ``broken`` says that the image is blank or noise.
    """

    probe: ProbeName
    recipe: int = 0
    setting: str = ""
    again: bool = False
    pixels: str = ""
    data: str = ""
    level: Level | None = None
    max_abs: float | None = None
    mae: float | None = None
    seconds: float = 0.0
    cached: Reason | None = None
    problem: tuple[Reason, ...] = ()
    refused: bool = False
    broken: Reason | None = None
    call: int = 0
    at: float = 0.0

    @property
    def fresh(self) -> bool:
        """Whether an image was really generated: only this says something about repeats."""
        return bool(self.pixels) and self.cached is None

    @property
    def same(self) -> bool:
        """Whether its pixels are those of the reference."""
        return self.level is not None and self.level.exact


@dataclass(frozen=True, slots=True)
class ParameterObservation:
    """A setting that was changed. ``values`` are those tried, the trial's own first (None: the provider's default);
    ``pixels`` the digest of the image of each, empty where there is none for the reason in ``problem``. ``stated`` is
    what the provider itself says of it (left out, clamped)."""

    name: str
    values: tuple[Any, ...]
    pixels: tuple[str, ...]
    stated: Reason | None = None
    problem: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeObservations:
    """All that was seen of one trial.

    ``observations`` are in the order generated. ``leads`` says that its first generation was the first of the
    provider's process. ``seeded`` says that the recipes have a seed; ``seeds`` are those of the recipes, by number;
    ``omitted`` names what the provider says it leaves out; ``skipped`` says of probes that were not made why;
    ``stopped`` why generation ended early, None when it did not.
    """

    key: TrialKey
    observations: tuple[Observation, ...] = ()
    parameters: tuple[ParameterObservation, ...] = ()
    skipped: Mapping[ProbeName, Reason] = field(default_factory=dict)
    omitted: tuple[str, ...] = ()
    leads: bool = False
    seeded: bool = True
    seeds: tuple[int, ...] = ()
    stopped: Reason | None = None

    def of(self, *probes: ProbeName) -> tuple[Observation, ...]:
        """Return the generations of some probes."""
        return tuple(observation for observation in self.observations if observation.probe in probes)
