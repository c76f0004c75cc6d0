"""``bench``: arms beside each other by latency, throughput, cost, determinism and checks passed.

First every trial is generated one at a time, the arms taking turns trial by trial, so that what slows the machine slows
all of them; then each arm alone at each higher concurrency. Every generation goes through the one core of a run, so it
is recorded, looked at and paid for as there; nothing is compared with baselines.
"""

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from harness import __version__
from harness.generation import Budget
from harness.ledger import atomic_write, make_folder, run_name, timestamp
from harness.provider import Capabilities, Job, Output, Provider
from harness.records import Trial, TrialResult, canonical_json
from harness.records.bench import ArmFigures, Bench, Throughput
from harness.runner import Run, RunOptions, run_environment
from harness.study.bench_arms import Arm
from harness.study.bench_figures import (
    checks_of,
    costs_of,
    determinism_of,
    latency_of,
    missing_of,
    shown_of,
)

BENCH_FILE = "bench.json"
ARMS = "arms"

Progress = Callable[[str, int, int], None]
"""Reported after each generation: which arm, how many generations are done, of how many."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """``repeats`` is how often each trial is generated one at a time; ``concurrency`` at how many at a time throughput
    is measured besides (empty: what each provider takes); ``budget`` in US dollars for all arms together."""

    reports: Path = Path("reports")
    repeats: int = 3
    concurrency: tuple[int, ...] = ()
    budget: float | None = None
    timeout: float | None = None


class AtConcurrency:
    """A provider that takes another number of generations at a time."""

    def __init__(self, provider: Provider, concurrency: int) -> None:
        self.name, self.kind, self._provider = provider.name, provider.kind, provider
        self.capabilities: Capabilities = dataclasses.replace(provider.capabilities, concurrency=concurrency)

    def generate(self, job: Job) -> Output:
        """As the provider."""
        return self._provider.generate(job)

    def close(self) -> None:
        """Nothing: the provider belongs to its run."""


def generations_of(arm: Arm, options: BenchOptions) -> int:
    """How many images an arm will generate."""
    return len(arm.trials()) * (options.repeats + len(_levels(arm, options)))


def estimated_cost(arm: Arm, options: BenchOptions) -> float | None:
    """US dollars that an arm will cost by the prices of its recipes; None when one of them is unknown."""
    prices = [arm.price(trial.recipe) for trial in arm.trials()]
    known = [price for price in prices if price is not None]
    return sum(known) * generations_of(arm, options) / len(prices) if len(known) == len(prices) else None


def bench(
    arms: Sequence[Arm], options: BenchOptions, progress: Progress | None = None, stop: threading.Event | None = None
) -> tuple[Bench, Path]:
    """Measure the arms; returns the figures and the folder that holds them and every image.

    When ``stop`` is set nothing more is generated, and the figures stand for what was. Raises what a run
    raises.
    """
    begun = monotonic()
    started = timestamp()
    suites = tuple(dict.fromkeys(suite.path for arm in arms for suite in arm.plan.suites))
    folder = options.reports / run_name(["bench-" + Path(suites[0]).stem, *suites[1:]])
    make_folder(folder / ARMS)
    priced = {arm.provider: arm.price for arm in arms}
    budget = Budget(options.budget, price=lambda recipe: priced[recipe.subject.provider](recipe))
    stop = stop or threading.Event()
    with ExitStack() as stack:
        benches = [_Bench(stack, arm, index, folder, options, budget) for index, arm in enumerate(arms)]
        for one in benches:
            one.run.stop = stop
        counted = _Count(sum(generations_of(arm, options) for arm in arms), progress)
        for one in _turns(benches, options.repeats):
            counted.add(one)
        for one in benches:
            one.measure_throughput(options, counted)
        stopped = "budget" if budget.reached else "interrupted" if stop.is_set() else None
        for one in benches:
            one.run.finish(complete=stopped is None, stopped=stopped)
    record = Bench(
        bench=folder.name,
        suites=suites,
        started=started,
        version=__version__,
        arms=tuple(one.figures() for one in benches),
        repeats=options.repeats,
        trials=max(len(one.trials) for one in benches),
        seconds=round(monotonic() - begun, 3),
        machine=run_environment(),
        stopped=stopped,
    )
    atomic_write(folder / BENCH_FILE, canonical_json(record).encode() + b"\n")
    return record, folder


class _Count:
    """Tells how far the whole is."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.done = total, progress, 0

    def add(self, one: "_Bench") -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(one.arm.label, self.done, self.total)


class _Bench:
    """One arm as it is measured, with a run of its own."""

    def __init__(
        self, stack: ExitStack, arm: Arm, index: int, folder: Path, options: BenchOptions, budget: Budget
    ) -> None:
        self.arm, self.trials = arm, arm.trials()
        self.place = f"{ARMS}/{index + 1}"
        run_options = RunOptions(
            suites=tuple(Path(suite.path) for suite in arm.plan.suites),
            reports=folder / ARMS,
            baselines=folder / ARMS / "none",
            overrides=arm.settings,
            repeats=options.repeats + len(_levels(arm, options)),
            timeout=options.timeout,
            partial=True,
        )
        self.run = stack.enter_context(Run(arm.plan, run_options))
        self.run.budget = budget
        self.place = f"{ARMS}/{self.run.folder.name}"
        self.results: list[TrialResult] = []
        self.alone = 0
        self.throughput: list[Throughput] = []

    def generate_one(self, index: int, turn: int) -> bool:
        """Generate one trial alone; False when the budget does not hold it, or when all was stopped."""
        generated = list(self.run.results([self._repeat(self.trials[index], turn)]))
        self.results += generated
        self.alone += len(generated)
        return bool(generated)

    def measure_throughput(self, options: BenchOptions, counted: _Count) -> None:
        """Generate all trials once at each level of concurrency."""
        providers = self.run.providers
        for number, level in enumerate(_levels(self.arm, options)):
            self.run.providers = {name: AtConcurrency(provider, level) for name, provider in providers.items()}
            begun, images = monotonic(), 0
            for result in self.run.results(self._repeat(trial, options.repeats + number) for trial in self.trials):
                self.results.append(result)
                images += result.image is not None and result.source == "generated"
                counted.add(self)
            if images and not self.run.stop.is_set():
                self.throughput.append(Throughput(level, images, monotonic() - begun))
        self.run.providers = providers

    def figures(self) -> ArmFigures:
        """What was measured."""
        alone, once = self.results[: self.alone], self.results[: min(self.alone, len(self.trials))]
        asked = {trial.key: len(trial.checks) for trial in self.trials}
        checks, by_tag, undecided = checks_of(once, asked)
        determinism, levels = determinism_of(self.results)
        cost, spent = costs_of(self.results)
        latency = latency_of(alone)
        first = next((result for result in self.results if result.image is not None), None)
        one_at_a_time = [Throughput(1, len(latency.seconds), sum(latency.seconds))] if sum(latency.seconds) else []
        return ArmFigures(
            label=self.arm.label,
            provider=self.arm.provider,
            settings=self.arm.settings,
            generations=len(self.results),
            latency=latency,
            throughput=(*one_at_a_time, *self.throughput),
            cost=cost,
            spent=spent,
            determinism=determinism,
            levels=levels,
            checks=checks,
            by_tag=by_tag,
            open_checks=undecided,
            missing=missing_of(self.results),
            shown=shown_of(once, self.place),
            environment=_reported(first),
        )

    def _repeat(self, trial: Trial, turn: int) -> Trial:
        """The trial as generated in a later turn; the samples of an unseeded trial are numbered on."""
        stride = 1 + max(other.repeat for other in self.trials if other.key == trial.key)
        return dataclasses.replace(trial, repeat=trial.repeat + turn * stride)


def _turns(benches: Sequence[_Bench], repeats: int) -> Iterator[_Bench]:
    """Generate one at a time, the arms taking turns, the first of them changing; gives the arm after each
    generation."""
    longest = max(len(one.trials) for one in benches)
    for turn in range(repeats):
        for index in range(longest):
            shift = (turn * longest + index) % len(benches)
            for one in (*benches[shift:], *benches[:shift]):
                if index < len(one.trials) and one.generate_one(index, turn):
                    yield one


def _levels(arm: Arm, options: BenchOptions) -> tuple[int, ...]:
    """The concurrency levels above one at which throughput is measured."""
    levels = options.concurrency or (arm.capabilities.concurrency,)
    return tuple(sorted({level for level in levels if level > 1}))


def _reported(result: TrialResult | None) -> dict[str, Any]:
    """What the environment says of who generated, without what names only one occasion."""
    if result is None:
        return {}
    hidden = ("interpretation", "scene", "layout", "steps", "reply", "batch")
    return {name: value for name, value in result.environment.items() if name not in hidden}
