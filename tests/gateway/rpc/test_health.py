"""Health and reflection, and one event loop for REST and gRPC."""

import asyncio
import threading
import time

import httpx
import pytest
import uvicorn
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness.errors import UsageError
from harness.gateway.rest import create_app
from harness.gateway.rpc import serve_rpc
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.gateway.rpc.server import SERVICES
from tests.gateway.rpc.conftest import SECONDS, SMALL, grpc
from tests.gateway.rpc.stub import ImageServiceStub

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


def follows(watch, status):
    """Return whether the next reports of a watch come to a status."""
    return any(report.status == status for report in watch)


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_every_service_serves(channel, service):
    assert HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=SECONDS).status == SERVING


def test_a_service_that_there_is_not_is_not_found(channel):
    with pytest.raises(grpc.RpcError) as caught:
        HealthStub(channel).Check(HealthCheckRequest(service="other"), timeout=SECONDS)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_health_follows_a_fault_of_the_worker(gateway, channel):
    watch = HealthStub(channel).Watch(HealthCheckRequest(service=SERVICES[0]), timeout=SECONDS)
    assert follows(watch, SERVING)
    gateway.worker.fault = OSError("the disk is gone")
    assert follows(watch, NOT_SERVING)
    gateway.worker.fault = None
    assert follows(watch, SERVING)


def test_health_follows_the_shutdown(gateway, channel):
    watch = HealthStub(channel).Watch(HealthCheckRequest(), timeout=SECONDS)
    assert follows(watch, SERVING)
    gateway.begin_drain()
    assert follows(watch, NOT_SERVING)


def test_a_call_in_progress_ends_within_the_grace(running, channel, images):
    watch = HealthStub(channel).Watch(HealthCheckRequest(), timeout=SECONDS)
    assert follows(watch, SERVING)
    stream = images.GenerateStream(
        pb.GenerateStreamRequest(parameters=SMALL | {"quality": "QUALITY_HD"}), timeout=SECONDS
    )
    assert next(stream).HasField("queued")
    stopping = threading.Thread(target=lambda: running.run(running.server.stop(10)))
    stopping.start()
    assert follows(watch, NOT_SERVING)
    watch.cancel()
    assert [message.WhichOneof("event") for message in stream][-1] == "done"
    stopping.join(SECONDS)
    assert not stopping.is_alive()


def test_reflection_describes_the_services_as_their_protos_do(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    assert set(SERVICES) <= set(database.get_services())
    found = DescriptorPool(database).FindServiceByName("harness.v1.ImageService")
    own = pb.DESCRIPTOR.services_by_name["ImageService"]
    assert [method.name for method in found.methods] == [method.name for method in own.methods]
    assert [method.input_type.full_name for method in found.methods] == [
        method.input_type.full_name for method in own.methods
    ]


def test_a_port_in_use_is_refused(gateway, running):
    with pytest.raises(UsageError):
        running.run(serve_rpc(gateway, "127.0.0.1", running.port))


def test_rest_and_grpc_share_an_event_loop(gateway):
    async def both():
        server = uvicorn.Server(uvicorn.Config(create_app(gateway), port=0, log_level="warning", ws="none"))
        serving = asyncio.create_task(server._serve())
        rpc, port = await serve_rpc(gateway, "127.0.0.1", 0)
        try:
            end = time.monotonic() + SECONDS
            while not server.started:
                assert time.monotonic() < end
                await asyncio.sleep(0.01)
            rest = server.servers[0].sockets[0].getsockname()[1]
            async with (
                grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{rest}") as client,
            ):
                generating = ImageServiceStub(channel).Generate(pb.GenerateRequest(parameters=SMALL), timeout=SECONDS)
                health, reply = await asyncio.gather(client.get("/healthz"), generating)
                job = await client.get(f"/v1/jobs/{reply.job}")
            assert health.status_code == job.status_code == 200
            assert job.json()["id"] == reply.job
        finally:
            await rpc.stop()
            server.should_exit = True
            await serving

    asyncio.run(both())
