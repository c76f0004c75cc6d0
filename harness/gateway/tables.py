"""The tables of a gateway's database; the same on SQLite and Postgres."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1
"""Of this schema; another one in a database is refused."""
METADATA = MetaData()

SCHEMA = Table("harness_schema", METADATA, Column("version", Integer, primary_key=True))

JOBS = Table(
    "harness_jobs",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("key", String(200), nullable=False),
    Column("request", JSON, nullable=False),
    Column("caller", JSON, nullable=False),
    Column("idempotency_key", String(200)),
    Column("request_digest", String(64), nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("expires", Double),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(40)),
    Column("lease", Double),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("error", JSON),
    Column("fault", String(20)),
    Column("events", Integer, nullable=False, default=0),
    UniqueConstraint("key", "idempotency_key"),
    Index("harness_jobs_by_state", "state", "created"),
)
"""``lease`` is until when (seconds since the epoch) the ``owner`` has a running job; ``events`` how many it has."""

IMAGES = Table(
    "harness_images",
    METADATA,
    Column("job", String(40), ForeignKey(JOBS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("digest", String(64), index=True),
    Column("image", JSON, nullable=False),
)

EVENTS = Table(
    "harness_events",
    METADATA,
    Column("job", String(40), ForeignKey(JOBS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("at", Double, nullable=False),
    Column("data", JSON, nullable=False),
)

DELIVERIES = Table(
    "harness_deliveries",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("job", String(40), ForeignKey(JOBS.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(40)),
    Column("lease", Double),
    Column("log", JSON, nullable=False),
    Index("harness_deliveries_by_state", "state", "due"),
)

RECEIVERS = Table(
    "harness_receivers",
    METADATA,
    Column("url", Text, primary_key=True),
    Column("disabled", Double),
    Column("reason", Text),
)
"""Addresses of webhooks that said they are gone."""
