"""Jobs that are submitted and asked for: none is left behind."""

import threading

import pytest

from harness.http import Deadline, HttpError
from harness.provider.remote.polling import Poller


class Queue:
    """A service of jobs; one is done after ``asks`` questions."""

    def __init__(self, asks: int) -> None:
        self.asks = asks
        self.submitted = self.asked = 0
        self.cancelled: list[str] = []
        self.began = threading.Event()

    def submit(self) -> str:
        self.submitted += 1
        return f"job {self.submitted}"

    def poll(self, job: str) -> str | None:
        self.asked += 1
        self.began.set()
        return f"{job} done" if self.asked >= self.asks else None

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)


def test_a_job_is_asked_for_until_it_is_done() -> None:
    service = Queue(4)
    found = Poller().run(service.submit, service.poll, service.cancel, deadline=Deadline.after(10), interval=0.01)
    assert (found, service.asked, service.cancelled) == ("job 1 done", 4, [])


def test_a_job_past_the_deadline_is_cancelled() -> None:
    service = Queue(10**9)
    with pytest.raises(HttpError, match=r"not done within 0\.1 s") as caught:
        Poller().run(service.submit, service.poll, service.cancel, deadline=Deadline.after(0.1), interval=0.01)
    assert caught.value.kind == "timeout"
    assert caught.value.possibly_billed
    assert service.cancelled == ["job 1"]


def test_a_job_whose_state_cannot_be_asked_is_cancelled_and_the_fault_reported() -> None:
    service = Queue(1)

    def broken(job: str) -> None:
        raise HttpError("server", f"{job} is lost")

    def deaf(job: str) -> None:
        service.cancel(job)
        raise HttpError("connect", "nobody listens")

    with pytest.raises(HttpError, match="job 1 is lost"):
        Poller().run(service.submit, broken, deaf, deadline=Deadline.after(10))
    assert service.cancelled == ["job 1"]


def test_a_job_that_was_never_taken_is_not_cancelled() -> None:
    service = Queue(1)

    def refused() -> str:
        raise HttpError("refused", "queue full")

    with pytest.raises(HttpError, match="queue full"):
        Poller().run(refused, service.poll, service.cancel, deadline=Deadline.after(10))
    assert not service.cancelled


def test_closing_cancels_what_runs_once_each() -> None:
    service, poller, faults = Queue(10**9), Poller(), []

    def generate() -> None:
        with pytest.raises(HttpError) as caught:
            poller.run(service.submit, service.poll, service.cancel, deadline=Deadline.after(60), interval=30)
        faults.append(str(caught.value))

    threads = [threading.Thread(target=generate) for _ in range(3)]
    for thread in threads:
        thread.start()
    while service.asked < 3:
        service.began.wait(0.01)
    poller.close()
    for thread in threads:
        thread.join()
    assert sorted(service.cancelled) == ["job 1", "job 2", "job 3"]
    assert faults == ["abandoned: the provider was closed"] * 3
    with pytest.raises(HttpError, match="abandoned"):
        poller.run(service.submit, service.poll, service.cancel, deadline=Deadline.after(1))
    assert service.submitted == 3
