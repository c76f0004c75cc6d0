"""From what a probe saw to what it means: the level, the modes, the seed, and on what a picture depends."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.judge.caching import with_instant
from harness.judge.determinism import holds, weakest
from harness.judge.modes import modes_of
from harness.judge.parameters import ParameterReading, parameter_reading
from harness.judge.seeding import SeedReading, seed_reading
from harness.judge.sighting import CHANGED, REPEATED, Observations, Sighting
from harness.records import TrialKey

LEAST = 2
"""Fewest fresh drawings of one recipe, one after the other, that say something about repeats."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "order": ("repeat",),
    "concurrency": ("repeat", "order"),
    "restart": ("repeat",),
    "first": ("repeat", "restart"),
    "batch": ("repeat", "order"),
    "threads": ("repeat", "restart"),
    "instructions": ("repeat", "restart"),
}
"""What must hold before a difference seen by a probe can be put down to what it changed."""


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """What one probe showed.

    ``outcome``: ``equal`` | ``differs`` | ``unclear`` (it differed, and that cannot be put down to what was changed) |
    ``skipped``. ``pictures`` were held against their references, ``differing`` of them differ, by at most ``max_abs``
    (None: sizes differ). ``settings`` are those under which something differed; ``why`` says why it is unclear or
    skipped.
    """

    probe: str
    outcome: str
    pictures: int = 0
    differing: int = 0
    max_abs: float | None = None
    settings: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class TrialDiagnosis:
    """What is known of one trial.

    ``level`` is the determinism in one environment, ``elsewhere`` with what a changed batch, number of threads and
    instruction set gave as well; None where too little was drawn, for the reason in ``problem``. ``modes`` counts the
    repeats by picture, the most frequent first; ``kind`` is that of :class:`harness.judge.Modes` (empty: none).
    ``fresh`` of ``drawn`` pictures were no answers of a cache, ``failed`` drawings brought no picture.
    """

    key: TrialKey
    level: str | None
    elsewhere: str | None
    kind: str
    modes: tuple[int, ...]
    seed: SeedReading
    readings: tuple[ProbeReading, ...]
    parameters: tuple[ParameterReading, ...] = ()
    drawn: int = 0
    fresh: int = 0
    failed: int = 0
    spread: float | None = None
    cached: str = ""
    problem: str = ""
    remedy: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)


def diagnose(seen: Observations) -> TrialDiagnosis:
    """The diagnosis of one trial. Pure: the same observations give the same diagnosis."""
    seen = replace(seen, sightings=with_instant(seen.sightings))
    warm = _first_differs(seen)
    repeats = _repeats(seen, without_first=warm)
    pictures = [sighting.pixels for sighting in repeats]
    kind = modes_of(pictures).kind if pictures else ""
    readings = _readings(seen, repeats, warm=warm)
    taken = [sighting for sighting in seen.sightings if sighting.pixels and sighting.probe != "aside"]
    own = [sighting for sighting in seen.of(*REPEATED) if sighting.fresh]
    changed = [sighting for sighting in seen.of(*CHANGED) if sighting.fresh]
    enough = sum(s.recipe == 0 and s.probe == "repeat" for s in own) >= LEAST
    level = weakest(_level(sighting) for sighting in own) if enough else None
    elsewhere = weakest(_level(sighting) for sighting in (*own, *changed)) if enough and changed else None
    odd = [sighting for sighting in own if not sighting.same]
    problem, remedy = ("", "") if enough else _too_few(seen)
    return TrialDiagnosis(
        key=seen.key,
        level=level,
        elsewhere=elsewhere,
        kind=kind,
        modes=tuple(count for _, count in Counter(pictures).most_common()),
        seed=seed_reading(seen, repeats),
        readings=readings,
        parameters=tuple(parameter_reading(item, steady=kind == "one") for item in seen.parameters),
        drawn=len(taken),
        fresh=sum(sighting.fresh for sighting in taken),
        failed=sum(bool(sighting.problem) for sighting in seen.sightings),
        spread=_differs("repeat", odd, len(own)).max_abs,
        cached=next((sighting.cached for sighting in seen.sightings if sighting.cached), ""),
        problem=problem,
        remedy=remedy,
        skipped=seen.skipped,
    )


def exactly(level: str | None) -> bool:
    """Whether a level means that every pixel repeats."""
    return level is not None and holds(level, "pixels")


def _level(sighting: Sighting) -> str:
    return sighting.level or "none"


def _repeats(seen: Observations, *, without_first: bool) -> list[Sighting]:
    """The fresh drawings of the trial's own recipe, one after the other in one process."""
    own = [s for s in seen.of("repeat") if s.recipe == 0 and s.fresh]
    return own[1:] if without_first else own


def _first_differs(seen: Observations) -> bool:
    """Whether the first picture of a process is another one than the later ones: here, and in a fresh process too.

    Without a fresh process to look at, an odd first picture is one of the modes.
    """
    own = _repeats(seen, without_first=False)
    if not seen.leads or len(own) < LEAST or own[0].same or not all(sighting.same for sighting in own[1:]):
        return False
    anew = [sighting for sighting in seen.of("first") if sighting.fresh]
    after = [sighting for sighting in seen.of("restart") if sighting.fresh and sighting.recipe == 0]
    return bool(anew and after) and not any(s.same for s in anew) and all(sighting.same for sighting in after)


def _readings(seen: Observations, repeats: Sequence[Sighting], *, warm: bool) -> tuple[ProbeReading, ...]:
    found: dict[str, ProbeReading] = {"repeat": _repeat_reading(seen, repeats)}
    pictures = {sighting.pixels for sighting in repeats}
    for probe in (*REPEATED[1:], *CHANGED):
        sightings = [sighting for sighting in seen.of(probe) if sighting.fresh]
        if probe == "first" and warm:
            odd = [s for s in (seen.of("repeat")[0], *sightings) if not s.same]
            found[probe] = _differs(probe, odd, len(sightings) + 1)
        elif not sightings:
            found[probe] = ProbeReading(probe, "skipped", why=_why_none(seen, probe))
        else:
            failed = [name for name in NEEDS[probe] if not _holds(found[name])]
            found[probe] = _reading(probe, sightings, pictures, failed)
    found["encoding"] = _encoding(seen)
    return tuple(found.values())


def _holds(reading: ProbeReading) -> bool:
    """Whether a probe leaves others tellable: repeats must have been seen to agree, the rest not to differ."""
    return reading.outcome == "equal" or (reading.outcome == "skipped" and reading.probe != "repeat")


def _repeat_reading(seen: Observations, repeats: Sequence[Sighting]) -> ProbeReading:
    others = [s for s in seen.of("repeat") if s.recipe != 0 and s.fresh]
    if len(repeats) + len(others) < LEAST:
        return ProbeReading("repeat", "skipped", len(repeats), why=_why_none(seen, "repeat") or "one drawing alone")
    return _differs("repeat", [s for s in (*repeats, *others) if not s.same], len(repeats) + len(others))


def _reading(probe: str, sightings: Sequence[Sighting], pictures: set[str], failed: Sequence[str]) -> ProbeReading:
    """What a probe shows whose drawings are these; ``pictures`` are those that plain repeats gave."""
    once = [sighting for sighting in sightings if not sighting.again]
    odd = [sighting for sighting in once if not sighting.same]
    reading = _differs(probe, odd, len(once))
    if not odd:
        return reading
    if failed:
        known = all(sighting.recipe == 0 and sighting.pixels in pictures for sighting in odd)
        if known:
            return replace(reading, outcome="equal", why="one of its modes")
        return replace(reading, outcome="unclear", why=f"not told apart from: {', '.join(failed)}")
    again = [sighting for sighting in sightings if sighting.again]
    if again and all(sighting.same for sighting in again):
        return replace(reading, outcome="unclear", why="it differed once, and not when it was drawn again")
    return reading


def _differs(probe: str, odd: Sequence[Sighting], pictures: int) -> ProbeReading:
    """``equal`` when none is odd, else ``differs`` with by how much and under what."""
    far = [sighting.max_abs for sighting in odd]
    largest = None if any(value is None for value in far) else max((v for v in far if v is not None), default=None)
    settings = tuple(dict.fromkeys(sighting.setting for sighting in odd if sighting.setting))
    return ProbeReading(probe, "differs" if odd else "equal", pictures, len(odd), largest, settings)


def _encoding(seen: Observations) -> ProbeReading:
    """Are equal pixels equal bytes?"""
    same = [s for s in seen.of(*REPEATED, *CHANGED) if s.fresh and s.same]
    if len(same) < LEAST:
        return ProbeReading("encoding", "skipped", why="no two pictures have equal pixels")
    other = [sighting for sighting in same if sighting.level == "pixels"]
    return ProbeReading("encoding", "differs" if other else "equal", len(same), len(other), 0.0 if other else None)


def _why_none(seen: Observations, probe: str) -> str:
    if probe in seen.skipped:
        return seen.skipped[probe]
    sightings = seen.of(probe)
    if any(sighting.cached for sighting in sightings):
        return "answered from a cache"
    failed = next((sighting.problem for sighting in sightings if sighting.problem), "")
    return failed or seen.stopped


def _too_few(seen: Observations) -> tuple[str, str]:
    """Why nothing can be said about repeats, and what to do about it."""
    own = [sighting for sighting in seen.of(*REPEATED) if sighting.recipe == 0]
    taken = [sighting for sighting in seen.of("repeat", "order") if sighting.recipe == 0 and sighting.pixels]
    cached = next((sighting.cached for sighting in taken if sighting.cached), "")
    if cached:
        told = f"{sum(bool(s.cached) for s in taken)} of {len(taken)} answers came from a cache ({cached})"
        return told, "turn the cache of the provider off, or name another seed"
    if own and all(sighting.refused for sighting in own):
        return f"every drawing was refused: {own[0].problem}", "change the prompt, or choose other cases with --case"
    problem = next((sighting.problem for sighting in own if sighting.problem), "")
    if problem:
        return f"{len(taken)} of {len(own)} drawings brought a picture: {problem}", "see `harness run` on this case"
    return seen.stopped or "one drawing shows nothing about repeats", "draw more: --repeats"
