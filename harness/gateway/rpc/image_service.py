"""``harness.v1.ImageService`` over the service of a gateway."""

from dataclasses import replace
from typing import Any, cast

from google.longrunning.operations_pb2 import Operation as OperationMessage

from harness.gateway.errors import JobNotFoundError, UnavailableError
from harness.gateway.gateway import Gateway
from harness.gateway.job_status import error_of
from harness.gateway.records import ImageRequest, Job
from harness.gateway.rpc import comparing, interpreting
from harness.gateway.rpc.attended import attended
from harness.gateway.rpc.calls import KEY, answered, caller_of
from harness.gateway.rpc.generated.image_service_pb2 import (
    AskRequest,
    AskResponse,
    CompareRequest,
    CompareResponse,
    DownloadImageRequest,
    DownloadImageResponse,
    EditRequest,
    EditResponse,
    GenerateAsyncRequest,
    GenerateRequest,
    GenerateResponse,
    GenerateStreamRequest,
    InterpretRequest,
    InterpretResponse,
)
from harness.gateway.rpc.operations import operation_of
from harness.gateway.rpc.replies import reply_of
from harness.gateway.rpc.requests import ask_request, image_request, seconds_of
from harness.gateway.rpc.statuses import JobFailedError
from harness.gateway.rpc.streaming import chunks, stream
from harness.gateway.service import in_thread
from harness.vocabulary import FaultKind, Operation


class ImageService:
    """Translates each RPC into a request of the service, and its job into the reply."""

    name = "harness.v1.ImageService"

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._service = gateway.service

    @answered
    async def Generate(self, request: GenerateRequest, context: Any) -> GenerateResponse:  # noqa: N802 -- of the proto
        return cast(GenerateResponse, await self._generated(request, Operation.GENERATE, context))

    @answered
    async def Edit(self, request: EditRequest, context: Any) -> EditResponse:  # noqa: N802
        return cast(EditResponse, await self._generated(request, Operation.EDIT, context))

    @answered
    async def Ask(self, request: AskRequest, context: Any) -> AskResponse:  # noqa: N802
        return cast(AskResponse, await self._finished(await ask_request(self._service, request), context))

    @answered
    async def GenerateStream(self, request: GenerateStreamRequest, context: Any) -> None:  # noqa: N802
        asked = await self._generation(request, Operation.GENERATE)
        caller = caller_of(context, self.name, context.time_remaining())
        async with attended(self._service, asked, caller) as job:
            job = await stream(self._service, job, context.write, partial_images=request.partial_images)
        _check(job)
        _check_whole(job)

    @answered
    async def GenerateAsync(self, request: GenerateAsyncRequest, context: Any) -> OperationMessage:  # noqa: N802
        asked = await self._generation(request, Operation.GENERATE)
        caller = caller_of(context, self.name)
        if request.HasField("deadline"):
            caller = replace(caller, deadline=seconds_of(request.deadline, "deadline"))
        if request.webhook:
            caller = replace(caller, webhook=request.webhook)
        return await operation_of(self._service, await self._service.submit(asked, caller))

    @answered
    async def DownloadImage(self, request: DownloadImageRequest, context: Any) -> None:  # noqa: N802
        job = await self._service.job(request.job, key=KEY.get())
        if request.index >= len(job.images):
            raise JobNotFoundError(f"the job has no image {request.index}", f"it has {len(job.images)}", "index")
        content, media_type = await self._service.image(job, job.images[request.index])
        for chunk in chunks(request.index, content):
            await context.write(DownloadImageResponse(chunk=chunk, media_type=media_type, content_length=len(content)))

    @answered
    async def Interpret(self, request: InterpretRequest, context: Any) -> InterpretResponse:  # noqa: N802
        del context
        return await in_thread(interpreting.reply, request)

    @answered
    async def Compare(self, request: CompareRequest, context: Any) -> CompareResponse:  # noqa: N802
        del context
        return await in_thread(comparing.reply, request)

    async def _generated(self, request: Any, operation: Operation, context: Any) -> Any:
        return await self._finished(await self._generation(request, operation), context)

    async def _generation(self, request: Any, operation: Operation) -> ImageRequest:
        return await image_request(self._service, request.parameters, operation)

    async def _finished(self, asked: ImageRequest, context: Any) -> Any:
        """Return the reply of a request when its job is final."""
        async with attended(self._service, asked, caller_of(context, self.name, context.time_remaining())) as job:
            job = await self._service.wait(job)
        _check(job)
        reply = await reply_of(self._service, job)
        _check_whole(job)
        return reply


def _check(job: Job) -> None:
    """Raise JobFailedError where a job ended without what was asked for."""
    if (error := error_of(job)) is not None:
        raise JobFailedError(error, job.id)


def _check_whole(job: Job) -> None:
    """Raise UnavailableError where the reply of a job is to be cut on demand: gRPC has no half of a message."""
    if job.fault == FaultKind.TRUNCATE:
        raise UnavailableError("the reply was cut on demand", "see --fault")
