"""Deliveries on SQLite and on a real Postgres."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from harness.gateway.database import Database
from harness.gateway.delivery_store import DeliveryStore
from harness.gateway.errors import DeliveryNotFoundError
from harness.gateway.job_store import JobStore
from harness.gateway.records import Caller, ImageRequest
from harness.vocabulary import DeliveryState
from tests.gateway.postgres import postgres
from tests.gateway.rows import delivery_of, finish

URL = "https://example.com/hook"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    database = Database(None if request.param == "sqlite" else request.getfixturevalue("address"), tmp_path)
    with database.begin() as connection:
        connection.execute(text("delete from harness_jobs"))
        connection.execute(text("delete from harness_receivers"))
    yield database
    database.close()


@pytest.fixture
def deliveries(database: Database) -> DeliveryStore:
    return DeliveryStore(database)


def finished(database: Database, count: int = 1, key: str = "") -> list[str]:
    """Return the ids of jobs that ended, each with a webhook."""
    jobs = JobStore(database)
    ids = []
    for _ in range(count):
        job, _ = jobs.submit(ImageRequest("painter", "a house", seed=1), Caller(key, webhook=URL))
        ids.append(finish(jobs, job.id).id)
    return ids


def test_each_delivery_is_claimed_once(database: Database, deliveries: DeliveryStore) -> None:
    jobs = finished(database, 40)
    claimed: list[str] = []

    def claim(owner: str) -> None:
        while found := deliveries.claim(owner, 3, lease=60.0):
            claimed.extend(one.job for one in found)

    threads = [threading.Thread(target=claim, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # rows that another transaction is looking at are left out: a later look finds them
    claim("last")
    assert sorted(claimed) == sorted(jobs)


def test_an_attempt_is_stored_by_its_owner_alone(database: Database, deliveries: DeliveryStore) -> None:
    finished(database)
    (one,) = deliveries.claim("a", 1, lease=0.0)
    (again,) = deliveries.claim("b", 1, lease=60.0)
    assert one.id == again.id
    entry = {"at": 1.0, "ms": 2.0, "status": 200}
    assert not deliveries.attempted("a", one, DeliveryState.DELIVERED, entry)
    assert delivery_of(deliveries, one.id).state is DeliveryState.PENDING
    assert deliveries.attempted("b", again, DeliveryState.DELIVERED, entry)
    stored = delivery_of(deliveries, one.id)
    assert (stored.state, stored.attempts, list(stored.log)) == (DeliveryState.DELIVERED, 1, [entry])
    assert deliveries.claim("c", 1, lease=60.0) == []


def test_what_is_not_due_is_not_claimed(database: Database, deliveries: DeliveryStore) -> None:
    finished(database)
    (one,) = deliveries.claim("a", 1, lease=60.0)
    assert deliveries.attempted("a", one, DeliveryState.PENDING, {"at": 1.0, "ms": 2.0, "status": 500}, due=4e9)
    assert deliveries.claim("a", 1, lease=60.0) == []
    deliveries.redeliver(one.id)
    assert [found.attempts for found in deliveries.claim("a", 1, lease=60.0)] == [0]


def test_what_a_process_gives_up_is_free_at_once(database: Database, deliveries: DeliveryStore) -> None:
    finished(database)
    deliveries.claim("a", 1, lease=60.0)
    assert deliveries.claim("b", 1, lease=60.0) == []
    deliveries.release("a")
    assert len(deliveries.claim("b", 1, lease=60.0)) == 1


def test_a_receiver_is_disabled_until_it_is_asked_for_again(database: Database, deliveries: DeliveryStore) -> None:
    finished(database)
    for _ in range(2):
        deliveries.disable(URL, "410")
        assert deliveries.is_disabled(URL)
    deliveries.redeliver(deliveries.newest()[0].id)
    assert not deliveries.is_disabled(URL)


def test_deliveries_are_listed_by_key_state_and_job(database: Database, deliveries: DeliveryStore) -> None:
    (mine,), (other,) = finished(database, key="a"), finished(database, key="b")
    assert [one.job for one in deliveries.newest()] == [other, mine]
    assert [one.job for one in deliveries.newest(key="a")] == [mine]
    assert [one.job for one in deliveries.newest(job=other)] == [other]
    assert deliveries.newest(state=DeliveryState.FAILED) == []
    (theirs,) = deliveries.newest(key="b")
    for missing in ("msg_0", theirs.id):
        with pytest.raises(DeliveryNotFoundError):
            deliveries.redeliver(missing, key="a")
