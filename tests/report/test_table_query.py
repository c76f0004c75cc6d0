"""Questions in SQL: the table holds what the ledger holds, is made again when that grew, and nothing else is read."""

import errno
import json
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from harness.errors import MissingExtraError
from harness.ledger import LineCorruptError, RunNotFoundError, iter_results, read_run
from harness.report import QUERY_COLUMNS, QueryError, query
from harness.report.export import row_of
from harness.report.table_query import TABLE_FILE

ALL = "select * from trials"


def as_listed(folder: Path) -> list[dict[str, object]]:
    record = read_run(folder)
    rows = ({"run": record.run, "started": record.started} | row_of(result) for result in iter_results(folder))
    listed: list[dict[str, object]] = json.loads(json.dumps(list(rows)))  # words of enumerations become texts
    return listed


def test_each_cell_is_that_of_the_ledger(folder: Path) -> None:
    answer = query(folder.parent, ALL)
    assert answer.columns == tuple(QUERY_COLUMNS)
    assert not answer.unreadable
    found = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    expected = as_listed(folder)
    assert len(found) == len(expected) > 3
    for one, other in zip(found, expected, strict=True):
        for name in ("started", "finished"):
            time, text = one.pop(name), other.pop(name)
            assert time.isoformat(timespec="milliseconds")[:19] == str(text)[:19]
        assert one == other


def test_a_table_is_kept_until_the_ledger_grows(folder: Path) -> None:
    (before,) = query(folder.parent, "select count(*) from trials").rows
    table = folder / TABLE_FILE
    made = table.stat().st_mtime_ns
    assert query(folder.parent, "select count(*) from trials").rows == [before]
    assert table.stat().st_mtime_ns == made
    lines = (folder / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "trials.jsonl").write_bytes(b"".join(lines[:-1]))
    assert query(folder.parent, "select count(*) from trials").rows == [(before[0] - 1,)]
    (folder / "trials.jsonl").write_bytes(b"".join(lines))
    assert query(folder.parent, "select count(*) from trials").rows == [before]


@pytest.mark.parametrize("content", [b"", b"PAR1 nothing PAR1", "other columns"])
def test_a_file_of_another_kind_is_made_again(folder: Path, content: bytes | str) -> None:
    table = folder / TABLE_FILE
    if isinstance(content, bytes):
        table.write_bytes(content)
    else:
        duckdb.connect().execute(f"COPY (SELECT 1 AS verdict) TO '{table}' (FORMAT parquet)")
    assert len(query(folder.parent, ALL).rows) == len(as_listed(folder))


def test_several_runs_and_one_that_cannot_be_read(folder: Path) -> None:
    shutil.copytree(folder, broken := folder.with_name("broken"))
    (broken / "trials.jsonl").write_text("no json\n")
    answer = query(folder.parent, "select distinct run from trials")
    assert answer.rows == [(read_run(folder).run,)]
    assert [fault.path for fault in answer.unreadable] == [broken / "trials.jsonl"]
    shutil.rmtree(folder)
    with pytest.raises(LineCorruptError):
        query(broken.parent, ALL)


@pytest.mark.parametrize(
    "sql",
    [
        "selct 1",
        "",
        "; -- nothing",
        "select 1; select 2",
        "select * from other",
        "select * from read_text('{file}')",
        "copy trials to '{file}.csv'",
        "attach '{file}.db'",
        "set enable_external_access=true",
        "install httpfs",
    ],
)
def test_what_is_refused(folder: Path, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for questions")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(QueryError):
        query(folder.parent, sql.format(file=secret))
    assert sorted(path for path in tmp_path.rglob("*") if path.name != TABLE_FILE) == before


def test_a_folder_that_is_read_only_is_asked_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as read_only:
        read_only.setattr("harness.report.table_query.shutil.copyfile", refused)
        assert len(query(folder.parent, ALL).rows) == len(as_listed(folder))
    assert not list(folder.glob("*trials.parquet*"))
    assert len(query(folder.parent, ALL).rows) == len(as_listed(folder))
    assert (folder / TABLE_FILE).exists()


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        query(tmp_path, ALL)


def test_without_duckdb(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError) as caught:
        query(folder.parent, ALL)
    assert caught.value.extra == "query"
