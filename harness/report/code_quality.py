"""Findings as GitLab's code quality report: one entry a finding, at the line of its case."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from harness.ledger import iter_results
from harness.records import RunRecord, TrialResult, encode_json
from harness.report.text import because
from harness.report.words import is_fine, one_line, trial_name
from harness.vocabulary import Verdict

SEVERITIES = {Verdict.BROKEN: "critical", Verdict.DRIFT: "major", Verdict.FAILED: "major"}
"""Severity by verdict; the others are ``minor``."""

Lines = Mapping[tuple[str, str], str]
"""``file:line`` by suite and case."""


def code_quality_report(folder: Path, run: RunRecord, lines: Lines) -> bytes:
    """Return the report of a run's findings as JSON, one entry for each trial. Raises what the ledger raises."""
    entries = {str(one.key): _entry(one, run, lines) for one in iter_results(folder) if not is_fine(one)}
    return encode_json(list(entries.values()))


def _entry(result: TrialResult, run: RunRecord, lines: Lines) -> dict[str, object]:
    path, line = place_of(result, run, lines)
    verdict = result.outcome.verdict
    return {
        "description": f"{trial_name(result)}: {one_line(because(result.outcome.reasons)) or verdict}",
        "check_name": f"image-harness/{verdict}",
        "fingerprint": hashlib.sha256(str(result.key).encode()).hexdigest(),
        "severity": SEVERITIES.get(verdict, "minor"),
        "location": {"path": path or result.key.suite, "lines": {"begin": line or 1}},
    }


def place_of(result: TrialResult, run: RunRecord, lines: Lines) -> tuple[str | None, int | None]:
    """Return the file and the line of a trial's case; where these are not known, a run's one suite and no line."""
    path, _, line = lines.get((result.key.suite, result.key.case), "").rpartition(":")
    return (path, int(line)) if line.isdigit() and path else (run.suites[0] if len(run.suites) == 1 else None, None)
