"""Questions in SQL over the trials of all runs: a Parquet file a run, made from its ledger when it is first needed.

The ledger is the truth and only grows: a file made of a shorter one, or of other columns, is made again. DuckDB, the
extra ``query``, writes and reads them.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, MissingExtraError, excerpt
from harness.ledger import LedgerError, RunNotFoundError, iter_results, read_run, runs
from harness.records import METRICS, digest_of, encode_plain
from harness.report.export import COLUMNS, row_of
from harness.report.files import ReportError
from harness.scratch import Scratch

TABLE_FILE = "trials.parquet"
_TYPES = {
    "seed": "UBIGINT", "index": "BIGINT", "checks_passed": "BIGINT", "checks_failed": "BIGINT",
    "checks_open": "BIGINT", "seconds": "DOUBLE", "cost": "DOUBLE", "finished": "TIMESTAMP",
}  # fmt: skip
QUERY_COLUMNS: Mapping[str, str] = {
    "run": "VARCHAR",
    "started": "TIMESTAMP",
    **{name: _TYPES.get(name, "VARCHAR") for name in COLUMNS},
    **{name: "BOOLEAN" if metric.boolean else "DOUBLE" for name, metric in METRICS.items()},
}
"""The columns of the table ``trials`` and their types in SQL: the run, then those of ``harness export``."""
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a question returned: the names of its columns, its rows, and the runs that could not be read."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    unreadable: tuple[LedgerError, ...]


@dataclass(eq=False, repr=False)
class QueryError(HarnessError):
    """A question that cannot be answered; ``problem`` is what DuckDB says of it."""

    problem: str
    hint = (
        "ask of the table trials, such as: select verdict, count(*) from trials group by all "
        '(the column case is "case" in SQL, in double quotes)'
    )

    def __str__(self) -> str:
        return self.problem


def query(reports: Path, sql: str) -> QueryAnswer:
    """Return the answer to a question in SQL over the table ``trials`` of all runs below ``reports``.

    The question is one statement; it can read no other file, and writes none. Raises QueryError, MissingExtraError
    without DuckDB, RunNotFoundError where there are no runs, and ReportError where a file cannot be written.
    """
    duckdb = _duckdb()
    folders = runs(reports)
    if not folders:
        raise RunNotFoundError(reports, "latest")
    tables, unreadable = [], []
    with Scratch() as scratch, duckdb.connect(config=_OFFLINE) as database:
        for number, folder in enumerate(folders):
            try:
                tables.append(str(_table(database, folder, scratch / f"{number}.parquet")))
            except LedgerError as fault:
                unreadable.append(fault)
        if not tables:
            raise unreadable[0]
        try:
            database.read_parquet(tables, union_by_name=True).create_view("trials")
            allowed = f"allowed_paths={_listed(tables)}"
            for setting in (allowed, "enable_external_access=false", "lock_configuration=true"):
                database.execute(f"SET {setting}")
            if (count := len(database.extract_statements(sql))) != 1:
                raise QueryError(f"a question is one statement, and this is {count or 'none'}")
            found = database.execute(sql)
            columns = tuple(column[0] for column in found.description or ())
            return QueryAnswer(columns, found.fetchall() if columns else (), tuple(unreadable))
        except duckdb.Error as fault:
            raise QueryError(excerpt(str(fault), 500)) from None


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("harness query", "query") from None
    return duckdb


def _table(database: Any, folder: Path, spare: Path) -> Path:
    """Return the Parquet file of a run, made now where there is none of its ledger as it is: at ``spare`` where it
    cannot be kept in the run's folder. Raises LedgerError, ReportError."""
    path = folder / TABLE_FILE
    size = (folder / "trials.jsonl").stat().st_size if (folder / "trials.jsonl").exists() else 0
    made_of = {"ledger": str(size), "columns": digest_of(QUERY_COLUMNS)}
    if path.exists():
        with suppress(Exception):  # a file that is cut off or of another program is replaced
            rows = database.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
            if {bytes(key).decode(): bytes(value).decode() for key, value in rows} == made_of:
                return path
    record = read_run(folder)
    lines = spare.with_suffix(".ndjson")
    new = folder / f".{TABLE_FILE}.{os.getpid()}.tmp"
    try:
        with lines.open("wb") as stream:
            stream.writelines(
                encode_plain({"run": record.run, "started": record.started} | row_of(result)) + b"\n"
                for result in iter_results(folder)
            )
        table = database.read_json(str(lines), format="newline_delimited", columns=dict(QUERY_COLUMNS))
        table.create_view("made", replace=True)
        how = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {made_of}"
        database.execute(f"COPY made TO {_quoted(spare)} ({how})")
        lines.unlink()
    except OSError as fault:
        raise ReportError(path, fault.strerror or str(fault)) from fault
    except _duckdb().Error as fault:
        raise ReportError(path, excerpt(str(fault))) from fault
    try:
        shutil.copyfile(spare, new)
        new.replace(path)
    except OSError:  # a folder that is read only
        return spare
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    spare.unlink()
    return path


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _listed(paths: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, paths))}]"
