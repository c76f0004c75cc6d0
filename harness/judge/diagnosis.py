"""From what a probe saw to what it means: the level, the modes, the seed, and on what an image depends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.judge.caching import with_instant
from harness.judge.control import CONTROLLED, clock_reading, controlled_reading, free_of, shows
from harness.judge.determinism import weakest
from harness.judge.modes import modes_of
from harness.judge.observation import CHANGED, REPEATED, Observation, ProbeObservations
from harness.judge.parameters import ParameterReading, parameter_reading
from harness.judge.probe_reading import ProbeReading, why_none
from harness.judge.seed import SeedReading, seed_reading
from harness.judge.sequence import order_of
from harness.records import Reason, TrialKey
from harness.vocabulary import Code, Level, ProbeName, ProbeOutcome, RepeatMode

LEAST = 2
"""Fewest fresh generations of one recipe, one after the other, that say something about repeats."""
NEEDS: Mapping[ProbeName, tuple[ProbeName, ...]] = {
    ProbeName.ORDER: (ProbeName.REPEAT,),
    ProbeName.CONCURRENCY: (ProbeName.REPEAT, ProbeName.ORDER),
    ProbeName.RESTART: (ProbeName.REPEAT,),
    ProbeName.FIRST: (ProbeName.REPEAT, ProbeName.ORDER, ProbeName.RESTART),
    ProbeName.BATCH: (ProbeName.REPEAT, ProbeName.ORDER),
    ProbeName.THREADS: (ProbeName.REPEAT, ProbeName.RESTART),
    ProbeName.INSTRUCTIONS: (ProbeName.REPEAT, ProbeName.RESTART),
}
"""What must hold before a difference seen by a probe can be put down to what it changed."""


@dataclass(frozen=True, slots=True)
class TrialDiagnosis:
    """What is known of one trial.

    ``level`` is the determinism in one environment, ``elsewhere`` with what a changed batch, number of threads and
    instruction set gave as well; None where too little was generated, for the reason in ``problem``. ``modes`` counts
    the repeats by image, the most frequent first; ``kind`` is that of :class:`harness.judge.Modes` (empty: none).
    ``fresh`` of ``generated`` images were no answers of a cache, ``failed`` generations brought no image. ``order`` is
    what the order of its repeats, or the repeats of another seed, explain. ``broken`` of all ``images`` show nothing,
    as ``shows_nothing`` says of the first of them; ``refused`` says that every repeat was. ``span`` are the
    seconds between the first repeat and the last.
    """

    key: TrialKey
    level: Level | None
    elsewhere: Level | None
    kind: RepeatMode | None
    modes: tuple[int, ...]
    seed: SeedReading
    readings: tuple[ProbeReading, ...]
    parameters: tuple[ParameterReading, ...] = ()
    generated: int = 0
    fresh: int = 0
    failed: int = 0
    spread: float | None = None
    cached: Reason | None = None
    problem: tuple[Reason, ...] = ()
    skipped: Mapping[ProbeName, Reason] = field(default_factory=dict)
    order: Reason | None = None
    images: int = 0
    broken: int = 0
    shows_nothing: Reason | None = None
    refused: bool = False
    span: float = 0.0


def diagnose(seen: ProbeObservations) -> TrialDiagnosis:
    """Return the diagnosis of one trial. Pure: the same observations give the same diagnosis."""
    seen = replace(seen, observations=with_instant(seen.observations))
    warm = _first_differs(seen)
    repeats = _repeats(seen, without_first=warm)
    images = [observation.pixels for observation in repeats]
    modes = modes_of(images) if images else None
    kind = None if modes is None else modes.kind
    readings = _readings(seen, repeats, warm=warm)
    taken = [
        observation for observation in seen.observations if observation.pixels and observation.probe != ProbeName.ASIDE
    ]
    own = [observation for observation in seen.of(*REPEATED) if observation.fresh]
    changed = [observation for observation in seen.of(*CHANGED) if observation.fresh]
    enough = sum(s.recipe == 0 and s.probe == ProbeName.REPEAT for s in own) >= LEAST
    level = weakest(_level(observation) for observation in own) if enough else None
    elsewhere = weakest(_level(observation) for observation in (*own, *changed)) if enough and changed else None
    odd = [observation for observation in own if not observation.same]
    broken = [observation.broken for observation in seen.observations if observation.broken is not None]
    problem = () if enough else _too_few(seen)
    if enough and all(observation.broken is not None for observation in repeats):
        # that it repeats nothing is no proof of anything
        level, elsewhere, problem = None, None, tuple(broken[:1])
    times = [s.at for s in seen.of(ProbeName.REPEAT) if s.recipe == 0 and s.fresh]
    plain = [s for s in seen.of(ProbeName.REPEAT, ProbeName.CLOCK) if s.recipe == 0 and s.fresh]
    return TrialDiagnosis(
        key=seen.key,
        level=level,
        elsewhere=elsewhere,
        kind=kind,
        modes=() if modes is None else modes.counts,
        seed=seed_reading(seen, _early(seen, repeats)),
        readings=readings,
        parameters=tuple(parameter_reading(item, steady=kind == RepeatMode.ONE) for item in seen.parameters),
        generated=len(taken),
        fresh=sum(observation.fresh for observation in taken),
        failed=sum(bool(observation.problem) for observation in seen.observations),
        spread=_differs(ProbeName.REPEAT, odd, len(own)).max_abs,
        cached=next((observation.cached for observation in seen.observations if observation.cached), None),
        problem=problem,
        skipped=seen.skipped,
        order=(order_of(plain) or _one_seed(seen)) if kind not in (None, RepeatMode.ONE) else None,
        images=sum(bool(observation.pixels) for observation in seen.observations),
        broken=len(broken),
        shows_nothing=broken[0] if broken else None,
        refused=_refused(seen),
        span=max(times) - min(times) if times else 0.0,
    )


def exactly(level: Level | None) -> bool:
    """Return whether a level means that every pixel repeats."""
    return level is not None and level.exact


def _level(observation: Observation) -> Level:
    return observation.level or Level.NONE


def _early(seen: ProbeObservations, repeats: list[Observation]) -> list[Observation]:
    """Return the repeats before other seeds were generated: what changes later is no matter of the seed."""
    first = next((index for index, one in enumerate(seen.observations) if one.probe == ProbeName.SEED), None)
    if first is None:
        return repeats
    early = {id(one) for one in seen.observations[:first]}
    return [one for one in repeats if id(one) in early] or repeats


def _one_seed(seen: ProbeObservations) -> Reason | None:
    """Return that another seed repeats where the trial's own does not."""
    other = [one.pixels for one in seen.of(ProbeName.REPEAT) if one.recipe == 1 and one.fresh]
    if len(seen.seeds) < 2 or not shows(free_of(seen, ProbeName.REPEAT), other):
        return None
    return Reason(Code.ONE_SEED, {"seed": seen.seeds[0], "other": seen.seeds[1], "images": len(other)})


def _refused(seen: ProbeObservations) -> bool:
    own = [one for one in seen.of(ProbeName.REPEAT) if one.recipe == 0]
    return bool(own) and all(one.refused for one in own)


def _repeats(seen: ProbeObservations, *, without_first: bool) -> list[Observation]:
    """Return the fresh generations of the trial's own recipe, one after the other in one process."""
    own = [s for s in seen.of(ProbeName.REPEAT) if s.recipe == 0 and s.fresh]
    return own[1:] if without_first else own


def _first_differs(seen: ProbeObservations) -> bool:
    """Return whether the first image of a process is another one than the later ones: here, and in a fresh process too.

    Without a fresh process to look at, an odd first image is one of the modes.
    """
    own = _repeats(seen, without_first=False)
    if not seen.leads or len(own) < LEAST or own[0].same or not all(observation.same for observation in own[1:]):
        return False
    anew = [observation for observation in seen.of(ProbeName.FIRST) if observation.fresh]
    after = [observation for observation in seen.of(ProbeName.RESTART) if observation.fresh and observation.recipe == 0]
    return bool(anew and after) and not any(s.same for s in anew) and all(observation.same for observation in after)


def _readings(seen: ProbeObservations, repeats: Sequence[Observation], *, warm: bool) -> tuple[ProbeReading, ...]:
    found: dict[ProbeName, ProbeReading] = {ProbeName.REPEAT: _repeat_reading(seen, repeats)}
    images = {observation.pixels for observation in repeats}
    for probe in (*REPEATED[1:], *CHANGED):
        observations = [observation for observation in seen.of(probe) if observation.fresh]
        if probe == ProbeName.FIRST and warm:
            odd = [s for s in (seen.of(ProbeName.REPEAT)[0], *observations) if not s.same]
            found[probe] = _differs(probe, odd, len(observations) + 1)
        elif not observations:
            found[probe] = ProbeReading(probe, ProbeOutcome.SKIPPED, why=why_none(seen, probe))
        else:
            failed = [name for name in NEEDS[probe] if not _holds(found[name])]
            found[probe] = _reading(probe, observations, images, failed)
            own = seen.of(ProbeName.REPEAT)[:1]
            if probe == ProbeName.FIRST and found[probe].outcome == ProbeOutcome.DIFFERS and own and own[0].same:
                # the first of the other process was not odd
                found[probe] = _unclear(found[probe], Code.PROBE_ONCE)
    for probe in CONTROLLED:
        found[probe] = controlled_reading(seen, probe)
    found[ProbeName.CLOCK] = clock_reading(seen)
    found[ProbeName.ENCODING] = _encoding(seen)
    return tuple(found.values())


def _holds(reading: ProbeReading) -> bool:
    """Return whether a probe leaves others tellable: repeats must have been seen to agree, the rest not to differ."""
    skipped = reading.outcome == ProbeOutcome.SKIPPED and reading.probe != ProbeName.REPEAT
    return skipped or reading.outcome == ProbeOutcome.EQUAL


def _repeat_reading(seen: ProbeObservations, repeats: Sequence[Observation]) -> ProbeReading:
    others = [s for s in seen.of(ProbeName.REPEAT) if s.recipe != 0 and s.fresh]
    if len(repeats) + len(others) < LEAST:
        why = why_none(seen, ProbeName.REPEAT) or (Reason(Code.PROBE_ALONE),)
        return ProbeReading(ProbeName.REPEAT, ProbeOutcome.SKIPPED, len(repeats), why=why)
    return _differs(ProbeName.REPEAT, [s for s in (*repeats, *others) if not s.same], len(repeats) + len(others))


def _reading(
    probe: ProbeName,
    observations: Sequence[Observation],
    images: set[str],
    failed: Sequence[ProbeName],
) -> ProbeReading:
    """Return what a probe shows whose generations are these; ``images`` are those that plain repeats gave."""
    once = [observation for observation in observations if not observation.again]
    odd = [observation for observation in once if not observation.same]
    reading = _differs(probe, odd, len(once))
    if not odd:
        return reading
    if failed:
        known = all(observation.recipe == 0 and observation.pixels in images for observation in odd)
        if known:
            return replace(reading, outcome=ProbeOutcome.EQUAL, why=(Reason(Code.PROBE_MODES),))
        return _unclear(reading, Code.PROBE_UNDISTINGUISHED, probes=[*failed])
    again = [observation for observation in observations if observation.again]
    if again and all(observation.same for observation in again):
        return _unclear(reading, Code.PROBE_ONCE)
    return reading


def _unclear(reading: ProbeReading, code: Code, **data: object) -> ProbeReading:
    return replace(reading, outcome=ProbeOutcome.UNCLEAR, why=(Reason(code, data),))


def _differs(probe: ProbeName, odd: Sequence[Observation], images: int) -> ProbeReading:
    """``equal`` when none is odd, else ``differs`` with by how much and under what."""
    far = [observation.max_abs for observation in odd]
    largest = None if any(value is None for value in far) else max((v for v in far if v is not None), default=None)
    settings = tuple(dict.fromkeys(observation.setting for observation in odd if observation.setting))
    return ProbeReading(probe, ProbeOutcome.DIFFERS if odd else ProbeOutcome.EQUAL, images, len(odd), largest, settings)


def _encoding(seen: ProbeObservations) -> ProbeReading:
    """Are equal pixels equal bytes?"""
    same = [s for s in seen.of(*REPEATED, *CHANGED) if s.fresh and s.same]
    if len(same) < LEAST:
        return ProbeReading(ProbeName.ENCODING, ProbeOutcome.SKIPPED, why=(Reason(Code.PROBE_UNEQUAL),))
    other = [observation for observation in same if observation.level == Level.PIXELS]
    outcome = ProbeOutcome.DIFFERS if other else ProbeOutcome.EQUAL
    return ProbeReading(ProbeName.ENCODING, outcome, len(same), len(other), 0.0 if other else None)


def _too_few(seen: ProbeObservations) -> tuple[Reason, ...]:
    """Why nothing can be said about repeats."""
    own = [observation for observation in seen.of(*REPEATED) if observation.recipe == 0]
    taken = [
        observation
        for observation in seen.of(ProbeName.REPEAT, ProbeName.ORDER)
        if observation.recipe == 0 and observation.pixels
    ]
    cached = next((observation.cached for observation in taken if observation.cached), None)
    if cached is not None:
        counts = {"cached": sum(s.cached is not None for s in taken), "count": len(taken)}
        return Reason(Code.PROBE_CACHED_ANSWERS, counts), cached
    if own and all(observation.refused for observation in own):
        return Reason(Code.PROBE_REFUSED), *own[0].problem
    problem = next((observation.problem for observation in own if observation.problem), ())
    if problem:
        return Reason(Code.PROBE_FEW, {"images": len(taken), "count": len(own)}), *problem
    return (seen.stopped or Reason(Code.PROBE_ONE),)
