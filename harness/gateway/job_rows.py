"""The rows of a job: read, written and ended within a transaction."""

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from harness.gateway.errors import (
    IdempotencyError,
    JobNotFoundError,
)
from harness.gateway.records import Caller, ImageRequest, Job, JobError, ServedImage
from harness.gateway.tables import DELIVERIES, EVENTS, IMAGES, JOBS
from harness.gateway.webhook_payload import payload
from harness.records import from_json, to_json
from harness.vocabulary import DeliveryState, ImageState, JobEventKind, JobState

OPEN = (JobState.QUEUED, JobState.RUNNING)


def open_jobs_of(connection: Connection, key: str) -> int:
    """Return how many jobs of an API key are not final."""
    query = select(func.count()).select_from(JOBS).where(JOBS.c.key == key, JOBS.c.state.in_(OPEN))
    return connection.execute(query).scalar_one()


def earlier_job(connection: Connection, caller: Caller, request_digest: str) -> Job | None:
    """Return the earlier job of an idempotency key. Raises IdempotencyError where its request was another."""
    if caller.idempotency_key is None:
        return None
    same = and_(JOBS.c.key == caller.key, JOBS.c.idempotency_key == caller.idempotency_key)
    row = connection.execute(select(JOBS).where(same)).first()
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise IdempotencyError("this Idempotency-Key was used for another request", "use a new key")
    return jobs_of(connection, [row])[0]


def store_image(connection: Connection, job_id: str, image: ServedImage) -> None:
    """Write how far an image is; one that is final is an event."""
    connection.execute(
        update(IMAGES)
        .where(IMAGES.c.job == job_id, IMAGES.c.number == image.index)
        .values(state=image.state, digest=image.digest, image=to_json(image))
    )
    if image.state in (ImageState.DONE, ImageState.FAILED):
        data = {"index": image.index} | ({} if image.error is None else {"code": image.error.code})
        add_event(connection, job_id, JobEventKind.IMAGE, time.time(), data)


def finish_job(connection: Connection, job_id: str, state: JobState, error: JobError | None, now: float) -> Job:
    """Make a job final, with its event and its delivery; returns it. One that is final stays so."""
    job = read_job(connection, job_id, lock=True)
    if job.state.is_final:
        return job
    connection.execute(
        update(JOBS)
        .where(JOBS.c.id == job_id)
        .values(state=state, finished=now, error=None if error is None else to_json(error), owner=None, lease=None)
    )
    add_event(connection, job_id, JobEventKind(state), now, {} if error is None else {"code": error.code})
    job = replace(job, state=state, finished=now, error=error)
    if job.caller.webhook is not None:
        add_delivery(connection, job, now)
    return job


def add_delivery(connection: Connection, job: Job, now: float) -> None:
    """Write the delivery of the webhook of a job."""
    delivery = f"msg_{secrets.token_hex(16)}"
    connection.execute(
        insert(DELIVERIES),
        {
            "id": delivery,
            "job": job.id,
            "url": job.caller.webhook,
            "payload": payload(job, delivery),
            "state": DeliveryState.PENDING,
            "due": now,
            "attempts": 0,
            "log": [],
        },
    )


def add_event(
    connection: Connection, job_id: str, kind: JobEventKind, at: float, data: Mapping[str, Any] | None = None
) -> None:
    """Write the next event of a job."""
    counted = update(JOBS).where(JOBS.c.id == job_id).values(events=JOBS.c.events + 1).returning(JOBS.c.events)
    number = connection.execute(counted).scalar_one()
    connection.execute(
        insert(EVENTS), {"job": job_id, "number": number, "kind": kind, "at": at, "data": dict(data or {})}
    )


def read_job(connection: Connection, job_id: str, *, lock: bool = False) -> Job:
    """Return a job; with ``lock`` nothing else changes it until the transaction ends. Raises JobNotFoundError."""
    query = select(JOBS).where(JOBS.c.id == job_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise not_found(job_id)
    return jobs_of(connection, [row])[0]


def has_job(connection: Connection, owner: str, job_id: str) -> bool:
    """Return whether a worker has a job; it stays so until the transaction ends."""
    mine = and_(JOBS.c.id == job_id, JOBS.c.owner == owner, JOBS.c.state == JobState.RUNNING)
    return connection.execute(select(JOBS.c.id).where(mine).with_for_update()).first() is not None


def not_found(job_id: str) -> JobNotFoundError:
    """Return the error of an unknown job."""
    return JobNotFoundError(f"there is no job '{job_id[:60]}'", "it may be older than the gateway retains jobs")


def jobs_of(connection: Connection, rows: Iterable[Row[Any]]) -> list[Job]:
    """Return the jobs of rows, with their images."""
    rows = list(rows)
    images: dict[str, list[ServedImage]] = {row.id: [] for row in rows}
    query = select(IMAGES).where(IMAGES.c.job.in_(list(images))).order_by(IMAGES.c.number)
    for found in connection.execute(query):
        images[found.job].append(from_json(ServedImage, found.image))
    return [
        Job(
            row.id,
            JobState(row.state),
            from_json(ImageRequest, row.request),
            from_json(Caller, row.caller),
            row.created,
            row.started,
            row.finished,
            row.expires,
            row.attempts,
            row.cancel_requested,
            None if row.error is None else from_json(JobError, row.error),
            tuple(images[row.id]),
            row.fault,
        )
        for row in rows
    ]


def row_of(job: Job, request_digest: str) -> dict[str, Any]:
    """Return the row of a new job."""
    return {
        "id": job.id,
        "state": job.state,
        "key": job.caller.key,
        "request": to_json(job.request),
        "caller": to_json(job.caller),
        "idempotency_key": job.caller.idempotency_key,
        "request_digest": request_digest,
        "created": job.created,
        "expires": job.expires,
        "attempts": 0,
        "cancel_requested": False,
        "fault": job.fault,
        "events": 0,
    }
