"""Rows of a gateway's database, changed and read past its worker."""

import time

import pytest

pytest.importorskip("sqlalchemy")

from harness.gateway.delivery_store import Delivery, DeliveryStore
from harness.gateway.job_rows import finish_job
from harness.gateway.job_store import JobStore
from harness.gateway.records import Job, JobError
from harness.vocabulary import JobState


def finish(store: JobStore, job_id: str, state: JobState = JobState.COMPLETED, error: JobError | None = None) -> Job:
    """Make a job final, whoever has it."""
    with store.database.begin() as connection:
        return finish_job(connection, job_id, state, error, time.time())


def delivery_of(store: DeliveryStore, delivery_id: str) -> Delivery:
    """Return a delivery."""
    return next(one for one in store.newest(200) if one.id == delivery_id)
