"""OpenAI's Responses API: in the foreground, in the background, and as a stream."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from harness.gateway.errors import UnsupportedError
from harness.gateway.job_status import error_of
from harness.gateway.records import Job
from harness.gateway.rest.dependencies import ACaller, AService, json_only
from harness.gateway.rest.errors import job_error_response
from harness.gateway.rest.image_stream import stream_headers
from harness.gateway.rest.reporting import IGNORED, AStrict, harness_headers
from harness.gateway.rest.responses_ids import API, job_of
from harness.gateway.rest.responses_prepared import prepared
from harness.gateway.rest.responses_reply import ECHO, DeletedResponse, ResponseReply, echo_of, response_of
from harness.gateway.rest.responses_request import ResponsesRequest
from harness.gateway.rest.responses_stream import response_events
from harness.gateway.rest.sse import CONTENT, event_stream
from harness.gateway.rest.waiting import finished
from harness.gateway.service import Service
from harness.records import encode_json

CANCELLING = 5.0
"""Most seconds that a cancellation waits for the generation to end."""
PARTIAL = "partial_images"
"""In the body of a caller."""
router = APIRouter(prefix="/v1/responses", tags=["responses"])
AResponseId = Annotated[str, Path(max_length=200)]
REPLY: dict[int | str, dict[str, Any]] = {200: {"model": ResponseReply, "content": CONTENT}}


@router.post("", response_class=Response, responses=REPLY, dependencies=[Depends(json_only)])
async def create(
    body: ResponsesRequest, request: Request, service: AService, caller: ACaller, strict: AStrict = False
) -> Response:
    """Generate an image, or answer a question. With ``background`` the response is returned as it is queued."""
    ready = await prepared(body, service, caller.key, strict=strict)
    shown = (body.tool and body.tool.partial_images) or 0
    stored = {IGNORED: list(ready.ignored), ECHO: echo_of(body), PARTIAL: shown}
    job = await service.submit(ready.request, replace(caller, api=API, body=stored))
    if body.stream:
        events = response_events(service, job, shown, cancels=not body.background)
        return event_stream(events, stream_headers(service, job))
    if body.background:
        return await _reply(service, job)
    job = await finished(request, service, job)
    fault = error_of(job)
    if fault is not None:
        return job_error_response(request, job, fault)
    return await _reply(service, job)


@router.get("/{response_id}", response_class=Response, responses=REPLY)
async def retrieve(
    response_id: AResponseId,
    service: AService,
    caller: ACaller,
    stream: Annotated[bool, Query(description="Its events from the first to the end.")] = False,
    starting_after: Annotated[int | None, Query(description="Not supported.")] = None,
) -> Response:
    """Return a response as it is now."""
    job = await job_of(service, response_id, caller.key)
    if starting_after is not None:
        raise UnsupportedError("events cannot be resumed here", "see /v1/jobs/{id}/events", "starting_after")
    if stream:
        events = response_events(service, job, job.caller.body.get(PARTIAL, 0), cancels=False)
        return event_stream(events, harness_headers(job))
    return await _reply(service, job)


@router.post("/{response_id}/cancel", response_class=Response, responses=REPLY)
async def cancel(response_id: AResponseId, service: AService, caller: ACaller) -> Response:
    """Cancel a response, and return it; one that is completed stays so."""
    job = await job_of(service, response_id, caller.key)
    return await _reply(service, await _cancelled(service, job))


@router.delete("/{response_id}")
async def delete(response_id: AResponseId, service: AService, caller: ACaller) -> DeletedResponse:
    """Delete a response; one that is not completed is cancelled first. Its image stays in the run."""
    job = await job_of(service, response_id, caller.key)
    await _cancelled(service, job)
    await service.delete(job.id)
    return DeletedResponse(id=response_id)


async def _cancelled(service: Service, job: Job) -> Job:
    return await service.wait(await service.cancel(job.id), CANCELLING)


async def _reply(service: Service, job: Job) -> Response:
    body = encode_json(await response_of(service, job))
    return Response(body, media_type="application/json", headers=harness_headers(job))
