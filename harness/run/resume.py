"""Finding the run that a call wants to go on with, and what of it is to be drawn again."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from harness.errors import UsageFault
from harness.ledger import find_run, read_run, runs
from harness.records import RunRecord, TrialResult
from harness.run.sets import is_set


def unfinished(reports: Path, name: str, suites: Sequence[Path], redraw: Collection[str] = ()) -> Path:
    """The folder of the run to resume: the named one, or for ``latest`` the newest run of these suites that is
    unfinished, or has trials with a verdict of ``redraw``.

    Raises UsageFault when there is no such run, RunNotFound for an unknown name.
    """
    if name != "latest":
        return find_run(reports, name)
    wanted = tuple(map(str, suites))
    for folder in reversed(runs(reports)):
        record = read_run(folder)
        own = record.suites == wanted and "study" not in record.arguments
        if own and (not record.complete or _has(record, redraw)):
            return folder
    problem = f"no unfinished run of {' '.join(wanted)} in {reports}"
    if redraw:
        problem += f", and none with {' or '.join(redraw)} trials"
    raise UsageFault(problem, "leave out --redraw and --resume to begin a new one" if redraw else _BEGIN)


def drawn_again(verdicts: Collection[str]) -> Callable[[TrialResult], str]:
    """Why a recorded result is to be drawn again, or an empty text: its verdict is one of these and nothing came.

    How often a set is refused is what it is asked: that is never drawn away.
    """

    def why(result: TrialResult) -> str:
        verdict = result.outcome.verdict
        if verdict not in verdicts or result.picture is not None or result.answer is not None:
            return ""
        return "" if verdict == "refused" and is_set(result) else f"had {verdict}, and is drawn again as asked"

    return why


def _has(record: RunRecord, verdicts: Collection[str]) -> bool:
    return any(record.totals.get(verdict) for verdict in verdicts)


_BEGIN = "leave out --resume to begin a new one"
