"""A client that goes away cancels its job."""

import asyncio
import time

import pytest

from harness.gateway.records import Caller, ImageRequest, JobEvent
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.vocabulary import JobEventKind, JobState
from tests.gateway.rpc.conftest import SECONDS, SLOW, SMALL, grpc
from tests.gateway.rpc.stub import ImageServiceStub


def state_of_newest(gateway):
    jobs = gateway.store.newest(1)
    return jobs[0].state if jobs else None


def reaches(gateway, state):
    end = time.monotonic() + SECONDS
    while state_of_newest(gateway) is not state:
        assert time.monotonic() < end, state_of_newest(gateway)
        time.sleep(0.02)
    return True


def test_a_unary_call_that_is_cancelled_cancels_its_job(gateway, images):
    call = images.Generate.future(pb.GenerateRequest(parameters=SLOW))
    assert reaches(gateway, JobState.RUNNING)
    call.cancel()
    assert reaches(gateway, JobState.CANCELLED)


def test_a_stream_that_is_cancelled_cancels_its_job(gateway, images):
    call = images.GenerateStream(pb.GenerateStreamRequest(parameters=SLOW))
    assert next(call).HasField("queued")
    assert reaches(gateway, JobState.RUNNING)
    call.cancel()
    assert reaches(gateway, JobState.CANCELLED)


def test_a_client_that_closes_its_connection_cancels_its_job(gateway, running):
    with grpc.insecure_channel(running.address) as channel:
        call = ImageServiceStub(channel).Generate.future(pb.GenerateRequest(parameters=SLOW))
        assert reaches(gateway, JobState.RUNNING)
        assert not call.done()
    assert reaches(gateway, JobState.CANCELLED)


def test_a_deadline_of_a_client_ends_its_job(gateway, images):
    with pytest.raises(grpc.RpcError) as caught:
        images.Generate(pb.GenerateRequest(parameters=SLOW), timeout=1.0)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    end = time.monotonic() + SECONDS
    while not state_of_newest(gateway).is_final:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert state_of_newest(gateway) in (JobState.CANCELLED, JobState.EXPIRED)


def test_a_job_with_an_idempotency_key_goes_on(gateway, images):
    metadata = (("idempotency-key", "one"),)
    asked = pb.GenerateRequest(parameters=SLOW | {"n": 1})
    call = images.Generate.future(asked, metadata=metadata)
    assert reaches(gateway, JobState.RUNNING)
    call.cancel()
    reply = images.Generate(asked, metadata=metadata, timeout=SECONDS)
    assert reply.job == gateway.store.newest(1)[0].id
    assert len(gateway.store.newest(10)) == 1


def test_the_server_answers_after_clients_went_away(gateway, images):
    for _ in range(5):
        images.Generate.future(pb.GenerateRequest(parameters=SLOW)).cancel()
    reply = images.Generate(pb.GenerateRequest(parameters=SMALL), timeout=SECONDS)
    assert reply.images


@pytest.mark.parametrize("turns", range(6))
def test_a_wait_that_is_cancelled_as_an_event_comes_ends(gateway, running, turns):
    async def cancelled_with_event():
        job, _ = gateway.store.submit(ImageRequest("painter", "a red circle"), Caller())
        waiting = asyncio.create_task(gateway.service.wait(job))
        while not gateway.bus.has_listener(job.id):
            await asyncio.sleep(0.001)
        # past the look at what is stored
        await asyncio.sleep(0.1)
        gateway.bus.publish(JobEvent(job.id, 0, JobEventKind.STARTED, time.time()))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting}, timeout=1)
        return waiting.cancelled()

    gateway.worker.store = BrokenOff(gateway.worker.store)
    assert running.run(cancelled_with_event())


class BrokenOff:
    """A job store that has no jobs for a worker, so that they stay queued."""

    def __init__(self, store):
        self._store = store

    def claim(self, *_):
        return []

    def __getattr__(self, name):
        return getattr(self._store, name)
