"""Repeats at the end of a probe, between other images and after pauses, and controls of repeats that differ."""

import time
from collections.abc import Mapping

from harness.errors import GenerationError
from harness.generation import Conditions, Session
from harness.judge import AT_ONCE, BESIDE, LATER, failure, held_still
from harness.records import Reason, Recipe
from harness.study.probe.trial import TrialProbe
from harness.vocabulary import Code, ProbeName

LATE = 2
"""Late repeats of every trial but the first, which has as many as early ones."""
PAUSES = 8
"""Pauses to see whether the clock decides, of different lengths."""
HELD = 12
"""Most generations with something held still, and as many without."""
SURE = 0.01
"""Chance at which fewer are enough."""
PROCESSES = 6
"""Fresh processes with one hash seed."""
PROGRAM = "command"
"""The kind of provider whose programs are given a path, the same each time in a process of its own."""
HASH: Mapping[str, str] = {"PYTHONHASHSEED": "0"}


def late_repeats(session: Session, probe: TrialProbe, began: float, span: float) -> None:
    """Generate a trial again, between images of another seed, until ``span`` seconds have passed since ``began`` (in
    seconds since 1970). Raises BudgetReachedError."""
    count = probe.count if probe.leads else LATE
    for index in range(count):
        if not probe.generator.has_next(probe.trial):
            # a clock that was set back makes no longer pause
            _pause(session, min(span, span - (time.time() - began)) / (count - index))
        if index % 2 and len(probe.recipes) > 1 and not probe.remembers:
            probe.aside(session, probe.recipes[1])
        elif index == 0 or probe.remembers:
            probe.aside(session, probe.recipes[0])
        probe.note(ProbeName.REPEAT, probe.generate(session, probe.recipes[0]))


def controls(session: Session, probe: TrialProbe, span: float) -> None:
    """Generate with one thing held still what differs without. Raises BudgetReachedError."""
    if not probe.supported or probe.cached:
        return
    isolated = probe.group.capabilities.isolated
    if not probe.steady:
        for _ in range(probe.count):
            probe.note(ProbeName.REPEAT, probe.generate(session, probe.recipes[0]))
        _clock(session, probe, span)
        if len(probe.recipes) > 1:
            _beside(session, session, probe, ProbeName.REPEAT, 1)
        if not isolated or probe.group.spec.kind != PROGRAM:
            probe.skipped |= dict.fromkeys((ProbeName.PATH, ProbeName.HASH), Reason(Code.SKIP_PROGRAM))
        elif _held(session, probe, ProbeName.PATH, {}):
            # the hash seed can only be held still together with the path
            probe.skipped[ProbeName.HASH] = Reason(Code.SKIP_PATH)
        else:
            _held(session, probe, ProbeName.HASH, HASH)
    elif isolated and probe.differed(ProbeName.RESTART):
        for _ in range(PROCESSES):
            _held(session, probe, ProbeName.HASH, HASH, alone=True)


def most_controls(repeats: int, *, seeded: bool, isolated: bool, program: bool) -> int:
    """Return the most images that controls generate of a trial."""
    in_turn = 2 * HELD * (seeded + 2 * (isolated and program))
    return max(repeats + 1 + 2 * PAUSES + in_turn, PROCESSES * isolated)


def _beside(session: Session, held: Session, probe: TrialProbe, name: ProbeName, recipe: int = 0) -> bool:
    """Generate in turn as it is and with something held still, until the latter differs or that is no chance; return
    whether the latter is one image."""
    free: list[str] = []
    still: list[str] = []
    for _ in range(HELD):
        free.append(
            probe.note(ProbeName.REPEAT, probe.generate(session, probe.recipes[0]), setting=BESIDE[name]).pixels
        )
        still.append(probe.note(name, probe.generate(held, probe.recipes[recipe]), recipe).pixels)
        if len(set(still)) > 1 or ((chance := held_still(free, still)) is not None and chance <= SURE):
            break
    return len(set(still)) == 1


def _clock(session: Session, probe: TrialProbe, span: float) -> None:
    """Generate pairs, at once and after pauses of together ``span`` seconds."""
    if span <= 0:
        probe.skipped[ProbeName.CLOCK] = Reason(Code.SKIP_SPAN)
        return
    own: Recipe = probe.recipes[0]
    probe.note(ProbeName.CLOCK, probe.generate(session, own), setting=AT_ONCE)
    for index in range(PAUSES):
        if not probe.generator.has_next(probe.trial):
            # from half to one and a half of the mean: no period is a multiple of all
            _pause(session, span / PAUSES * (0.5 + index / (PAUSES - 1)))
        probe.note(ProbeName.CLOCK, probe.generate(session, own), setting=LATER)
        probe.note(ProbeName.CLOCK, probe.generate(session, own), setting=AT_ONCE)


def _held(
    session: Session, probe: TrialProbe, name: ProbeName, environment: Mapping[str, str], *, alone: bool = False
) -> bool:
    """Generate in a process of its own with these variables, ``alone`` once, else in turn with plain repeats, and
    return whether all images are one; that the process does not start is noted."""
    conditions = Conditions(isolation=True, environment=environment)
    try:
        with session.under(conditions, probe.trial.recipe.subject.provider) as fresh:
            if not alone:
                return _beside(session, fresh, probe, name)
            probe.note(name, probe.generate(fresh, probe.recipes[0]))
    except GenerationError as fault:
        probe.skipped.setdefault(name, failure(fault))
    return False


def _pause(session: Session, seconds: float) -> None:
    """Wait, unless the probe is stopped."""
    if seconds > 0:
        session.limits.stop.wait(seconds)
