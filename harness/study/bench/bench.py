"""``bench``: arms side by side by latency, throughput, cost, determinism and checks passed.

First every trial is generated one at a time, the arms taking turns trial by trial, so that what slows the machine slows
all of them; then each arm alone at each higher concurrency. Each arm is a run with a Session of its own; nothing is
compared with baselines.
"""

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from harness import __version__
from harness.generation import Budget, Conditions, Limits, Session, Sources, cost_of
from harness.judge import corrected_rates
from harness.ledger import atomic_write, make_folder, read_regular, run_name, timestamp
from harness.records import (
    ArmFigures,
    Attempt,
    AttemptKind,
    Bench,
    Throughput,
    Trial,
    TrialResult,
    document,
    read_document,
)
from harness.runner import Judges, run_environment
from harness.study.bench.arms import Arm
from harness.study.bench.figures import (
    checks_of,
    costs_of,
    determinism_of,
    latency_of,
    missing_of,
    shown_of,
)
from harness.study.recorder import Recorder
from harness.study.study_session import begun, estimate_left, study_record, unfinished_study
from harness.suite import Project
from harness.vocabulary import REPEATS, Source, StudyKind

BENCH_FILE = "bench.json"
ARMS = "arms"

Progress = Callable[[str, int, int], None]
"""Reported after each generation: which arm, how many generations are done, of how many."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """``repeats`` is how often each trial is generated one at a time; ``concurrency`` at how many at a time throughput
    is measured besides (empty: what each provider takes); ``budget`` in US dollars for all arms together."""

    reports: Path = Path("reports")
    repeats: int = REPEATS[StudyKind.BENCH]
    concurrency: tuple[int, ...] = ()
    budget: float | None = None
    timeout: float | None = None
    resume: Path | None = None
    project: Project | None = None

    def recorded(self, suite: str) -> str:
        """Return a suite as the runs of the arms name it."""
        return suite if self.project is None else self.project.recorded(Path(suite))


def generations_of(arm: Arm, options: BenchOptions) -> int:
    """Return how many images an arm will generate."""
    return len(arm.trials()) * (options.repeats + len(_levels(arm, options)))


def bench_estimates(arms: Sequence[Arm], options: BenchOptions) -> list[tuple[int, float | None]]:
    """Return how many images each arm will generate and for how many US dollars (None: unknown), less what a resumed
    benchmark has recorded."""
    found = []
    for number, arm in enumerate(arms, 1):
        turns = options.repeats + len(_levels(arm, options))
        trials = (trial for trial in arm.trials() for _ in range(turns))
        recorded = options.resume and options.resume / ARMS / str(number)
        rows = estimate_left(arm.plan.providers, trials, recorded, checks=True)
        found.append((sum(row.trials for row in rows), cost_of(rows)))
    return found


def run_bench(
    arms: Sequence[Arm], options: BenchOptions, progress: Progress | None = None, stop: threading.Event | None = None
) -> tuple[Bench, Path]:
    """Measure the arms; returns the figures and the folder that holds them and every image.

    When ``stop`` is set nothing more is generated, and the figures stand for what was; with ``options.resume`` a
    benchmark goes on. Raises what a Session raises.
    """
    clock, started = monotonic(), timestamp()
    suites = tuple(dict.fromkeys(options.recorded(suite.path) for arm in arms for suite in arm.plan.suites))
    folder = options.resume or options.reports / run_name(["bench-" + Path(suites[0]).stem, *suites[1:]])
    make_folder(folder / ARMS)
    before = read_bench(folder)
    limits = Limits(Budget(options.budget), stop or threading.Event(), options.timeout)
    with ExitStack() as stack:
        benches = [_Bench(stack, arm, index, folder, options, limits, before) for index, arm in enumerate(arms)]
        planned, done = sum(generations_of(arm, options) for arm in arms), itertools.count(1)

        def counted(one: _Bench) -> None:
            if progress is not None:
                progress(one.arm.label, next(done), planned)

        for one in benches:
            for _ in one.results:
                counted(one)
        for one in _turns(benches, options.repeats):
            counted(one)
        for one in benches:
            one.measure_throughput(options, counted)
        for one in benches:
            one.finish()
    record = Bench(
        bench=folder.name,
        suites=suites,
        started=started if before is None else before.started,
        version=__version__,
        arms=tuple(one.figures() for one in benches),
        repeats=options.repeats,
        trials=max(len(one.trials) for one in benches),
        seconds=round((0.0 if before is None else before.seconds) + monotonic() - clock, 3),
        machine=run_environment(),
        stopped=limits.stopped,
    )
    atomic_write(folder / BENCH_FILE, document("bench", record))
    return record, folder


def read_bench(folder: Path) -> Bench | None:
    """Return the figures that an earlier part of a benchmark wrote, None where it was killed before."""
    try:
        return read_document("bench", Bench, read_regular(folder / BENCH_FILE))
    except (OSError, ValueError):
        return None


def unfinished_bench(reports: Path, name: str, suites: Sequence[Path]) -> Path:
    """Return the folder of the benchmark to resume: the named one, or for ``latest`` the newest unfinished one of these
    suites. Raises as :func:`harness.study.unfinished_study`."""
    return unfinished_study(reports, "bench", name, suites, f"{ARMS}/*").parent.parent


class _Bench:
    """One arm as it is measured, with a Session of its own."""

    def __init__(
        self, stack: ExitStack, arm: Arm, index: int, folder: Path, options: BenchOptions, limits: Limits,
        before: Bench | None,
    ) -> None:  # fmt: skip
        self.arm, self.trials = arm, arm.trials()
        self._alone = options.repeats * self._stride()
        name = str(index + 1)
        self.place = f"{ARMS}/{name}"
        repeats = options.repeats + len(_levels(arm, options))
        suites = tuple(options.recorded(suite.path) for suite in arm.plan.suites)
        arguments = {"set": dict(arm.settings), "repeats": repeats, "arm": name}
        record = study_record("bench", suites, arguments, len(self.trials) * repeats, run=name)
        self.session = stack.enter_context(
            Session.open(
                Sources({arm.provider: arm.spec}),
                record,
                folder / ARMS,
                limits=limits,
                resume=begun(folder / ARMS / name),
            )
        )
        judges = Judges() if options.project is None else Judges.stored(options.project.baselines)
        self._recorder = Recorder(self.session, StudyKind.BENCH, checks=True, repeats=repeats, judges=judges)
        self._suites = suites
        self.results: list[TrialResult] = list(self.session.recorded())
        self.throughput: list[Throughput] = []
        if before is not None and index < len(before.arms):
            self.throughput = [one for one in before.arms[index].throughput if one.concurrency > 1]

    def generate_one(self, index: int, turn: int) -> bool:
        """Generate one trial alone; False when it is recorded, the budget does not hold it, or all was stopped."""
        return bool(self._generate([self._turn(self.trials[index], turn)], Conditions(concurrency=1)))

    def measure_throughput(self, options: BenchOptions, counted: "Callable[[_Bench], None]") -> None:
        """Generate all trials once at each level of concurrency."""
        for number, level in enumerate(_levels(self.arm, options)):
            trials = [self._turn(trial, options.repeats + number) for trial in self.trials]
            clock = monotonic()
            found = self._generate(trials, Conditions(concurrency=level))
            seconds = monotonic() - clock
            for _ in found:
                counted(self)
            images = sum(result.image is not None and result.source == Source.GENERATED for result in found)
            # a level that was stopped, or that an earlier part had begun, has no rate
            if images and len(found) == len(trials):
                self.throughput.append(Throughput(level, images, seconds))

    def finish(self) -> None:
        """Write the totals of its run."""
        self.session.finish(notes=self._recorder.judge_notes(self._suites))

    def _generate(self, trials: Sequence[Trial], conditions: Conditions) -> list[TrialResult]:
        found = [self._recorder.record(item) for item in self.session.generate(trials, conditions)]
        self.results += found
        return found

    def figures(self) -> ArmFigures:
        """Return what was measured."""
        alone = [result for result in self.results if result.attempt.index < self._alone]
        once = alone[: len(self.trials)]
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
            corrected=corrected_rates(finding for result in once for finding in result.findings),
            missing=missing_of(self.results),
            shown=shown_of(once, self.place),
            environment=_reported(first),
        )

    def _turn(self, trial: Trial, turn: int) -> Trial:
        """Return the trial as generated in a later turn; the samples of an unseeded trial are numbered on."""
        index = trial.attempt.index + turn * self._stride()
        return dataclasses.replace(trial, attempt=Attempt(AttemptKind.TURN, index))

    def _stride(self) -> int:
        return 1 + max(trial.attempt.index for trial in self.trials)


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
    """Return the concurrency levels above one at which throughput is measured."""
    levels = options.concurrency or (arm.capabilities.concurrency,)
    return tuple(sorted({level for level in levels if level > 1}))


def _reported(result: TrialResult | None) -> dict[str, Any]:
    """Return what the environment says of who generated, without what names only one occasion."""
    if result is None:
        return {}
    hidden = ("interpretation", "scene", "layout", "steps", "reply", "batch")
    return {name: value for name, value in result.environment.items() if name not in hidden}
