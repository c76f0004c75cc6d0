"""``google.longrunning.Operations`` over the jobs of a gateway, whichever API they came over."""

from typing import Any

from google.longrunning.operations_pb2 import (
    CancelOperationRequest,
    DeleteOperationRequest,
    GetOperationRequest,
    ListOperationsRequest,
    ListOperationsResponse,
    Operation,
    WaitOperationRequest,
)
from google.longrunning.operations_pb2_grpc import OperationsServicer
from google.protobuf.empty_pb2 import Empty

from harness.gateway.errors import InvalidRequestError, JobNotFoundError, NotDeletableError
from harness.gateway.gateway import Gateway
from harness.gateway.job_status import error_of
from harness.gateway.records import Job
from harness.gateway.rpc.calls import KEY, answered
from harness.gateway.rpc.replies import MOST_CONTENT, metadata_of, reply_of
from harness.gateway.rpc.requests import seconds_of
from harness.gateway.rpc.statuses import JobFailedError, status_of
from harness.gateway.service import Service
from harness.vocabulary import JobState, values_of

PREFIX = "operations/"
COLLECTION = PREFIX.rstrip("/")
"""What ListOperations lists."""
PAGE = 50
"""Operations of a page, where its size is not asked for."""
MOST_PAGE = 200
"""Most operations of a page."""


async def operation_of(service: Service, job: Job, most: int = MOST_CONTENT) -> Operation:
    """Return the operation of a job; the contents of its images are omitted after ``most`` bytes."""
    operation = Operation(name=PREFIX + job.id, done=job.state.is_final)
    operation.metadata.Pack(metadata_of(job))
    if (error := error_of(job)) is not None:
        operation.error.CopyFrom(status_of(JobFailedError(error, job.id)))
    elif job.state.is_final:
        operation.response.Pack(await reply_of(service, job, most))
    return operation


class Operations(OperationsServicer):  # type: ignore[misc]
    """Operations are named ``operations/JOB``; those of other API keys do not exist for a caller."""

    name = "google.longrunning.Operations"

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._service = gateway.service

    @answered
    async def GetOperation(self, request: GetOperationRequest, context: Any) -> Operation:  # noqa: N802 -- of the proto
        del context
        return await operation_of(self._service, await self._job(request.name))

    @answered
    async def ListOperations(self, request: ListOperationsRequest, context: Any) -> ListOperationsResponse:  # noqa: N802
        del context
        if request.name not in ("", COLLECTION, PREFIX):
            raise JobNotFoundError(f"there is no collection '{request.name[:60]}'", f"list '{COLLECTION}'", "name")
        if request.page_size < 0:
            raise InvalidRequestError(f"page_size is {request.page_size}", "0 or more", "page_size")
        size = min(request.page_size or PAGE, MOST_PAGE)
        state = _state(request.filter)
        jobs = await self._after(request.page_token, size + 1, state)
        listed = jobs[:size]
        return ListOperationsResponse(
            operations=[await operation_of(self._service, job, 0) for job in listed],
            next_page_token=listed[-1].id if len(jobs) > size else "",
        )

    @answered
    async def CancelOperation(self, request: CancelOperationRequest, context: Any) -> Empty:  # noqa: N802
        del context
        job = await self._job(request.name)
        await self._service.cancel(job.id)
        return Empty()

    @answered
    async def DeleteOperation(self, request: DeleteOperationRequest, context: Any) -> Empty:  # noqa: N802
        del context
        await self._job(request.name)
        raise NotDeletableError("jobs are not deleted on demand", "the gateway deletes old ones itself")

    @answered
    async def WaitOperation(self, request: WaitOperationRequest, context: Any) -> Operation:  # noqa: N802
        job = await self._job(request.name)
        limits = [context.time_remaining()]
        if request.HasField("timeout"):
            limits.append(seconds_of(request.timeout, "timeout"))
        job = await self._service.wait(job, min((limit for limit in limits if limit is not None), default=None))
        return await operation_of(self._service, job)

    async def _job(self, name: str) -> Job:
        if not name.startswith(PREFIX):
            raise InvalidRequestError(f"'{name[:60]}' names no operation", f"a name is {PREFIX}JOB", "name")
        return await self._service.job(name.removeprefix(PREFIX), key=KEY.get())

    async def _after(self, token: str, count: int, state: JobState | None) -> Any:
        if token:
            try:
                await self._service.job(token, key=KEY.get())
            except JobNotFoundError as fault:
                hint = "begin without a page_token"
                raise InvalidRequestError("there is no such page", hint, "page_token") from fault
        return await self._service.newest(count, key=KEY.get(), state=state, before=token or None)


def _state(text: str) -> JobState | None:
    """Return the state that a filter asks for, None for an empty one. Raises InvalidRequestError."""
    if not text:
        return None
    name, _, word = text.replace(" ", "").partition("=")
    if name != "state" or word not in values_of(JobState):
        states = ", ".join(values_of(JobState))
        raise InvalidRequestError("the filter is not understood", f"state= and one of {states}", "filter")
    return JobState(word)
