"""The database of a gateway: SQLite in its data folder, or Postgres for several workers."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from harness.errors import UsageError, excerpt, know_login
from harness.gateway.errors import UnavailableError
from harness.gateway.tables import METADATA, SCHEMA, VERSION

FILE = "gateway.sqlite"
"""In the data folder."""
BUSY = 30.0
"""Seconds to wait for another writer of SQLite."""


class Database:
    """Transactions on one database, from any thread. Each is on the disk when its block ends."""

    def __init__(self, url: str | None, folder: Path) -> None:
        """Open it, and make its tables where they are not yet. ``url`` is that of a Postgres database, None SQLite in
        ``folder``. Raises UsageError.
        """
        self.engine = _engine(url, folder)
        # SQLite has one writer, and threads that wait for it there sleep far longer than they have to
        self._turn = threading.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        try:
            METADATA.create_all(self.engine)
            with self.engine.begin() as connection:
                found = connection.execute(select(SCHEMA.c.version)).scalars().all()
                if not found:
                    connection.execute(insert(SCHEMA), {"version": VERSION})
        except SQLAlchemyError as fault:
            self.engine.dispose()
            problem = excerpt(f"the database cannot be used: {getattr(fault, 'orig', None) or fault}")
            raise UsageError(problem, "see --database") from fault
        if found and found != [VERSION]:
            self.engine.dispose()
            raise UsageError(f"the database was made by another version (schema {found[0]})", "use another data folder")

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that may write. Raises UnavailableError where the database fails, and
        IntegrityError for a row that is there already."""
        try:
            with self._turn, self.engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as fault:
            problem = excerpt(f"the database cannot be used: {getattr(fault, 'orig', None) or fault}")
            raise UnavailableError(problem) from fault

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _engine(url: str | None, folder: Path) -> Engine:
    if url is None:
        engine = create_engine(f"sqlite:///{folder / FILE}", connect_args={"timeout": BUSY, "check_same_thread": False})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise UsageError("--database: it is not an address", "postgresql://user@host/name") from fault
    know_login(url)
    if parsed.get_backend_name() != "postgresql":
        problem = f"--database: {parsed.get_backend_name()} is not supported"
        raise UsageError(problem, "postgresql://…, or leave it out for SQLite in the data folder")
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    # SQLAlchemy, not the driver, begins transactions: see _begin
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # a transaction that reads first and writes later would fail where another one wrote in between
    connection.exec_driver_sql("BEGIN IMMEDIATE")
