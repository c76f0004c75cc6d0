"""Jobs are durable: taken once, taken over when their worker ends, final for ever."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from harness.errors import UsageError
from harness.gateway.database import Database
from harness.gateway.errors import IdempotencyError, JobNotFoundError, QueueFullError
from harness.gateway.job_store import JobStore
from harness.gateway.records import Caller, ImageRequest, Job, JobError, ServedImage
from harness.vocabulary import ImageState, JobEventKind, JobState
from tests.gateway.postgres import postgres
from tests.gateway.rows import finish

ONE = ImageRequest("painter", "two red circles", seed=7)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = None if request.param == "sqlite" else request.getfixturevalue("server")
    database = Database(url, tmp_path)
    with database.begin() as connection:
        connection.execute(text("delete from harness_jobs"))
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)


def submit(store: JobStore, request: ImageRequest = ONE, **caller: object) -> Job:
    seeds = [] if request.seed is None else [request.seed + index for index in range(request.n)]
    return store.submit(request, Caller(**caller), seeds=seeds)[0]  # type: ignore[arg-type]


def kinds(store: JobStore, job: Job) -> list[str]:
    return [event.kind for event in store.events(job.id)]


def test_a_job_is_read_as_it_was_submitted(store: JobStore) -> None:
    request = ImageRequest("m", "a house", n=3, seed=5, size=(64, 128), settings={"steps": 4})
    job = submit(store, request, key="me", request_id="r", api="a", body={"n": [1, {"x": None}]}, deadline=9.0)
    assert store.get(job.id) == job
    assert job.state is JobState.QUEUED
    assert [image.seed for image in job.images] == [5, 6, 7]
    assert job.expires == pytest.approx(job.created + 9.0)


def test_each_job_is_taken_by_one_of_many_workers(store: JobStore) -> None:
    jobs = {submit(store).id for _ in range(40)}
    taken: list[str] = []

    def work(name: str) -> None:
        while claimed := store.claim(name, 3, 60.0):
            taken.extend(job.id for job in claimed)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(jobs)


def test_the_oldest_is_taken_first(store: JobStore) -> None:
    first, second = submit(store), submit(store)
    assert [job.id for job in store.claim("w", 1, 60.0)] == [first.id]
    assert [job.id for job in store.claim("w", 5, 60.0)] == [second.id]


def test_a_job_of_a_worker_that_ended_is_taken_over(store: JobStore) -> None:
    job = submit(store)
    store.claim("dead", 1, 1.0)
    assert not store.claim("other", 1, 60.0)
    time.sleep(1.1)
    taken = store.claim("other", 1, 60.0)
    assert [(one.id, one.attempts) for one in taken] == [(job.id, 2)]
    assert store.renew("dead", [job.id], 60.0) == set()
    assert store.renew("other", [job.id], 60.0) == {job.id}


def test_a_released_job_is_queued_again(store: JobStore) -> None:
    job = submit(store)
    store.claim("w", 1, 60.0)
    store.release("w")
    assert store.get(job.id).state is JobState.QUEUED
    assert [one.id for one in store.claim("other", 1, 60.0)] == [job.id]


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
def test_a_final_job_stays_as_it_is(store: JobStore, state: JobState) -> None:
    job = submit(store)
    store.claim("w", 1, 0.0)
    error = JobError("x", "why")
    assert finish(store, job.id, state, error).state is state
    for other in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED):
        assert finish(store, job.id, other).state is state
    assert store.cancel(job.id).state is state
    assert not store.claim("w", 1, 60.0)
    assert store.get(job.id).error == error
    assert kinds(store, job) == [JobEventKind.QUEUED, JobEventKind.STARTED, JobEventKind(state)]


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_is_asked(store: JobStore) -> None:
    running, queued = submit(store), submit(store)
    store.claim("w", 1, 60.0)
    assert store.cancel(queued.id).state is JobState.CANCELLED
    assert store.cancel(running.id).state is JobState.RUNNING
    assert store.to_cancel([running.id, queued.id]) >= {running.id}


def test_a_job_past_its_deadline_expires(store: JobStore) -> None:
    running, queued = submit(store, deadline=0.0), submit(store, deadline=0.0)
    lasting = submit(store, deadline=60.0)
    store.claim("w", 1, 60.0)
    time.sleep(0.01)
    assert store.expire() == [queued.id]
    assert store.get(queued.id).state is JobState.EXPIRED
    assert store.to_cancel([running.id, lasting.id]) == {running.id}


def test_the_queue_is_limited(database: Database) -> None:
    store = JobStore(database, queue_limit=2)
    submit(store)
    submit(store)
    with pytest.raises(QueueFullError) as raised:
        submit(store)
    assert raised.value.retry_after > 0
    store.claim("w", 1, 60.0)
    submit(store)


def test_an_idempotency_key_is_one_job_for_one_request(store: JobStore) -> None:
    job, new = store.submit(ONE, Caller("me", idempotency_key="k"))
    again, again_new = store.submit(ONE, Caller("me", "other request", idempotency_key="k"))
    assert (new, again_new, again.id) == (True, False, job.id)
    with pytest.raises(IdempotencyError):
        store.submit(ImageRequest("painter", "another"), Caller("me", idempotency_key="k"))
    assert store.submit(ONE, Caller("you", idempotency_key="k"))[0].id != job.id


def test_equal_idempotency_keys_at_once_are_one_job(store: JobStore) -> None:
    ids: set[str] = set()
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        ids.add(store.submit(ONE, Caller("me", idempotency_key="same"))[0].id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 1


def test_images_are_stored_with_their_events(store: JobStore) -> None:
    job = submit(store, ImageRequest("painter", "x", n=2))
    done = ServedImage(1, ImageState.DONE, run="r", digest="d" * 64, environment={"a": [1.5, "é"]}, cost=0.1)
    store.image(job.id, ServedImage(0, ImageState.SENT, run="r"))
    store.image(job.id, done)
    assert store.get(job.id).images == (ServedImage(0, ImageState.SENT, run="r"), done)
    assert [event.data for event in store.events(job.id, after=1)] == [{"index": 1}]
    assert store.find_image("d" * 64) == done
    assert store.find_image("e" * 64) is None


def test_pages_of_jobs_have_each_once(store: JobStore) -> None:
    ids = [submit(store, key="me" if number % 2 else "you").id for number in range(7)]
    pages, before = [], None
    while page := store.newest(3, before=before):
        pages += [job.id for job in page]
        before = page[-1].id
    assert pages == ids[::-1]
    assert [job.id for job in store.newest(key="me")] == ids[1::2][::-1]
    assert store.newest(state=JobState.RUNNING) == []


def test_old_jobs_are_purged_and_open_ones_stay(store: JobStore) -> None:
    old, waiting = submit(store), submit(store)
    with_webhook = submit(store, webhook="https://example.org/x")
    finish(store, old.id)
    finish(store, with_webhook.id)
    assert store.purge(time.time() + 1) == 1
    with pytest.raises(JobNotFoundError):
        store.get(old.id)
    with pytest.raises(JobNotFoundError):
        store.events(old.id)
    assert {job.id for job in store.newest()} == {waiting.id, with_webhook.id}


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    with ExitStack() as stack:
        database = Database(None, tmp_path)
        stack.callback(database.close)
        with database.begin() as connection:
            connection.execute(text("update harness_schema set version = 99"))
    with pytest.raises(UsageError):
        Database(None, tmp_path)


@pytest.mark.parametrize("url", ["mysql://h/x", "no url", "postgresql://me:pa55word@127.0.0.1:1/x"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError) as raised:
        Database(url, tmp_path)
    assert "pa55word" not in f"{raised.value} {raised.value.hint}"


STEPS = st.lists(st.sampled_from(["submit", "claim", "finish", "cancel", "release", "expire", "lapse"]), max_size=25)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_happens_no_job_is_lost_or_taken_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    database = Database(None, tmp_path_factory.mktemp("jobs"))
    store, submitted, mine = JobStore(database), set(), []
    for step in steps:
        if step == "submit":
            submitted.add(submit(store).id)
        elif step == "claim":
            taken = store.claim("w", 2, 60.0)
            assert not {job.id for job in taken} & {job.id for job in mine}
            mine += taken
        elif step == "finish" and mine:
            finish(store, mine.pop().id)
        elif step == "cancel" and submitted:
            store.cancel(min(submitted))
        elif step == "release":
            store.release("w")
            mine = []
        elif step == "expire":
            assert store.expire() == []
    jobs = store.newest(1000)
    assert {job.id for job in jobs} == submitted
    assert {job.id for job in jobs if job.state is JobState.RUNNING} == {job.id for job in mine}
    for job in jobs:
        numbers = [event.number for event in store.events(job.id)]
        assert numbers == list(range(1, len(numbers) + 1))
    database.close()
