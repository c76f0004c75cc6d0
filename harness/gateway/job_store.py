"""The jobs of a gateway, durable: every method is one transaction, on the disk when it returns.

A worker takes jobs with a lease and renews it; a job whose lease ran out is taken by another worker. What a paid call
may have cost is decided by its image's row: ``sent`` is written before the call, so a job that is taken again never
sends it a second time.
"""

import secrets
import time
from collections.abc import Collection, Sequence

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from harness.gateway.database import Database
from harness.gateway.errors import (
    JobConflictError,
    QueueFullError,
    RateLimitedError,
)
from harness.gateway.job_rows import (
    OPEN,
    add_event,
    earlier_job,
    finish_job,
    has_job,
    jobs_of,
    not_found,
    open_jobs_of,
    read_job,
    row_of,
    store_image,
)
from harness.gateway.records import Caller, ImageRequest, Job, JobError, JobEvent, ServedImage
from harness.gateway.tables import DELIVERIES, EVENTS, IMAGES, JOBS
from harness.records import digest_of, from_json, to_json
from harness.vocabulary import DeliveryState, ImageState, JobEventKind, JobState


class JobStore:
    """Jobs in a database; may be used from any thread, and by several processes at once."""

    def __init__(self, database: Database, *, queue_limit: int = 1000) -> None:
        """``queue_limit`` is the most jobs that may wait."""
        self.database = database
        self.queue_limit = queue_limit

    def submit(
        self,
        request: ImageRequest,
        caller: Caller,
        *,
        seeds: Sequence[int | None] = (),
        default_deadline: float | None = None,
        fault: str | None = None,
        most_open: int | None = None,
    ) -> tuple[Job, bool]:
        """Store a job with its ``request.n`` images, which have ``seeds`` (none where that is empty); returns it, and
        whether it is new.

        The same idempotency key of the same API key returns the earlier job. Raises IdempotencyError where that was
        another request, QueueFullError, and RateLimitedError where the API key has ``most_open`` jobs that are not
        final.
        """
        now = time.time()
        deadline = caller.deadline if caller.deadline is not None else default_deadline
        job = Job(
            f"job_{secrets.token_hex(16)}",
            JobState.QUEUED,
            request,
            caller,
            now,
            expires=None if deadline is None else now + deadline,
            fault=fault,
            images=tuple(ServedImage(index, seed=seed) for index, seed in enumerate(seeds or [None] * request.n)),
        )
        request_digest = digest_of({"request": request, "body": caller.body, "webhook": caller.webhook})
        try:
            with self.database.begin() as connection:
                if (earlier := earlier_job(connection, caller, request_digest)) is not None:
                    return earlier, False
                waiting = connection.execute(
                    select(func.count()).select_from(JOBS).where(JOBS.c.state == JobState.QUEUED)
                ).scalar_one()
                if waiting >= self.queue_limit:
                    raise QueueFullError(f"{waiting:,} jobs wait already", "send it again later")
                if most_open is not None and (count := open_jobs_of(connection, caller.key)) >= most_open:
                    raise RateLimitedError(f"{count:,} jobs of this key are not final", "wait until one is")
                connection.execute(insert(JOBS), row_of(job, request_digest))
                connection.execute(
                    insert(IMAGES),
                    [
                        {"job": job.id, "number": image.index, "state": image.state, "image": to_json(image)}
                        for image in job.images
                    ],
                )
                add_event(connection, job.id, JobEventKind.QUEUED, now)
        except IntegrityError:
            # another process stored the same idempotency key between the look and the insert
            with self.database.begin() as connection:
                earlier = earlier_job(connection, caller, request_digest)
            if earlier is None:
                raise
            return earlier, False
        return job, True

    def get(self, job_id: str) -> Job:
        """Return a job. Raises JobNotFoundError."""
        with self.database.begin() as connection:
            return read_job(connection, job_id)

    def newest(
        self, count: int = 50, *, key: str | None = None, state: JobState | None = None, before: str | None = None
    ) -> list[Job]:
        """Return the newest jobs, newest first: those of an API key, in a state, before a job."""
        query = select(JOBS).order_by(JOBS.c.created.desc(), JOBS.c.id.desc()).limit(count)
        if key is not None:
            query = query.where(JOBS.c.key == key)
        if state is not None:
            query = query.where(JOBS.c.state == state)
        with self.database.begin() as connection:
            if before is not None:
                at = read_job(connection, before)
                query = query.where(
                    or_(JOBS.c.created < at.created, and_(JOBS.c.created == at.created, JOBS.c.id < at.id))
                )
            return jobs_of(connection, connection.execute(query).all())

    def states(self, among: Collection[JobState] = tuple(JobState)) -> dict[JobState, int]:
        """Return how many jobs are in each of these states that some are in."""
        query = select(JOBS.c.state, func.count()).where(JOBS.c.state.in_(among)).group_by(JOBS.c.state)
        with self.database.begin() as connection:
            return {JobState(state): count for state, count in connection.execute(query)}

    def claim(self, owner: str, count: int, lease: float, *, but: Collection[str] = ()) -> list[Job]:
        """Lease up to ``count`` jobs that are queued, or whose lease ran out, oldest first, for ``lease`` seconds.

        ``but`` are jobs that the worker is generating: it does not begin one again whose lease ran out while its
        process was suspended.
        """
        if count <= 0:
            return []
        now = time.time()
        free = or_(JOBS.c.state == JobState.QUEUED, and_(JOBS.c.state == JobState.RUNNING, JOBS.c.lease < now))
        free = and_(free, JOBS.c.id.not_in(but))
        oldest = select(JOBS.c.id).where(free).order_by(JOBS.c.created).limit(count).with_for_update(skip_locked=True)
        with self.database.begin() as connection:
            ids = connection.execute(oldest).scalars().all()
            for job_id in ids:
                connection.execute(
                    update(JOBS)
                    .where(JOBS.c.id == job_id)
                    .values(
                        state=JobState.RUNNING,
                        owner=owner,
                        lease=now + lease,
                        attempts=JOBS.c.attempts + 1,
                        started=func.coalesce(JOBS.c.started, now),
                    )
                )
                add_event(connection, job_id, JobEventKind.STARTED, now)
            rows = connection.execute(select(JOBS).where(JOBS.c.id.in_(ids)).order_by(JOBS.c.created)).all()
            return jobs_of(connection, rows)

    def renew(self, owner: str, jobs: Collection[str], lease: float) -> set[str]:
        """Extend the lease of running jobs; returns those that the worker still has."""
        if not jobs:
            return set()
        mine = and_(JOBS.c.id.in_(jobs), JOBS.c.owner == owner, JOBS.c.state == JobState.RUNNING)
        with self.database.begin() as connection:
            connection.execute(update(JOBS).where(mine).values(lease=time.time() + lease))
            return set(connection.execute(select(JOBS.c.id).where(mine)).scalars())

    def release(self, owner: str) -> None:
        """Put what a worker has back into the queue: it is being shut down."""
        with self.database.begin() as connection:
            connection.execute(
                update(JOBS)
                .where(JOBS.c.owner == owner, JOBS.c.state == JobState.RUNNING)
                .values(state=JobState.QUEUED, owner=None, lease=None)
            )

    def to_cancel(self, jobs: Collection[str]) -> set[str]:
        """Return those whose cancellation was asked for."""
        if not jobs:
            return set()
        query = select(JOBS.c.id).where(JOBS.c.id.in_(jobs), JOBS.c.cancel_requested)
        with self.database.begin() as connection:
            return set(connection.execute(query).scalars())

    def image(self, job_id: str, image: ServedImage, *, owner: str | None = None) -> bool:
        """Store how far an image is; one that is final is an event. Returns False, and stores nothing, where an
        ``owner`` is given that does not have the job any more."""
        with self.database.begin() as connection:
            has = owner is None or has_job(connection, owner, job_id)
            if has:
                store_image(connection, job_id, image)
            return has

    def settle(
        self,
        owner: str,
        job_id: str,
        state: JobState,
        error: JobError | None = None,
        last: ServedImage | None = None,
    ) -> Job | None:
        """Make a job final, with its ``last`` image, its event and the delivery of its webhook; returns it. One that is
        final stays so. None, and nothing is stored, where the worker does not have it any more: another one took it."""
        with self.database.begin() as connection:
            if not has_job(connection, owner, job_id):
                return None
            if last is not None:
                store_image(connection, job_id, last)
            return finish_job(connection, job_id, state, error, time.time())

    def cancel(self, job_id: str) -> Job:
        """Cancel a job: at once when it is queued; a running one is asked to end. A final one stays as it is."""
        with self.database.begin() as connection:
            connection.execute(
                update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.in_(OPEN)).values(cancel_requested=True)
            )
            job = read_job(connection, job_id, lock=True)
            if job.state is JobState.QUEUED:
                return finish_job(connection, job_id, JobState.CANCELLED, None, time.time())
            return job

    def expire(self) -> list[str]:
        """End the jobs whose deadline has passed: queued ones at once, running ones are asked to end. Returns those
        that became final."""
        now = time.time()
        late = and_(JOBS.c.expires < now, JOBS.c.state.in_(OPEN))
        with self.database.begin() as connection:
            rows = connection.execute(select(JOBS.c.id, JOBS.c.state).where(late)).all()
            for job_id, state in rows:
                if state == JobState.QUEUED:
                    finish_job(connection, job_id, JobState.EXPIRED, None, now)
                else:
                    connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(cancel_requested=True))
        return [job_id for job_id, state in rows if state == JobState.QUEUED]

    def events(self, job_id: str, after: int = 0) -> list[JobEvent]:
        """Return the stored events of a job after a number, in order. Raises JobNotFoundError."""
        query = select(EVENTS).where(EVENTS.c.job == job_id, EVENTS.c.number > after).order_by(EVENTS.c.number)
        with self.database.begin() as connection:
            if connection.execute(select(JOBS.c.id).where(JOBS.c.id == job_id)).first() is None:
                raise not_found(job_id)
            return [
                JobEvent(row.job, row.number, JobEventKind(row.kind), row.at, row.data)
                for row in connection.execute(query)
            ]

    def find_image(self, digest: str) -> ServedImage | None:
        """Return an image by the SHA-256 of its file, None where there is none."""
        query = select(IMAGES.c.image).where(IMAGES.c.digest == digest, IMAGES.c.state == ImageState.DONE).limit(1)
        with self.database.begin() as connection:
            row = connection.execute(query).scalar()
        return None if row is None else from_json(ServedImage, row)

    def input_digests(self) -> set[str]:
        """Return the digests of the images that jobs refer to."""
        found = set()
        with self.database.begin() as connection:
            for request in connection.execute(select(JOBS.c.request)).scalars():
                images = (request.get("input_image"), request.get("mask"))
                found |= {image["digest"] for image in images if image is not None}
        return found

    def delete(self, job_id: str) -> None:
        """Delete a final job; its images stay in the run. Raises JobNotFoundError, and JobConflictError where it is not
        final or its webhook is not delivered."""
        waiting = select(DELIVERIES.c.id).where(DELIVERIES.c.job == job_id, DELIVERIES.c.state == DeliveryState.PENDING)
        with self.database.begin() as connection:
            job = read_job(connection, job_id, lock=True)
            if not job.state.is_final or connection.execute(waiting).first() is not None:
                raise JobConflictError(
                    f"the job is {job.state}, or its webhook is not delivered yet", "delete it later"
                )
            connection.execute(delete(JOBS).where(JOBS.c.id == job_id))

    def purge(self, older: float) -> int:
        """Delete the final jobs that ended before a time (seconds since the epoch), and whose webhooks are not pending;
        returns how many. Their images stay in the runs."""
        waiting = select(DELIVERIES.c.job).where(DELIVERIES.c.state == DeliveryState.PENDING)
        old = and_(JOBS.c.finished < older, JOBS.c.state.not_in(OPEN), JOBS.c.id.not_in(waiting))
        with self.database.begin() as connection:
            return connection.execute(delete(JOBS).where(old)).rowcount
