"""The diagnosis of a provider over its trials, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.determinism import weakest
from harness.judge.diagnosis import TrialDiagnosis, exactly
from harness.judge.parameters import ParameterReading
from harness.judge.probe_reading import ProbeReading
from harness.judge.seed import SeedReading
from harness.records import Reason, TrialKey
from harness.vocabulary import (
    Code,
    Level,
    ParameterOutcome,
    ProbeName,
    ProbeOutcome,
    RepeatMode,
    SeedOutcome,
    SeedPromise,
)

LOST_SEEDS = (SeedOutcome.SHARED, SeedOutcome.IGNORED, SeedOutcome.REJECTED, SeedOutcome.CONSTANT, SeedOutcome.CACHED)
"""Outcomes of a seed that does not work as one."""
RARE = 0.9
"""Share of good images of a fault that comes once in ten."""
DEPENDENCES = frozenset(ProbeName) - {ProbeName.REPEAT, ProbeName.ENCODING}
"""Probes whose difference is a dependence."""
LOST_SETTINGS = (ParameterOutcome.IGNORED, ParameterOutcome.CLAMPED)
"""Outcomes of a setting without its effect."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a provider by its trials.

    ``level`` and ``elsewhere`` are the weakest of the trials that could be judged (None: none of them); ``readings``
    are the probes over all trials; ``seed`` is that of the trials (the first that is not honored, where there is
    one); ``causes`` are the diagnosis. ``conclusive`` says that every trial could be judged, but for those that were
    refused. ``broken`` images show nothing.
    """

    provider: str
    trials: tuple[TrialDiagnosis, ...]
    level: Level | None
    elsewhere: Level | None
    seed: SeedReading
    readings: tuple[ProbeReading, ...]
    parameters: tuple[ParameterReading, ...]
    causes: tuple[Reason, ...]
    conclusive: bool
    broken: int = 0

    @property
    def exact_here(self) -> bool:
        """Whether every trial repeated to the pixel in this environment: it may use ``drift: exact``."""
        return self.conclusive and exactly(self.level) and not self.broken


def diagnose_provider(provider: str, trials: Sequence[TrialDiagnosis]) -> Diagnosis:
    """Return the diagnosis of a provider. Pure. Raises ValueError for no trial."""
    if not trials:
        raise ValueError("a diagnosis needs at least one trial")
    levels = [trial.level for trial in trials if trial.level is not None]
    beyond = [trial.elsewhere for trial in trials if trial.elsewhere is not None]
    names = dict.fromkeys(reading.probe for trial in trials for reading in trial.readings)
    readings = tuple(_folded([r for trial in trials for r in trial.readings if r.probe == name]) for name in names)
    reported = [trial.seed for trial in trials if trial.seed.outcome != SeedOutcome.UNKNOWN] or [trials[0].seed]
    seed = next(
        (one for one in reported if one.outcome not in (SeedOutcome.HONORED, SeedOutcome.NOT_SEEDED)), reported[0]
    )
    return Diagnosis(
        provider=provider,
        trials=tuple(trials),
        level=weakest(levels) if levels else None,
        elsewhere=weakest(beyond) if beyond else None,
        seed=seed,
        readings=readings,
        parameters=tuple(parameter for trial in trials for parameter in trial.parameters),
        causes=_causes(trials, readings, seed),
        conclusive=bool(levels) and all(trial.level is not None or trial.refused for trial in trials),
        broken=sum(trial.broken for trial in trials),
    )


def broken_promises(
    diagnosis: Diagnosis, seed: SeedPromise, honors: frozenset[str], determinism: Mapping[TrialKey, Level]
) -> list[Reason]:
    """Return what was promised and does not hold; empty when all holds. A setting that the provider says it leaves out
    or clamps breaks nothing.

    ``seed`` and ``honors`` are what the provider declares, ``determinism`` what the suite promises of its trials (a
    level; ``drift: exact`` promises ``pixels``).
    """
    found = []
    here, elsewhere = diagnosis.level, diagnosis.elsewhere or diagnosis.level
    if here is None:
        pass  # nothing is known: neither kept nor broken
    elif seed == SeedPromise.EXACT and not (exactly(here) and exactly(elsewhere)):
        found.append(Reason(Code.PROMISE_EXACT, {"level": elsewhere if exactly(here) else here}))
    elif seed == SeedPromise.EXACT_PER_ENVIRONMENT and not exactly(here):
        found.append(Reason(Code.PROMISE_EXACT_HERE, {"level": here}))
    for trial in diagnosis.trials:
        promised = determinism.get(trial.key)
        if promised is not None and trial.level is not None and not trial.level.at_least(promised):
            levels = {"promised": promised, "level": trial.level}
            found.append(Reason(Code.PROMISE_SUITE, {"case": trial.key.case} | levels))
    if "seed" in honors and diagnosis.seed.outcome in LOST_SEEDS:
        found.append(Reason(Code.PROMISE_SEED, {"outcome": diagnosis.seed.outcome}))
    found += [
        Reason(Code.PROMISE_SETTING, {"name": p.name, "outcome": p.outcome})
        for p in diagnosis.parameters
        if p.outcome in LOST_SETTINGS and not p.stated
    ]
    return found


def _causes(
    trials: Sequence[TrialDiagnosis], readings: Sequence[ProbeReading], seed: SeedReading
) -> tuple[Reason, ...]:
    broken = _broken(trials)
    judged = [trial for trial in trials if trial.level is not None]
    if not judged:
        return broken or (*_lost(seed), Reason(Code.INCONCLUSIVE), *trials[0].problem)
    by_name = {reading.probe: reading for reading in readings}
    repeat = by_name[ProbeName.REPEAT]
    lost = _lost(seed)
    depends = [r for r in readings if r.outcome == ProbeOutcome.DIFFERS and r.probe in DEPENDENCES]
    unclear = [r for r in readings if r.outcome == ProbeOutcome.UNCLEAR and r.probe in DEPENDENCES]
    if depends:
        shown = (Reason(Code.DEPENDS, _numbers(r) | {"settings": [*r.settings]}) for r in depends)
        rest = () if repeat.outcome == ProbeOutcome.DIFFERS else (_rest(unclear),)
        return *broken, *shown, *rest, *lost
    if repeat.outcome == ProbeOutcome.DIFFERS:
        unsteady = [trial for trial in judged if trial.kind in (RepeatMode.SEVERAL, RepeatMode.CONTINUOUS)]
        return *broken, *_unsteady(unsteady, repeat, seed)
    if unclear:
        return *broken, Reason(Code.UNCLEAR, _numbers(unclear[0])), *unclear[0].why, *lost
    encoded = by_name[ProbeName.ENCODING].outcome == ProbeOutcome.DIFFERS
    images = sum(trial.fresh for trial in judged)
    repeated = sum(sum(trial.modes) for trial in judged)
    steady = {
        "level": Level.PIXELS if encoded else Level.BYTES,
        "images": images,
        "repeats": repeated,
        "missed": RARE**repeated,
        "span": max(trial.span for trial in judged),
    }
    return *broken, *lost, Reason(Code.STEADY, steady), *((Reason(Code.ENCODING),) if encoded else ())


def _broken(trials: Sequence[TrialDiagnosis]) -> tuple[Reason, ...]:
    """Return how many images show nothing, and why of the first."""
    count = sum(trial.broken for trial in trials)
    first = next((trial.shows_nothing for trial in trials if trial.shows_nothing is not None), None)
    if first is None:
        return ()
    return Reason(Code.BROKEN_IMAGES, {"count": count, "images": sum(trial.images for trial in trials)}), first


def _lost(seed: SeedReading) -> tuple[Reason, ...]:
    """Return that a seed does not do what a seed does; of seeds that share an image also which."""
    if seed.outcome not in LOST_SEEDS:
        return ()
    shared = seed.evidence if seed.outcome == SeedOutcome.SHARED else ()
    return Reason(Code.SEED_LOST, {"outcome": seed.outcome}), *shared


def _unsteady(trials: Sequence[TrialDiagnosis], repeat: ProbeReading, seed: SeedReading) -> tuple[Reason, ...]:
    order = next((trial.order for trial in trials if trial.order is not None), None)
    if order is not None:
        return order, *_lost(seed)
    if seed.outcome == SeedOutcome.IGNORED:
        return Reason(Code.SEED_IGNORED), *seed.evidence
    if not trials:
        numbers = {"differing": repeat.differing, "images": repeat.images, "max_abs": repeat.max_abs}
        return (Reason(Code.UNSTEADY, numbers),)
    several = [trial for trial in trials if trial.kind == RepeatMode.SEVERAL]
    worst = several[0] if several else max(trials, key=lambda trial: len(trial.modes))
    data = {"modes": [*worst.modes], "case": worst.key.case, "max_abs": worst.spread}
    return Reason(Code.MODES if several else Code.CONTINUOUS, data), *_lost(seed)


def _rest(unclear: Sequence[ProbeReading]) -> Reason:
    """Return what is to be said of the probes that did not differ."""
    if unclear:
        return Reason(Code.REST_UNCLEAR, {"probes": [reading.probe for reading in unclear]})
    return Reason(Code.REST_EQUAL)


def _numbers(reading: ProbeReading) -> dict[str, object]:
    return {
        "probe": reading.probe,
        "differing": reading.differing,
        "images": reading.images,
        "max_abs": reading.max_abs,
    }


def _folded(readings: Sequence[ProbeReading]) -> ProbeReading:
    """One reading of the same probe over trials: the worst outcome, numbers added up."""
    order = list(ProbeOutcome)
    worst = min(readings, key=lambda reading: order.index(reading.outcome))
    odd = [reading for reading in readings if reading.differing]
    far = [reading.max_abs for reading in odd]
    return ProbeReading(
        worst.probe,
        worst.outcome,
        sum(reading.images for reading in readings),
        sum(reading.differing for reading in readings),
        None if any(value is None for value in far) else max((v for v in far if v is not None), default=None),
        tuple(dict.fromkeys(setting for reading in odd for setting in reading.settings)),
        worst.why,
    )
