"""The terminal: progress while a run goes on, and the table at its end."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from harness.records import WORKER, Event, RunFinished, RunRecord, RunStarted, TrialFinished
from harness.report.commands import labeled, next_steps
from harness.report.repeats import repeat_lines
from harness.report.summary import STYLES, summary
from harness.report.tally import Tally
from harness.report.words import (
    ASCII_SIGNS,
    SIGNS,
    noun_of,
    plural,
    run_title,
    shown_path,
)

STEPS = 4
"""Lines that say how far a run is where there is no terminal."""

MANY = 6
"""Of more workers only the number is said."""

FEW = 20
"""A run of fewer trials says only what it came to."""


class TerminalListener:
    """Shows a run in progress: call it with each event.

    On a terminal a bar with the counts by verdict; elsewhere one line when the run starts and STEPS with the counts.
    ``tally`` holds the counts for the table at the end. Used as a context manager, it takes the bar down on errors.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.tally = Tally()
        self.workers: Counter[str] = Counter()
        self._progress: Progress | None = None
        self._planned = 0

    def __enter__(self) -> "TerminalListener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, TrialFinished):
            self.tally.add(event.result)
            if isinstance(worker := event.result.environment.get(WORKER), str):
                self.workers[worker] += 1
            self._count(event.done)
        elif isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        """Take the bar down."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start(self, event: RunStarted) -> None:
        self._planned = event.planned or 0
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._progress = progress_bar(self.console, self.tally, self.workers)
            self._progress.add_task(run_title(event.run), total=event.planned, completed=event.resumed)
            self._progress.start()
            return
        noun = noun_of(event.run)
        trials = f"{noun}s" if event.planned is None else plural(event.planned, noun)
        resumed = f", {event.resumed:,} already recorded" if event.resumed else ""
        _line(self.console, f"{run_title(event.run)}: {trials}{resumed}, in {shown_path(Path(event.folder))}")

    def _count(self, done: int) -> None:
        if self._progress is not None:
            self._progress.advance(self._progress.task_ids[0])
        elif FEW <= self._planned > done and done * STEPS // self._planned > (done - 1) * STEPS // self._planned:
            counts = ", ".join(f"{count:,} {verdict}" for verdict, count in self.tally.ordered())
            by = f"; {by_worker(self.workers)}" if self.workers else ""
            _line(self.console, f"{done:,} of {self._planned:,}: {counts}{by}")


def by_worker(workers: Mapping[str, int]) -> str:
    """Return how many images each worker, or node of a cluster, has generated."""
    if len(workers) > MANY:
        return f"{len(workers)} workers"
    return ", ".join(f"{name} {count:,}" for name, count in sorted(workers.items()))


def progress_bar(console: Console, tally: Tally, workers: Mapping[str, int]) -> Progress:
    """Return the bar: suite, share done, time, counts by verdict and by worker. Gone when stopped."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _Counts(tally, signs_for(console), workers),
        console=console,
        transient=True,
    )


class _Counts(ProgressColumn):
    max_refresh = 0.2

    def __init__(self, tally: Tally, signs: Mapping[str, str], workers: Mapping[str, int]) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._tally = tally
        self._signs = signs
        self._workers = workers

    def render(self, task: Task) -> Text:  # noqa: ARG002 (the base hands it over)
        parts = [
            Text(f"{self._signs.get(verdict, '?')} {count:,}", style=STYLES.get(verdict, ""))
            for verdict, count in self._tally.ordered()
        ]
        if self._workers:
            parts.append(Text(by_worker(self._workers), "dim"))
        return Text("  ").join(parts)


def print_summary(
    console: Console,
    run: RunRecord,
    tally: Tally,
    folder: Path,
    *,
    report: Path | None = None,
    again: Sequence[str] = (),
) -> None:
    """Return the table at the end of a run, how its providers repeat, then where the report lies and what to do next.

    Findings come first, in groups with the same reasons; what is fine is counted. ``again`` are options that the
    commands keep (:func:`harness.report.commands.next_steps`).
    """
    console.print(summary(run, tally, folder, width=console.width, signs=signs_for(console)))
    if run.arguments.get("repeats", 1) != 1 and "study" not in run.arguments:
        for text in repeat_lines(folder):
            _line(console, text)
    if report is not None:
        _line(console, Text.assemble(("report: ", "bold"), shown_path(report)))
    for label, command in labeled(next_steps(run, tally, folder, again)):
        _line(console, Text.assemble((f"{label:<8}", "bold"), command))


def _line(console: Console, text: str | Text) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def signs_for(console: Console) -> Mapping[str, str]:
    """Return the signs that fit the console. One that cannot print them will write ``?`` for other letters it lacks."""
    try:
        "".join(SIGNS.values()).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        if isinstance(console.file, io.TextIOWrapper):
            console.file.reconfigure(errors="replace")
        return ASCII_SIGNS
    return SIGNS
