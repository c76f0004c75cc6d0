"""Dependences that are shown by holding one thing still: the hash seed, the path of the file, the seed, the clock."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import comb

from harness.judge.observation import ProbeObservations
from harness.judge.probe_reading import ProbeReading, why_none
from harness.judge.rate_tests import fisher
from harness.records import Reason
from harness.vocabulary import Code, ProbeName, ProbeOutcome

CONTROLLED = (ProbeName.HASH, ProbeName.PATH)
"""Probes that hold something still: images that repeat only then depend on it."""
CHANCE = 0.05
"""Largest chance at which what was held still is called the cause."""
BESIDE = {ProbeName.HASH: "beside hash", ProbeName.PATH: "beside path", ProbeName.REPEAT: "beside seed"}
"""Settings of plain repeats that are made in turn with a control (``repeat``: another seed)."""
AT_ONCE, LATER = "at once", "later"
"""Settings of generations for the clock: right after another one of the same recipe, and after a pause."""


def held_still(free: Sequence[str], held: Sequence[str]) -> float | None:
    """Return the chance that all of ``held`` are one image where the images of both (digests of pixels) are dealt out
    at random; None where ``held`` are not one, or nothing differs in ``free``."""
    if len(held) < 2 or len(set(held)) > 1 or len(set(free)) < 2:
        return None
    counts = Counter([*free, *held]).values()
    return sum(comb(count, len(held)) for count in counts) / comb(len(free) + len(held), len(held))


def shows(free: Sequence[str], held: Sequence[str]) -> bool:
    """Return whether holding something still made images repeat that do not without."""
    chance = held_still(free, held)
    return chance is not None and chance <= CHANCE


def free_of(seen: ProbeObservations, probe: ProbeName) -> list[str]:
    """Return the images beside a control: plain repeats made in turn with it, or for the hash seed one of each process
    where those agree."""
    beside = [one.pixels for one in seen.of(ProbeName.REPEAT) if one.fresh and one.setting == BESIDE[probe]]
    if beside or probe != ProbeName.HASH:
        return beside
    own = [one for one in seen.of(ProbeName.REPEAT, ProbeName.RESTART) if one.recipe == 0 and one.fresh]
    return [one.pixels for one in own if one.probe == ProbeName.RESTART or one is own[0]]


def clock_chance(seen: ProbeObservations) -> tuple[float, int, int] | None:
    """Return the chance that as many images changed over a pause where pauses do not matter (Fisher, one-sided), how
    many changed, and of how many pauses; None without pauses.

    Compared are neighboring generations that alternate: with a pause between, and at once.
    """
    changed = {AT_ONCE: [0, 0], LATER: [0, 0]}
    own = [one for one in seen.of(ProbeName.CLOCK) if one.fresh]
    for before, after in pairwise(own):
        if after.call != before.call + 1:
            continue
        pair = changed[LATER if after.setting == LATER else AT_ONCE]
        pair[0] += before.pixels != after.pixels
        pair[1] += 1
    (still, at_once), (moved, paused) = changed[AT_ONCE], changed[LATER]
    if not paused or not at_once:
        return None
    return fisher(still, at_once, moved, paused, "less"), moved, paused


def controlled_reading(seen: ProbeObservations, probe: ProbeName) -> ProbeReading:
    """Return whether images repeat once something is held still: ``differs`` where they do."""
    held = [observation.pixels for observation in seen.of(probe) if observation.fresh]
    if not held:
        why = why_none(seen, probe) or (Reason(Code.SKIP_STEADY),)
        return ProbeReading(probe, ProbeOutcome.SKIPPED, why=why)
    free = free_of(seen, probe)
    chance = held_still(free, held)
    if chance is None:
        return ProbeReading(probe, ProbeOutcome.EQUAL, len(held), why=(Reason(Code.CONTROL_NOTHING),))
    outcome = ProbeOutcome.DIFFERS if chance <= CHANCE else ProbeOutcome.UNCLEAR
    why = (Reason(Code.CONTROL_EQUAL, {"images": len(held), "p": chance}),)
    return ProbeReading(probe, outcome, len(held), len(set(free)), why=why)


def clock_reading(seen: ProbeObservations) -> ProbeReading:
    """Return whether images change over pauses more often than at once."""
    found = clock_chance(seen)
    if found is None:
        why = why_none(seen, ProbeName.CLOCK) or (Reason(Code.SKIP_STEADY),)
        return ProbeReading(ProbeName.CLOCK, ProbeOutcome.SKIPPED, why=why)
    chance, moved, paused = found
    if chance > CHANCE:
        return ProbeReading(ProbeName.CLOCK, ProbeOutcome.EQUAL, paused, why=(Reason(Code.CONTROL_NOTHING),))
    why = (Reason(Code.CONTROL_PAUSES, {"p": chance}),)
    return ProbeReading(ProbeName.CLOCK, ProbeOutcome.DIFFERS, paused, moved, why=why)
