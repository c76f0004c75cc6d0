"""The commands that the report tells a person to run, with the options that differ from their defaults."""

import shlex
from pathlib import Path

from harness.records import Reason, RunRecord, TrialKey, TrialResult
from harness.report.tally import Tally
from harness.report.words import compared, shown_path
from harness.vocabulary import Code, Verdict

BASELINES = "baselines"
"""The folder that commands take for the accepted images when none is named."""

REPORTS = "reports"
"""The folder that commands take for the runs when none is named."""


def accept_words(folder: Path, baselines: Path) -> list[str]:
    """Return the words of the command that accepts images of a run; what to choose comes behind."""
    return ["harness", "accept", shown_path(folder), *_unless("--baselines", shown_path(baselines), BASELINES)]


def accept_command(folder: Path, key: TrialKey, reason: str = "", *, baselines: Path = Path(BASELINES)) -> str:
    """Return the shell command that accepts the image of one trial; without a reason the command asks for one."""
    words = [*accept_words(folder, baselines), "--key", str(key)]
    return shlex.join([*words, "--reason", reason] if reason else words)


def resume_command(run: RunRecord, folder: Path) -> str:
    """Return the shell command that goes on with an unfinished run: with everything that chose its trials."""
    given = run.arguments
    words = ["harness", "run", *run.suites]
    for key, value in given.get("set", {}).items():
        words += ["--set", f"{key}={value}"]
    for option, name in (("--case", "cases"), ("--tag", "tags")):
        for value in given.get(name, ()):
            words += [option, str(value)]
    words += ["--shard", run.shard] if run.shard else []
    words += _unless("--repeats", str(given.get("repeats", 1)), "1")
    for name in ("cache", "record", "replay"):
        words += [f"--{name}", str(given[name])] if name in given else []
    words += _unless("--baselines", run.baselines, BASELINES)
    words += _unless("--reports", shown_path(folder.parent), REPORTS)
    return shlex.join([*words, "--resume", run.run])


def rerun_command(run: RunRecord, folder: Path) -> str:
    """Return the shell command that generates the failed trials of a run again."""
    return f"{resume_command(run, folder)} --rerun failed"


def next_command(run: RunRecord, tally: Tally, folder: Path) -> str:
    """Return what to do after this run; empty when nothing is left to do."""
    if compared(run):
        return ""
    # a suite that was defined in Python is in no file
    own = "set" in run.arguments and not any(Path(suite).name.startswith("<") for suite in run.suites)
    if not run.complete and own:
        return resume_command(run, folder)
    # what is in no recording comes by --record, not by asking the recording again
    rerun_count = own and not {"study", "replay"} & set(run.arguments)
    if tally.findings_by_verdict.get(Verdict.FAILED) and rerun_count:
        # what was not generated is the first thing to settle: the rest can be accepted with it
        return rerun_command(run, folder)
    for verdict in (Verdict.DRIFT, Verdict.NEW):
        if tally.acceptable.get(verdict):
            return shlex.join([*accept_words(folder, Path(run.baselines)), "--verdict", verdict])
    reasons = next((found for result in tally.findings if (found := _uncalibrated(result))), None)
    if reasons is None:
        return ""
    repeats = [str(reason.data["repeats"]) for reason in reasons if reason.code == Code.FLOOR_NEEDS]
    words = ["harness", "calibrate", *run.suites, *(("--repeats", repeats[0]) if repeats else ())]
    return shlex.join([*words, *_unless("--baselines", run.baselines, BASELINES)])


def _uncalibrated(result: TrialResult) -> tuple[Reason, ...]:
    """Return the reasons of a trial that has no noise floor, or one of too few repeats."""
    reasons = result.outcome.reasons
    return reasons if {Code.FLOOR_MISSING, Code.FLOOR_NO_LIMIT} & {reason.code for reason in reasons} else ()


def _unless(option: str, value: str, default: str) -> list[str]:
    return [] if value == default else [option, value]
