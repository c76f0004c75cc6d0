"""Finding the run that a call wants to go on with, and what of it is to be generated again."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.ledger import PAGE_FILE, find_run, read_run, recorded_runs
from harness.records import RunRecord, TrialResult
from harness.vocabulary import Verdict


def unfinished(reports: Path, name: str, suites: Sequence[Path], rerun: Collection[str] = ()) -> Path:
    """Return the folder of the run to resume: the named one, or for ``latest`` the newest run of these suites that is
    unfinished (a kill may have left it without its page alone), or has trials with a verdict of ``rerun``.

    Raises UsageError when there is no such run, RunNotFoundError for an unknown name.
    """
    if name != "latest":
        return find_run(reports, name)
    named = tuple(map(str, suites))
    for folder, record in recorded_runs(reports):
        if not _is_of(record, named):
            continue
        more = _has(read_run(folder), rerun) if rerun else not (folder / PAGE_FILE).exists()
        if more or not record.complete:
            return folder
    problem = f"no unfinished run of {' '.join(named)} in {reports}"
    if rerun:
        problem += f", and none with {' or '.join(rerun)} trials"
    raise UsageError(problem, "leave out --rerun and --resume to begin a new one" if rerun else _BEGIN)


def ended_run_of(suites: Sequence[Path]) -> Callable[[RunRecord], bool]:
    """Return whether a run has ended, and is one of these suites and no study's."""
    named = tuple(map(str, suites))
    return lambda record: record.ended and _is_of(record, named)


def generated_again(verdicts: Collection[str]) -> Callable[[TrialResult], str]:
    """Why a recorded result is to be generated again, or an empty text: its verdict is one of these and nothing came.

    How often a set is refused is what it is asked: that is never generated away.
    """

    def why(result: TrialResult) -> str:
        verdict = result.outcome.verdict
        if verdict not in verdicts or result.image is not None or result.answer is not None:
            return ""
        return "" if verdict == Verdict.REFUSED and result.is_set else f"had {verdict}, and is generated again as asked"

    return why


def _is_of(record: RunRecord, suites: tuple[str, ...]) -> bool:
    return record.suites == suites and "study" not in record.arguments


def _has(record: RunRecord, verdicts: Collection[str]) -> bool:
    return any(record.totals.get(verdict) for verdict in verdicts)


_BEGIN = "leave out --resume to begin a new one"
