"""Long-running operations over the jobs of a gateway."""

import base64
from dataclasses import replace

import pytest
from google.longrunning import operations_pb2 as lro
from google.longrunning.operations_pb2_grpc import OperationsStub
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2

from harness.gateway import Gateway
from harness.gateway.records import Caller, ImageRequest
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.gateway.rpc.generated.job_pb2 import JobMetadata, JobState
from tests.gateway.rpc.conftest import SECONDS, SLOW, SMALL, grpc
from tests.gateway.rpc.errors import refused, unpacked
from tests.gateway.rpc.stub import ImageServiceStub


def begun(images, parameters=SMALL, **more):
    return images.GenerateAsync(pb.GenerateAsyncRequest(parameters=parameters, **more), timeout=SECONDS)


def waited(operations, name, seconds=SECONDS):
    request = lro.WaitOperationRequest(name=name, timeout=Duration(seconds=seconds))
    return operations.WaitOperation(request, timeout=SECONDS)


def metadata_of(operation):
    metadata = JobMetadata()
    assert operation.metadata.Unpack(metadata)
    return metadata


def test_an_operation_ends_with_the_reply_of_its_job(images, operations):
    operation = begun(images, SMALL | {"seed": 4})
    assert operation.name.startswith("operations/job_")
    assert metadata_of(operation).images == 1
    done = waited(operations, operation.name)
    reply = pb.GenerateResponse()
    assert done.done
    assert done.response.Unpack(reply)
    unary = images.Generate(pb.GenerateRequest(parameters=SMALL | {"seed": 4}), timeout=SECONDS)
    assert reply.images[0].content == unary.images[0].content
    metadata = metadata_of(done)
    assert (metadata.state, metadata.images_done) == (JobState.JOB_STATE_COMPLETED, 1)
    assert metadata.create_time.seconds <= metadata.finish_time.seconds
    assert operations.GetOperation(lro.GetOperationRequest(name=operation.name), timeout=SECONDS) == done


def test_an_operation_that_fails_has_the_error_of_its_job(images, operations):
    done = waited(operations, begun(images, SMALL | {"prompt": "qwerty"}).name)
    assert done.done
    assert done.error.code == code_pb2.INVALID_ARGUMENT
    assert unpacked(done.error)["ErrorInfo"].reason == "generation-invalid"


def test_an_operation_is_cancelled(images, operations):
    name = begun(images, SLOW).name
    operations.CancelOperation(lro.CancelOperationRequest(name=name), timeout=SECONDS)
    done = waited(operations, name)
    assert done.error.code == code_pb2.CANCELLED
    assert metadata_of(done).state == JobState.JOB_STATE_CANCELLED
    # of a final one it changes nothing
    operations.CancelOperation(lro.CancelOperationRequest(name=name), timeout=SECONDS)


def test_an_operation_ends_at_its_deadline(images, operations):
    done = waited(operations, begun(images, SLOW, deadline=Duration(nanos=300_000_000)).name)
    assert done.error.code == code_pb2.DEADLINE_EXCEEDED
    assert metadata_of(done).state == JobState.JOB_STATE_EXPIRED


def test_an_operation_reports_to_a_webhook(gateway_options, serve_grpc):
    secret = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    options = replace(gateway_options, webhook_secret=secret, webhook_private=True)
    with Gateway.open(options) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        name = begun(ImageServiceStub(channel), webhook="http://127.0.0.1:9/hook").name
        assert waited(OperationsStub(channel), name).done
        assert gateway.store.get(name.removeprefix("operations/")).caller.webhook == "http://127.0.0.1:9/hook"


def test_waiting_ends_after_its_timeout(images, operations):
    name = begun(images, SLOW).name
    request = lro.WaitOperationRequest(name=name, timeout=Duration(nanos=50_000_000))
    assert not operations.WaitOperation(request, timeout=SECONDS).done
    operations.CancelOperation(lro.CancelOperationRequest(name=name), timeout=SECONDS)


def test_operations_are_listed_newest_first_in_pages(images, operations):
    names = [begun(images, SMALL | {"seed": seed}).name for seed in range(5)]
    for name in names:
        waited(operations, name)
    listed, token = [], ""
    while True:
        page = operations.ListOperations(
            lro.ListOperationsRequest(name="operations", page_size=2, page_token=token), timeout=SECONDS
        )
        assert len(page.operations) <= 2
        listed += page.operations
        token = page.next_page_token
        if not token:
            break
    assert [one.name for one in listed] == names[::-1]
    reply = pb.GenerateResponse()
    assert listed[0].response.Unpack(reply)
    assert reply.images[0].content_omitted


def test_operations_are_listed_by_state(images, operations):
    name = begun(images).name
    waited(operations, name)
    for text, expected in (("state=completed", [name]), ("state = failed", [])):
        listed = operations.ListOperations(lro.ListOperationsRequest(filter=text), timeout=SECONDS)
        assert [one.name for one in listed.operations] == expected


def test_jobs_of_other_apis_are_operations_too(gateway, running, images, operations):
    job = running.run(gateway.service.submit(ImageRequest("painter", "a red circle", size=(64, 64)), Caller()))
    assert waited(operations, f"operations/{job.id}").done


@pytest.mark.parametrize("method", ["GetOperation", "CancelOperation", "WaitOperation", "DeleteOperation"])
@pytest.mark.parametrize(
    ("name", "code"),
    [("operations/job_0", grpc.StatusCode.NOT_FOUND), ("job_0", grpc.StatusCode.INVALID_ARGUMENT)],
)
def test_a_name_without_an_operation_is_refused(operations, method, name, code):
    request = getattr(lro, f"{method}Request")(name=name)
    assert refused(getattr(operations, method), request)[0] is code


def test_operations_are_not_deleted(images, operations):
    name = begun(images).name
    code, details = refused(operations.DeleteOperation, lro.DeleteOperationRequest(name=name))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert details["ErrorInfo"].reason == "not-deletable"
    assert waited(operations, name).done


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (lro.ListOperationsRequest(page_size=-1), "page_size"),
        (lro.ListOperationsRequest(page_token="job_0"), "page_token"),
        (lro.ListOperationsRequest(filter="done=true"), "filter"),
    ],
)
def test_a_list_that_cannot_be_made_names_the_field(operations, request_, field):
    code, details = refused(operations.ListOperations, request_)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == field
