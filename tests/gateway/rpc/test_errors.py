"""Errors over gRPC: codes, details, keys, limits and faults on demand."""

import json

import pytest
from google.protobuf.struct_pb2 import Struct

from harness.gateway import Gateway, errors
from harness.gateway.errors import GatewayError
from harness.gateway.job_status import BY_CODE
from harness.gateway.keys import add_key, revoke_key
from harness.gateway.records import JobError
from harness.gateway.rest.errors import STATUSES
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.gateway.rpc.statuses import BY_HTTP, LONGEST, JobFailedError, status_of
from tests.gateway.rpc.conftest import SECONDS, SMALL, grpc
from tests.gateway.rpc.errors import refused, unpacked
from tests.gateway.rpc.stub import ImageServiceStub


@pytest.fixture
def options_of(gateway_options):
    """Return a function that changes the options of the gateway."""
    from dataclasses import replace

    return lambda **changes: replace(gateway_options, **changes)


def asked(**changes):
    return pb.GenerateRequest(parameters=SMALL | changes)


def test_every_status_of_an_error_has_a_code():
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GatewayError)]
    statuses = {kind.status for kind in classes if isinstance(kind.status, int)}
    assert len(statuses) > 8
    assert statuses | set(BY_CODE.values()) | {500, 502, 503, 504} <= set(BY_HTTP)
    # gRPC has no path or method that a client could get wrong
    assert set(STATUSES) - {405} <= set(BY_HTTP)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"prompt": " "}, "parameters.prompt", "invalid-request"),
        ({"n": 11}, "parameters.n", "invalid-request"),
        ({"seed": 2**53}, "parameters.seed", "invalid-request"),
        ({"seed": -1}, "parameters.seed", "invalid-request"),
        ({"quality": 17}, "parameters.quality", "invalid-request"),
        ({"output_format": 9}, "parameters.output_format", "invalid-request"),
        ({"output_compression": 101}, "parameters.output_compression", "invalid-request"),
        ({"image": b"no image"}, "parameters.image", "invalid-request"),
        ({"strength": float("nan")}, "parameters.strength", "invalid-request"),
        ({"settings": {"steps": [2]}}, "parameters.settings.steps", "invalid-request"),
        ({"settings": {"guidance": "much"}}, "parameters.settings.guidance", "invalid-request"),
        ({"settings": {"guidance": True}}, "parameters.settings.guidance", "invalid-request"),
        ({"settings": {"style": 7}}, "parameters.settings.style", "invalid-request"),
        ({"size": {"width": 64, "height": 0}}, "parameters.size", "invalid-request"),
    ],
)
def test_a_wrong_field_is_named(images, changes, field, reason):
    code, details = refused(images.Generate, asked(**changes))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["ErrorInfo"].reason == reason
    assert details["ErrorInfo"].domain == "image-harness"
    assert details["BadRequest"].field_violations[0].field == field


def test_a_setting_that_is_not_finite_is_refused(images):
    settings = Struct()
    settings.fields["steps"].number_value = float("inf")
    code, details = refused(images.Generate, asked(settings=settings))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == "parameters.settings"


def test_an_unknown_model_is_not_found_and_the_nearest_is_named(images):
    code, details = refused(images.Generate, asked(model="paintre"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert "painter" in details["ErrorInfo"].metadata["hint"]


def test_a_full_queue_says_when_to_try_again(options_of, serve_grpc):
    with (
        Gateway.open(options_of(queue_limit=0)) as gateway,
        grpc.insecure_channel(serve_grpc(gateway).address) as channel,
    ):
        code, details = refused(ImageServiceStub(channel).Generate, asked())
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details["ErrorInfo"].reason == "queue-full"
    assert details["RetryInfo"].retry_delay.ToNanoseconds() > 0


def test_what_may_cost_money_is_a_failed_precondition():
    found = status_of(errors.PaymentRequiredError("it costs", param="model"), asked())
    assert found.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    assert unpacked(found)["BadRequest"].field_violations[0].field == "parameters.model"


def test_what_was_possibly_billed_is_marked_and_not_to_be_repeated():
    found = status_of(JobFailedError(JobError("possibly-billed", "lost", "ask", possibly_billed=True), "job_1"))
    assert found.code == grpc.StatusCode.ABORTED.value[0]
    details = unpacked(found)
    assert dict(details["ErrorInfo"].metadata) == {"hint": "ask", "job": "job_1", "possibly_billed": "true"}
    assert "RetryInfo" not in details


def test_an_idempotency_key_of_another_request_is_refused(images):
    metadata = (("idempotency-key", "one"),)
    images.Generate(asked(seed=1), metadata=metadata, timeout=SECONDS)
    code, details = refused(images.Generate, asked(seed=2), metadata=metadata)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["ErrorInfo"].reason == "idempotency"
    code, details = refused(images.Generate, asked(), metadata=(("idempotency-key", "k" * 201),))
    assert code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("prompt", ["🔥" * 3900, "\x00" * 3900, "ü" * 100_000])
def test_a_long_message_is_cut_so_that_it_arrives(images, prompt):
    code, details = refused(images.Generate, asked(prompt=prompt))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert len(details["ErrorInfo"].metadata["hint"]) <= LONGEST


def test_a_message_over_the_limit_is_refused_and_the_server_lives(options_of, serve_grpc):
    with (
        Gateway.open(options_of(body_limit=100_000)) as gateway,
        grpc.insecure_channel(serve_grpc(gateway).address) as channel,
    ):
        stub = ImageServiceStub(channel)
        code, _ = refused(stub.Generate, asked(image=b"x" * 200_000))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert stub.Generate(asked(), timeout=SECONDS).images


def test_keys_are_needed_where_the_gateway_has_them(options_of, serve_grpc, tmp_path):
    from google.longrunning import operations_pb2 as lro
    from google.longrunning.operations_pb2_grpc import OperationsStub
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    keys = tmp_path / "keys"
    one, two = add_key(keys, "one"), add_key(keys, "two")

    def bearer(key):
        return (("authorization", f"Bearer {key}"),)

    with Gateway.open(options_of(keys=keys)) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        stub, operations = ImageServiceStub(channel), OperationsStub(channel)
        for metadata in ((), bearer("hk_wrong"), (("authorization", one),)):
            code, details = refused(stub.Generate, asked(), metadata=metadata)
            assert code is grpc.StatusCode.UNAUTHENTICATED
            assert details["ErrorInfo"].reason == "unauthorized"
        stream = pb.GenerateStreamRequest(parameters=SMALL)
        assert refused(lambda *a, **k: list(stub.GenerateStream(*a, **k)), stream)[0] is grpc.StatusCode.UNAUTHENTICATED
        reply = stub.Generate(asked(), metadata=bearer(one), timeout=SECONDS)
        # the job of one key does not exist for another
        request = lro.GetOperationRequest(name=f"operations/{reply.job}")
        assert operations.GetOperation(request, metadata=bearer(one), timeout=SECONDS).done
        assert refused(operations.GetOperation, request, metadata=bearer(two))[0] is grpc.StatusCode.NOT_FOUND
        listed = operations.ListOperations(lro.ListOperationsRequest(), metadata=bearer(two), timeout=SECONDS)
        assert not listed.operations
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        revoke_key(keys, "one")
        assert refused(stub.Generate, asked(), metadata=bearer(one))[0] is grpc.StatusCode.UNAUTHENTICATED


def test_the_rate_of_calls_is_limited(options_of, serve_grpc):
    with Gateway.open(options_of(rate=1)) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        stub = ImageServiceStub(channel)
        stub.Interpret(pb.InterpretRequest(prompt="a red circle"), timeout=SECONDS)
        code, details = refused(stub.Interpret, pb.InterpretRequest(prompt="a red circle"))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert details["RetryInfo"].retry_delay.ToNanoseconds() > 1e9


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("429", grpc.StatusCode.RESOURCE_EXHAUSTED),
        ("500", grpc.StatusCode.INTERNAL),
        ("503", grpc.StatusCode.UNAVAILABLE),
        ("truncate", grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_faults_come_on_demand(options_of, serve_grpc, fault, code):
    metadata = (("x-harness-fault", fault),)
    with (
        Gateway.open(options_of(faults="allow")) as gateway,
        grpc.insecure_channel(serve_grpc(gateway).address) as channel,
    ):
        stub = ImageServiceStub(channel)
        assert refused(stub.Generate, asked(), metadata=metadata)[0] is code
        call = stub.GenerateStream(pb.GenerateStreamRequest(parameters=SMALL), metadata=metadata, timeout=SECONDS)
        messages = []
        with pytest.raises(grpc.RpcError) as caught:
            messages.extend(message for message in call)
        assert caught.value.code() is code
        assert stub.Generate(asked(), timeout=SECONDS).images


def test_a_timeout_on_demand_lasts_until_the_client_gives_up(options_of, serve_grpc):
    with (
        Gateway.open(options_of(faults="allow")) as gateway,
        grpc.insecure_channel(serve_grpc(gateway).address) as channel,
    ):
        with pytest.raises(grpc.RpcError) as caught:
            ImageServiceStub(channel).Generate(asked(), metadata=(("x-harness-fault", "timeout"),), timeout=0.5)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert not gateway.store.newest(1)


def test_a_webhook_is_refused_where_they_are_off(images):
    code, details = refused(images.GenerateAsync, pb.GenerateAsyncRequest(parameters=SMALL, webhook="https://a.test"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == "webhook"


def test_calls_are_logged_and_counted_without_what_they_say(gateway, images, caplog):
    caplog.set_level("INFO", "harness.gateway.access")
    metadata = (("x-request-id", "mine-1"),)
    reply = images.Generate(asked(), metadata=metadata, timeout=SECONDS)
    refused(images.Generate, asked(prompt=" "))
    first, second = [json.loads(record.message) for record in caplog.records if record.name.endswith("access")]
    path = "/harness.v1.ImageService/Generate"
    assert (first["request"], first["path"], first["status"], first["job"]) == ("mine-1", path, 200, reply.job)
    assert (second["path"], second["status"]) == (path, 400)
    assert "circle" not in caplog.text
    figures = gateway.metrics.text().decode()
    assert f'harness_requests_total{{method="POST",route="{path}",status="200"}} 1.0' in figures


def test_an_error_of_the_gateway_itself_is_internal_and_says_nothing_of_it(gateway, images, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(gateway.store, "submit", broken)
    with pytest.raises(grpc.RpcError) as caught:
        images.Generate(asked(), timeout=SECONDS)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in caught.value.details()


def test_a_gateway_that_is_being_shut_down_is_unavailable(gateway, images):
    gateway.begin_drain()
    code, details = refused(images.Generate, asked())
    assert code is grpc.StatusCode.UNAVAILABLE
    assert details["RetryInfo"].retry_delay.ToNanoseconds() > 0
