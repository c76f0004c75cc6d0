"""Repeats spread over what should not matter: fresh processes, the order of drawing, batches."""

import contextlib
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from harness.draw import Budget, Drawing, Fault, draw_all
from harness.errors import DrawFault, HarnessError
from harness.provider import BatchProvider, IsolatedProvider, Job, Provider, ReadyProvider
from harness.records import Trial
from harness.run import Sources
from harness.study.drawings import Drawings

SESSIONS = 4
"""Fresh starts that the repeats are spread over: processes where a provider can draw in one of its own."""
BATCH = 4
"""Pictures in one batch, in every second session of a provider that draws batches and costs nothing."""
SEED = 20261122
"""Of the order of drawing."""


class Spread:
    """How the repeats of one calibration are drawn, and what they were spread over so far; ``drawings`` is where they
    are recorded."""

    def __init__(
        self,
        sources: Sources,
        drawings: Drawings,
        budget: Budget,
        timeout: float | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.sources, self.drawings = sources, drawings
        self.budget, self.timeout, self.stopped = budget, timeout, stopped
        self.stop = threading.Event()
        self.processes = self.batches = self.orders = 0

    def told(self) -> dict[str, int]:
        """What the repeats were spread over, for the manifest."""
        return {"processes": self.processes, "orders": self.orders, "batches": self.batches}

    def draw(self, trials: Sequence[Trial], provider: Provider, *, batched: bool) -> Iterator[Drawing | Fault]:
        """Draw trials of one provider, in batches or one by one."""
        if batched and isinstance(provider, BatchProvider):
            for start in range(0, len(trials), BATCH):
                if self.stopped():
                    return
                yield from self._batch(trials[start : start + BATCH], provider)
            return
        for drawing in draw_all(
            trials,
            {provider.name: provider},
            budget=self.budget,
            stop=self.stop,
            timeout=self.timeout,
            sending=self._sending,
        ):
            yield drawing
            if self.stopped():
                self.stop.set()

    def _sending(self, trial: Trial) -> None:
        self.drawings.sending(trial, self.sources.price(trial.recipe))

    def _batch(self, trials: Sequence[Trial], provider: BatchProvider) -> list[Drawing | Fault]:
        self.batches += 1
        jobs = [Job(t.recipe, t.key, t.repeat, self.timeout or t.policy.timeout) for t in trials]
        try:
            drawn = provider.draw_batch(jobs)
        except HarnessError as fault:
            why = fault if isinstance(fault, DrawFault) else DrawFault(provider.name, str(fault), fault.remedy)
            return [Fault(trial, why, 0.0) for trial in trials]
        return [Drawing(trial, one, one.seconds) for trial, one in zip(trials, drawn, strict=True)]


def sessions(trials: Sequence[Trial], repeats: int, spread: Spread) -> Iterator[Drawing | Fault]:
    """Draw every trial ``repeats`` times, as few as possible in any one session, each session in an order of its own.

    A provider that can draw in a fresh process does so in every session. What an earlier part of the calibration
    recorded is not drawn again; its sessions count among those it was spread over. Ends early when ``spread`` is
    stopped or its budget is reached.
    """
    count = min(repeats, SESSIONS)
    for session in range(count):
        order = [replace(trial, repeat=repeat) for repeat in range(session, repeats, count) for trial in trials]
        random.Random(SEED + session).shuffle(order)  # noqa: S311 - an order, no secret
        spread.orders += 1
        for name in dict.fromkeys(trial.recipe.subject.provider for trial in trials):
            own = [trial for trial in order if trial.recipe.subject.provider == name]
            yield from _session(own, name, spread, odd=session % 2 == 1)
            if spread.stopped() or spread.budget.reached:
                return


def _session(trials: Sequence[Trial], name: str, spread: Spread, *, odd: bool) -> Iterator[Drawing | Fault]:
    """Draw what is not recorded of one provider's part of a session."""
    left = [trial for trial in trials if not spread.drawings.has(trial)]
    with contextlib.ExitStack() as stack:
        provider = spread.sources.provider(name)
        stack.callback(provider.close)
        can = provider.capabilities
        isolated = can.isolated and isinstance(provider, IsolatedProvider)
        batched = odd and can.batch and can.price == 0
        spread.processes += isolated
        spread.batches += -(-(len(trials) - len(left)) // BATCH) if batched else 0
        if not left:
            return
        if isinstance(provider, ReadyProvider):
            provider.ready()
        if isolated:
            assert isinstance(provider, IsolatedProvider)
            provider = stack.enter_context(provider.isolated())
        spread.drawings.begin()
        yield from spread.draw(left, provider, batched=batched)
