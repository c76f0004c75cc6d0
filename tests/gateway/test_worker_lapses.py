"""A worker whose lease ran out, whose database fails, or that is being shut down: nothing is paid twice, lost or ended
for good."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.errors import UnavailableError
from harness.gateway.records import Caller, ImageRequest, Job, ServedImage
from harness.gateway.serving import Addresses
from harness.gateway.serving import serve as listen
from harness.gateway.tables import JOBS
from harness.gateway.worker import MOST_ATTEMPTS
from harness.suite import ProviderSpec
from harness.vocabulary import ImageState, JobState
from tests.gateway.lab import Lab, final
from tests.gateway.rows import finish
from tests.proofs.counted.project import PROGRAMS
from tests.proofs.counted.recorded import calls

MINE = ImageRequest("mine", "two", seed=1, size=(64, 64))
WAITS = ImageRequest("lab", "wait", seed=1, size=(64, 64))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    return replace(gateway_options, providers={**gateway_options.providers, "lab": lab.provider})


@pytest.fixture
def paid(gateway_options: GatewayOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GatewayOptions:
    """A gateway of a provider that costs money, counts its calls and generates one image at a time."""
    shutil.copy(PROGRAMS / "paid.py", tmp_path)
    monkeypatch.setenv("PAID_DELAY", "1")
    options = {"function": "paid.py:generate", "price": 0.01, "concurrency": 1}
    specs = {"mine": ProviderSpec("mine", "python", options, str(tmp_path))}
    return replace(gateway_options, providers=specs, default="mine", paid=True, lease=1.0)


def submitted(gateway: Gateway, request: ImageRequest, **caller: Any) -> Job:
    return asyncio.run(gateway.service.submit(request, Caller(**caller)))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def lapse(gateway: Gateway, job: Job, owner: str | None = None) -> None:
    """Let the lease of a job be over, as after a pause of its process; with ``owner`` it is another worker's."""
    values: dict[str, Any] = {"lease": time.time() - 1} if owner is None else {"owner": owner}
    with gateway.database.begin() as connection:
        connection.execute(JOBS.update().where(JOBS.c.id == job.id).values(**values))


def fails(gateway: Gateway, name: str, times: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have a method of the job store fail so many times, as when the database is away; returns a list of them."""
    true, failed = getattr(gateway.store, name), []

    def failing(*arguments: Any, **named: Any) -> Any:
        if len(failed) < times:
            failed.append(name)
            raise UnavailableError("the database cannot be used: it is away")
        return true(*arguments, **named)

    monkeypatch.setattr(gateway.store, name, failing)
    return failed


@pytest.mark.parametrize("name", ["claim", "renew", "to_cancel", "expire", "image", "settle"])
def test_a_database_that_fails_for_a_moment_ends_no_worker(
    gateway: Gateway, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = fails(gateway, name, 2, monkeypatch)
    job = submitted(gateway, ImageRequest("lab", "a", n=2, seed=1, size=(64, 64)))
    assert final(gateway, job.id).state is JobState.COMPLETED
    waits = submitted(gateway, WAITS)
    until(lambda: len(failed) == 2)
    asyncio.run(gateway.service.cancel(waits.id))
    assert final(gateway, waits.id).state is JobState.CANCELLED
    assert gateway.worker is not None
    assert gateway.worker.fault is None


def test_a_paid_call_is_sent_after_a_database_failed_for_a_moment(
    paid: GatewayOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gateway.open(paid) as gateway:
        fails(gateway, "image", 1, monkeypatch)
        job = submitted(gateway, MINE)
        assert final(gateway, job.id).state is JobState.COMPLETED
    assert sum(calls(tmp_path).values()) == 1


def test_a_gateway_whose_worker_ended_stops(gateway: Gateway) -> None:
    assert gateway.worker is not None
    stop, addresses = threading.Event(), list[Addresses]()
    gateway.worker.fault = OSError("the disk is full")
    listening = threading.Thread(target=listen, args=(replace_port(gateway), stop, addresses.append))
    listening.start()
    try:
        listening.join(20)
        assert not listening.is_alive()
        assert not stop.is_set()
    finally:
        stop.set()
        listening.join(20)


def replace_port(gateway: Gateway) -> Gateway:
    gateway.options = replace(gateway.options, port=0)
    return gateway


def test_a_worker_takes_no_job_again_that_it_is_generating(gateway: Gateway, lab: Lab) -> None:
    job = submitted(gateway, WAITS)
    until(lambda: lab.begun)
    for _ in range(3):
        lapse(gateway, job)
        assert gateway.worker is not None
        gateway.worker.wake()
        time.sleep(0.1)
    lab.go()
    found = final(gateway, job.id)
    assert (found.state, found.attempts) == (JobState.COMPLETED, 1)
    other = submitted(gateway, replace(WAITS, seed=2))
    assert final(gateway, other.id).state is JobState.COMPLETED
    assert gateway.worker.fault is None
    assert lab.begun == ["wait", "wait"]


def test_a_worker_sends_no_paid_call_of_a_job_that_another_one_took(paid: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(replace(paid, lease=60.0)) as gateway:
        first, second = (submitted(gateway, replace(MINE, seed=seed)) for seed in (1, 2))
        until(lambda: calls(tmp_path) and gateway.store.get(second.id).state is JobState.RUNNING)
        lapse(gateway, second, "other")
        assert final(gateway, first.id).state is JobState.COMPLETED
        third = submitted(gateway, replace(MINE, seed=3))
        assert final(gateway, third.id).state is JobState.COMPLETED
        left = gateway.store.get(second.id)
    assert (left.state, left.images[0].state) == (JobState.RUNNING, ImageState.PENDING)
    assert sum(calls(tmp_path).values()) == 2


def test_what_a_worker_generated_of_a_job_that_was_taken_and_deleted_ends_no_worker(gateway: Gateway, lab: Lab) -> None:
    job = submitted(gateway, WAITS)
    until(lambda: lab.begun)
    lapse(gateway, job, "other")
    finish(gateway.store, job.id)
    gateway.store.delete(job.id)
    lab.go()
    other = submitted(gateway, replace(WAITS, seed=2))
    assert final(gateway, other.id).state is JobState.COMPLETED
    assert gateway.worker is not None
    assert gateway.worker.fault is None


def test_a_shutdown_longer_than_the_lease_pays_nothing_twice(paid: GatewayOptions, tmp_path: Path) -> None:
    first = Gateway.open(replace(paid, drain=30.0))
    jobs = [submitted(first, replace(MINE, seed=seed)) for seed in range(3)]
    until(lambda: all(first.store.get(job.id).state is JobState.RUNNING for job in jobs[:2]) and calls(tmp_path))
    closing = threading.Thread(target=first.close)
    closing.start()
    try:
        with Gateway.open(paid) as second:
            found = [final(second, job.id) for job in jobs]
    finally:
        closing.join(30)
    assert [job.state for job in found] == [JobState.COMPLETED] * 3
    assert sum(calls(tmp_path).values()) == 3


def test_a_job_whose_deadline_passed_while_no_worker_ran_is_not_paid_for(paid: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(replace(paid, accept_only=True)) as accepting:
        job = submitted(accepting, MINE, deadline=0.05)
        time.sleep(0.1)
        with Gateway.open(paid) as gateway:
            assert final(gateway, job.id).state is JobState.EXPIRED
    assert not calls(tmp_path)


def test_a_paid_call_that_a_shutdown_cancels_unbilled_is_sent_by_the_next_gateway(
    gateway_options: GatewayOptions, lab: Lab
) -> None:
    spec = replace(lab.provider, options={**lab.provider.options, "price": 0.01})
    options = replace(gateway_options, providers={"lab": spec}, default="lab", paid=True, drain=0.2)
    with Gateway.open(options) as first:
        job = submitted(first, WAITS)
        until(lambda: lab.begun)
    assert lab.cancelled == ["wait"]
    lab.go()
    with Gateway.open(options) as second:
        found = final(second, job.id)
    assert (found.state, found.attempts) == (JobState.COMPLETED, 2)


def test_a_price_that_no_budget_can_hold_fails_its_job_only(gateway_options: GatewayOptions, lab: Lab) -> None:
    options = {name: value for name, value in lab.provider.options.items() if name != "price"}
    unknown = ProviderSpec("unknown", "python", options, str(lab.folder))
    providers = {**gateway_options.providers, "unknown": unknown}
    with Gateway.open(replace(gateway_options, providers=providers, paid=True, budget=1.0)) as gateway:
        bad = submitted(gateway, replace(WAITS, model="unknown", prompt="a"))
        assert final(gateway, bad.id).state is JobState.FAILED
        good = submitted(gateway, replace(WAITS, prompt="b"))
        assert final(gateway, good.id).state is JobState.COMPLETED
        assert gateway.worker is not None
        assert gateway.worker.fault is None


def test_only_the_worker_that_has_a_job_changes_it(gateway_options: GatewayOptions) -> None:
    with Gateway.open(replace(gateway_options, accept_only=True)) as gateway:
        job = submitted(gateway, WAITS)
        gateway.store.claim("one", 1, 60.0)
        done = ServedImage(0, ImageState.DONE)
        assert not gateway.store.image(job.id, done, owner="two")
        assert gateway.store.settle("two", job.id, JobState.FAILED) is None
        assert gateway.store.get(job.id).images[0].state is ImageState.PENDING
        assert gateway.store.image(job.id, done, owner="one")
        settled = gateway.store.settle("one", job.id, JobState.COMPLETED)
        assert settled is not None
        assert settled.state is JobState.COMPLETED
        assert gateway.store.settle("one", job.id, JobState.FAILED) is None


def test_a_job_that_ended_many_workers_is_given_up(gateway_options: GatewayOptions, lab: Lab) -> None:
    with Gateway.open(replace(gateway_options, accept_only=True)) as accepting:
        job = submitted(accepting, WAITS)
        for number in range(MOST_ATTEMPTS):
            assert accepting.store.claim(f"worker {number}", 1, -1.0)
        with Gateway.open(gateway_options) as gateway:
            found = final(gateway, job.id)
    assert found.error is not None
    assert (found.state, found.error.code) == (JobState.FAILED, "attempts-exhausted")
    assert not lab.begun
