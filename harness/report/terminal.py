"""The terminal: progress while a run goes on, and the table at its end."""

import io
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from harness.records import Event, RunFinished, RunRecord, RunStarted, TrialFinished, TrialResult
from harness.report.commands import next_command
from harness.report.summary import STYLES, summary
from harness.report.tally import Tally
from harness.report.words import (
    ASCII_SIGNS,
    SIGNS,
    is_fine,
    noun_of,
    plural,
    run_title,
    shown_path,
    sign,
    trial_name,
)


class TerminalListener:
    """Tells a run as it goes: call it with each event.

    On a terminal a bar with the counts by verdict; elsewhere one line when the run starts and one for each finding.
    ``tally`` holds the counts for the table at the end. Used as a context manager, it takes the bar down on errors.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.tally = Tally()
        self._progress: Progress | None = None

    def __enter__(self) -> "TerminalListener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, TrialFinished):
            self.tally.add(event.result)
            self._print(event.result)
        elif isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        """Take the bar down."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start(self, event: RunStarted) -> None:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._progress = progress_bar(self.console, self.tally)
            self._progress.add_task(run_title(event.run), total=event.planned, completed=event.resumed)
            self._progress.start()
            return
        noun = noun_of(event.run)
        trials = f"{noun}s" if event.planned is None else plural(event.planned, noun)
        resumed = f", {event.resumed:,} already recorded" if event.resumed else ""
        _line(self.console, f"{run_title(event.run)}: {trials}{resumed}, in {shown_path(Path(event.folder))}")

    def _print(self, result: TrialResult) -> None:
        if self._progress is not None:
            self._progress.advance(self._progress.task_ids[0])
        elif not is_fine(result) and self.tally.alike(result) < 2:
            _line(self.console, finding_line(result, signs_for(self.console)))


def progress_bar(console: Console, tally: Tally) -> Progress:
    """Return the bar: suite, share done, time, counts by verdict. Gone when stopped."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _Counts(tally, signs_for(console)),
        console=console,
        transient=True,
    )


class _Counts(ProgressColumn):
    max_refresh = 0.2

    def __init__(self, tally: Tally, signs: Mapping[str, str]) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._tally = tally
        self._signs = signs

    def render(self, task: Task) -> Text:  # noqa: ARG002 (the base hands it over)
        parts = (
            Text(f"{self._signs.get(verdict, '?')} {count:,}", style=STYLES.get(verdict, ""))
            for verdict, count in self._tally.ordered()
        )
        return Text("  ").join(parts)


def finding_line(result: TrialResult, signs: Mapping[str, str] = SIGNS) -> str:
    """One finding on one line: sign, verdict, trial. The table at the end has its reason and numbers."""
    return f"{sign(result, signs)} {result.outcome.verdict:<12}  {trial_name(result)}"


def print_summary(
    console: Console,
    run: RunRecord,
    tally: Tally,
    folder: Path,
    *,
    report: Path | None = None,
    then: str | None = None,
) -> None:
    """Print the table at the end of a run, then where the report is and what to do next.

    Findings come first, one by one; what is fine is counted. ``then`` replaces the command that is proposed.
    """
    console.print(summary(run, tally, folder, width=console.width, signs=signs_for(console)))
    if report is not None:
        _line(console, Text.assemble(("report: ", "bold"), shown_path(report)))
    command = next_command(run, tally, folder) if then is None else then
    if command:
        _line(console, Text.assemble(("next:   ", "bold"), command))


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
