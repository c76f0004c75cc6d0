"""The commands that the report tells a person to run."""

import shlex
from pathlib import Path

from harness.records import RunRecord, TrialKey
from harness.report.tally import Tally
from harness.report.words import compared, shown_path


def accept_command(folder: Path, key: TrialKey, reason: str = "") -> str:
    """The shell command that accepts the picture of one trial; without a reason the command asks for one."""
    words = ["harness", "accept", shown_path(folder), "--key", str(key)]
    return shlex.join([*words, "--reason", reason] if reason else words)


def next_command(run: RunRecord, tally: Tally, folder: Path) -> str:
    """What to do after this run; empty when nothing is left to do."""
    path = shown_path(folder)
    if not run.complete and run.planned and not run.shard:
        return shlex.join(["harness", "run", *run.suites, "--resume"])
    if compared(run):
        return ""
    for verdict in ("drift", "new"):
        if tally.findings_by_verdict.get(verdict):
            return shlex.join(["harness", "accept", path, "--verdict", verdict])
    if tally.findings and tally.findings[0].outcome.remedy:
        return tally.findings[0].outcome.remedy
    return ""
