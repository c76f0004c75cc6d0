import dataclasses
from pathlib import Path

import pytest

from harness.ledger import (
    Ledger,
    RunNotFoundError,
    RunUnreadableError,
    find_run,
    iter_results,
    read_run,
    runs,
)
from harness.records import FORMATS, RunRecord


@pytest.fixture
def three(reports: Path, record: RunRecord, make) -> list[Path]:
    folders = []
    for number, verdict in enumerate(("identical", "drift", "new")):
        started = f"2026-11-2{number}T00:00:00Z"
        # Names against the order of time: what counts is when a run was started.
        named = dataclasses.replace(record, run=f"run-{9 - number}", started=started)
        with Ledger.create(reports, named) as ledger:
            ledger.append(make(verdict=verdict))
            ledger.append(make("other"))
        folders.append(ledger.folder)
    (reports / "not-a-run").mkdir()
    return folders


def test_the_latest_run_is_the_one_started_last(reports: Path, three: list[Path]) -> None:
    assert find_run(reports, "latest") == three[-1] == find_run(reports, "latest")
    assert runs(reports) == three


def test_a_run_is_found_by_name_part_and_path(reports: Path, three: list[Path]) -> None:
    for name in ("run-8", "8", str(three[1]), str(three[1] / "run.json")):
        assert find_run(reports, name) == three[1]


def test_a_run_that_is_not_there(reports: Path, three: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="no run 'run-88'") as caught:
        find_run(reports, "run-88")
    assert "run-8" in caught.value.hint
    with pytest.raises(RunNotFoundError):
        find_run(reports, "run")
    with pytest.raises(RunNotFoundError, match="there is no run in"):
        find_run(tmp_path / "empty", "latest")
    with pytest.raises(RunNotFoundError):
        find_run(reports, "")


@pytest.mark.parametrize(
    ("format_line", "words", "hint"),
    [
        (
            "",
            "it has format 1, written by image-harness 0.1.0; version .* reads format 2",
            "pip install image-harness==0.1.0",
        ),
        ('"format": 1,', "it has format 1, written by image-harness 0.1.0; version .* reads format 2", "make it again"),
        ('"format": 7,', "it has format 7, written by image-harness 0.1.0", "or a newer one"),
        ('"format": "two",', "it has format 'two'", "make it again"),
    ],
)  # fmt: skip
def test_a_run_of_another_format_names_the_version_that_wrote_it(
    three, format_line: str, words: str, hint: str
) -> None:
    folder = three[1]
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace(f'"format": {FORMATS["run"]},', format_line))
    with pytest.raises(RunUnreadableError, match=words) as caught:
        read_run(folder)
    assert hint in caught.value.hint


def test_a_line_of_another_format_is_named(three) -> None:
    folder = three[1]
    lines = (folder / "trials.jsonl").read_text()
    assert all(line.startswith('{"format":2,') for line in lines.splitlines())
    (folder / "trials.jsonl").write_text(lines.replace('{"format":2,', "{"))
    with pytest.raises(RunUnreadableError, match=r"line 1 has format 1, written by image-harness 0\.1\.0 or earlier"):
        list(iter_results(folder))
