"""Repeats spread over what should not matter: fresh processes, the order of generating, batches."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.generation import Conditions, Failed, Generated, Session
from harness.records import Attempt, Trial

SESSIONS = 4
"""Fresh starts that the repeats are spread over: processes where a provider can generate in one of its own."""
BATCH = 4
"""Images in one batch, in every second session of a provider that generates batches and costs nothing."""
SEED = 20261122
"""Of the order of generating."""


@dataclass(slots=True)
class Spread:
    """What the repeats of one calibration were spread over so far."""

    processes: int = 0
    orders: int = 0
    batches: int = 0


def sessions(session: Session, trials: Sequence[Trial], repeats: int, spread: Spread) -> Iterator[Generated | Failed]:
    """Generate every trial ``repeats`` times, as few as possible in any one start, each start in an order of its own.

    A provider that can generate in a fresh process does so in every one. What an earlier part of the calibration
    recorded is not generated again; its starts count among those it was spread over. Ends early when the limits of the
    session are reached.
    """
    count = min(repeats, SESSIONS)
    for start in range(count):
        order = [
            replace(trial, attempt=Attempt(index=index)) for index in range(start, repeats, count) for trial in trials
        ]
        random.Random(SEED + start).shuffle(order)  # noqa: S311 - an order, no secret
        spread.orders += 1
        for name in dict.fromkeys(trial.recipe.subject.provider for trial in trials):
            own = [trial for trial in order if trial.recipe.subject.provider == name]
            yield from _started(session, own, name, spread, odd=start % 2 == 1)
            if session.limits.stopped is not None:
                return


def _started(
    session: Session, trials: Sequence[Trial], name: str, spread: Spread, *, odd: bool
) -> Iterator[Generated | Failed]:
    """Generate one provider's part of a start."""
    can = session.providers[name].capabilities
    batched = odd and can.batch and can.price == 0
    spread.processes += can.isolated
    spread.batches += -(-len(trials) // BATCH) if batched else 0
    if all(map(session.has, trials)):
        return
    with session.under(Conditions(isolation=True), name) as fresh:
        yield from fresh.generate(trials, Conditions(batch=BATCH if batched else None))
