"""The diagnosis of a provider over its trials, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.determinism import weakest
from harness.judge.diagnosis import ProbeReading, TrialDiagnosis, exactly
from harness.judge.parameters import ParameterReading
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

LOST_SEEDS = (SeedOutcome.IGNORED, SeedOutcome.REJECTED, SeedOutcome.CONSTANT, SeedOutcome.CACHED)
"""Outcomes of a seed that does not work as one."""
LOST_SETTINGS = (ParameterOutcome.IGNORED, ParameterOutcome.CLAMPED)
"""Outcomes of a setting without its effect."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a provider by its trials.

    ``level`` and ``elsewhere`` are the weakest of the trials that could be judged (None: none of them); ``readings``
    are the probes over all trials; ``seed`` is that of the trials (the first that is not honored, where there is
    one); ``causes`` are the diagnosis. ``conclusive`` says that every trial could be judged.
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

    @property
    def exact_here(self) -> bool:
        """Whether every trial repeated to the pixel in this environment: it may use ``drift: exact``."""
        return self.conclusive and exactly(self.level)


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
        conclusive=len(levels) == len(trials),
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
    judged = [trial for trial in trials if trial.level is not None]
    if not judged:
        return Reason(Code.INCONCLUSIVE), *trials[0].problem
    by_name = {reading.probe: reading for reading in readings}
    if by_name[ProbeName.REPEAT].outcome == ProbeOutcome.DIFFERS:
        unsteady = [trial for trial in judged if trial.kind in (RepeatMode.SEVERAL, RepeatMode.CONTINUOUS)]
        return _unsteady(unsteady, by_name[ProbeName.REPEAT], seed)
    depends = [r for r in readings if r.outcome == ProbeOutcome.DIFFERS and r.probe != ProbeName.ENCODING]
    unclear = [r for r in readings if r.outcome == ProbeOutcome.UNCLEAR]
    if depends:
        return *(Reason(Code.DEPENDS, _numbers(r) | {"settings": [*r.settings]}) for r in depends), _rest(unclear)
    if unclear:
        return Reason(Code.UNCLEAR, _numbers(unclear[0])), *unclear[0].why
    encoded = by_name[ProbeName.ENCODING].outcome == ProbeOutcome.DIFFERS
    level = Level.PIXELS if encoded else Level.BYTES
    return (
        Reason(Code.STEADY, {"level": level, "images": sum(trial.fresh for trial in judged)}),
        *((Reason(Code.ENCODING),) if encoded else ()),
        *((Reason(Code.SEED_LOST, {"outcome": seed.outcome}),) if seed.outcome in LOST_SEEDS else ()),
    )


def _unsteady(trials: Sequence[TrialDiagnosis], repeat: ProbeReading, seed: SeedReading) -> tuple[Reason, ...]:
    if seed.outcome == SeedOutcome.IGNORED:
        return Reason(Code.SEED_IGNORED), *seed.evidence
    if not trials:
        numbers = {"differing": repeat.differing, "images": repeat.images, "max_abs": repeat.max_abs}
        return (Reason(Code.UNSTEADY, numbers),)
    several = [trial for trial in trials if trial.kind == RepeatMode.SEVERAL]
    worst = several[0] if several else max(trials, key=lambda trial: len(trial.modes))
    data = {"modes": [*worst.modes], "case": worst.key.case, "max_abs": worst.spread}
    return (Reason(Code.MODES if several else Code.CONTINUOUS, data),)


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
