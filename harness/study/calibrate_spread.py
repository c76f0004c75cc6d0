"""Repeats spread over what should not matter: fresh processes, the order of generating, batches."""

import contextlib
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from harness.errors import GenerationError, HarnessError
from harness.generation import Budget, Failed, Generated, generate_all
from harness.provider import BatchProvider, IsolatedProvider, Job, Provider, ReadyProvider
from harness.records import Attempt, Trial
from harness.runner import Sources
from harness.study.study_run import StudyRun

SESSIONS = 4
"""Fresh starts that the repeats are spread over: processes where a provider can generate in one of its own."""
BATCH = 4
"""Images in one batch, in every second session of a provider that generates batches and costs nothing."""
SEED = 20261122
"""Of the order of generating."""


class Spread:
    """How the repeats of one calibration are generated, and what they were spread over so far; ``generations`` is where
    they are recorded."""

    def __init__(
        self,
        sources: Sources,
        generations: StudyRun,
        budget: Budget,
        timeout: float | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.sources, self.generations = sources, generations
        self.budget, self.timeout, self.stopped = budget, timeout, stopped
        self.stop = threading.Event()
        self.processes = self.batches = self.orders = 0

    def reported(self) -> dict[str, int]:
        """What the repeats were spread over, for the manifest."""
        return {"processes": self.processes, "orders": self.orders, "batches": self.batches}

    def generate(self, trials: Sequence[Trial], provider: Provider, *, batched: bool) -> Iterator[Generated | Failed]:
        """Generate trials of one provider, in batches or one by one."""
        if batched and isinstance(provider, BatchProvider):
            for start in range(0, len(trials), BATCH):
                if self.stopped():
                    return
                yield from self._batch(trials[start : start + BATCH], provider)
            return
        for generation in generate_all(
            trials,
            {provider.name: provider},
            budget=self.budget,
            stop=self.stop,
            timeout=self.timeout,
            sending=self._sending,
        ):
            yield generation
            if self.stopped():
                self.stop.set()

    def _sending(self, trial: Trial) -> None:
        self.generations.sending(trial, self.sources.price(trial.recipe))

    def _batch(self, trials: Sequence[Trial], provider: BatchProvider) -> list[Generated | Failed]:
        self.batches += 1
        jobs = [Job(t.recipe, t.key, t.attempt, self.timeout or t.policy.timeout) for t in trials]
        try:
            generated = provider.generate_batch(jobs)
        except HarnessError as fault:
            why = (
                fault if isinstance(fault, GenerationError) else GenerationError(provider.name, str(fault), fault.hint)
            )
            return [Failed(trial, why, 0.0) for trial in trials]
        return [Generated(trial, one, one.seconds) for trial, one in zip(trials, generated, strict=True)]


def sessions(trials: Sequence[Trial], repeats: int, spread: Spread) -> Iterator[Generated | Failed]:
    """Generate every trial ``repeats`` times, as few as possible in any one session, each session in an order of its
    own.

    A provider that can generate in a fresh process does so in every session. What an earlier part of the calibration
    recorded is not generated again; its sessions count among those it was spread over. Ends early when ``spread`` is
    stopped or its budget is reached.
    """
    count = min(repeats, SESSIONS)
    for session in range(count):
        order = [
            replace(trial, attempt=Attempt(index=repeat))
            for repeat in range(session, repeats, count)
            for trial in trials
        ]
        random.Random(SEED + session).shuffle(order)  # noqa: S311 - an order, no secret
        spread.orders += 1
        for name in dict.fromkeys(trial.recipe.subject.provider for trial in trials):
            own = [trial for trial in order if trial.recipe.subject.provider == name]
            yield from _session(own, name, spread, odd=session % 2 == 1)
            if spread.stopped() or spread.budget.reached:
                return


def _session(trials: Sequence[Trial], name: str, spread: Spread, *, odd: bool) -> Iterator[Generated | Failed]:
    """Generate what is not recorded of one provider's part of a session."""
    left = [trial for trial in trials if not spread.generations.has(trial)]
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
        spread.generations.begin()
        yield from spread.generate(left, provider, batched=batched)
