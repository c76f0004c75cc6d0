"""The deliveries of webhooks, durable: taken with a lease, like jobs, so that another process goes on with them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select, update

from harness.gateway.database import Database
from harness.gateway.errors import DeliveryNotFoundError
from harness.gateway.tables import DELIVERIES, JOBS, RECEIVERS
from harness.vocabulary import DeliveryState

LONGEST_LOG = 20
"""Attempts that the log of a delivery has; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook and how far it is. Times are seconds since the epoch."""

    id: str
    """``msg_`` and 32 hexadecimal digits; the receiver sees the same one with each attempt."""
    job: str
    """The id of its job."""
    url: str
    """Where it goes."""
    payload: Mapping[str, Any]
    """What is sent."""
    state: DeliveryState
    """Where it is."""
    due: float
    """When it is tried next, if it is pending."""
    attempts: int
    """Since it was made, or last asked for."""
    log: Sequence[Mapping[str, Any]]
    """Each attempt, oldest first: ``at``, ``ms``, and ``status`` or ``error``."""


class DeliveryStore:
    """Deliveries in a database; from any thread, and several processes at once."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def claim(self, owner: str, count: int, lease: float) -> list[Delivery]:
        """Claim at most ``count`` deliveries that are due and that no other process has, for ``lease`` seconds."""
        if count <= 0:
            return []
        now = time.time()
        free = or_(DELIVERIES.c.lease.is_(None), DELIVERIES.c.lease < now)
        due = and_(DELIVERIES.c.state == DeliveryState.PENDING, DELIVERIES.c.due <= now, free)
        query = select(DELIVERIES.c.id).where(due).order_by(DELIVERIES.c.due).limit(count)
        with self.database.begin() as connection:
            ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
            if not ids:
                return []
            mine = DELIVERIES.c.id.in_(ids)
            connection.execute(update(DELIVERIES).where(mine).values(owner=owner, lease=now + lease))
            return [_delivery(row) for row in connection.execute(select(DELIVERIES).where(mine))]

    def attempted(
        self, owner: str, delivery: Delivery, state: DeliveryState, entry: Mapping[str, Any], due: float | None = None
    ) -> bool:
        """Store the outcome of an attempt, and where ``due`` is given the time of the next one.

        Returns False, and stores nothing, where another process has taken the delivery over.
        """
        mine = and_(DELIVERIES.c.id == delivery.id, DELIVERIES.c.owner == owner)
        with self.database.begin() as connection:
            changed = connection.execute(
                update(DELIVERIES)
                .where(mine)
                .values(
                    state=state,
                    attempts=delivery.attempts + 1,
                    due=delivery.due if due is None else due,
                    log=[*delivery.log, dict(entry)][-LONGEST_LOG:],
                    owner=None,
                    lease=None,
                )
            )
            return changed.rowcount == 1

    def release(self, owner: str) -> None:
        """Give up what a process has: it is being shut down."""
        with self.database.begin() as connection:
            connection.execute(update(DELIVERIES).where(DELIVERIES.c.owner == owner).values(owner=None, lease=None))

    def disable(self, url: str, reason: str) -> None:
        """Send nothing more to an address; what is pending for it ends as ``disabled`` when it is due."""
        with self.database.begin() as connection:
            connection.execute(delete(RECEIVERS).where(RECEIVERS.c.url == url))
            connection.execute(insert(RECEIVERS), {"url": url, "disabled": time.time(), "reason": reason})

    def is_disabled(self, url: str) -> bool:
        """Return whether nothing is sent to an address any more."""
        with self.database.begin() as connection:
            return connection.execute(select(RECEIVERS.c.url).where(RECEIVERS.c.url == url)).first() is not None

    def newest(
        self, count: int = 50, *, key: str | None = None, state: DeliveryState | None = None, job: str | None = None
    ) -> list[Delivery]:
        """Return the deliveries of the newest jobs, newest first: of an API key, in a state, of a job."""
        query = _of(key).order_by(JOBS.c.finished.desc(), DELIVERIES.c.id).limit(count)
        if state is not None:
            query = query.where(DELIVERIES.c.state == state)
        if job is not None:
            query = query.where(DELIVERIES.c.job == job)
        with self.database.begin() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def redeliver(self, delivery_id: str, *, key: str | None = None) -> Delivery:
        """Have a delivery be tried now and again from the start of its schedule, also where its receiver is disabled.

        Raises DeliveryNotFoundError, also where its job is another API key's.
        """
        now = time.time()
        with self.database.begin() as connection:
            row = _row(connection, delivery_id, key)
            connection.execute(delete(RECEIVERS).where(RECEIVERS.c.url == row.url))
            connection.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.id == delivery_id)
                .values(state=DeliveryState.PENDING, due=now, attempts=0, owner=None, lease=None)
            )
            return _delivery(_row(connection, delivery_id, key))


def _of(key: str | None) -> Select[Any]:
    query = select(DELIVERIES).join(JOBS, JOBS.c.id == DELIVERIES.c.job)
    return query if key is None else query.where(JOBS.c.key == key)


def _row(connection: Connection, delivery_id: str, key: str | None) -> Row[Any]:
    row = connection.execute(_of(key).where(DELIVERIES.c.id == delivery_id)).first()
    if row is None:
        raise DeliveryNotFoundError(f"there is no delivery '{delivery_id[:60]}'", "see /v1/webhooks/deliveries")
    return row


def _delivery(row: Row[Any]) -> Delivery:
    state = DeliveryState(row.state)
    return Delivery(row.id, row.job, row.url, row.payload, state, row.due, row.attempts, tuple(row.log))
