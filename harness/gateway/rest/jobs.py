"""The gateway's own API: jobs that are submitted, watched and cancelled."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import StreamingResponse

from harness.gateway.errors import JobNotFoundError
from harness.gateway.records import JobEvent
from harness.gateway.rest.dependencies import ACaller, AService, json_only
from harness.gateway.rest.job_model import METADATA, JobList, JobModel, moment
from harness.gateway.rest.job_request import JobRequest
from harness.gateway.rest.reporting import AStrict, harness_headers
from harness.gateway.rest.sse import CONTENT, event, event_stream
from harness.gateway.service import Service
from harness.vocabulary import JobState

LONGEST_WAIT = 60.0
"""Seconds of one long poll."""
router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
AJobId = Annotated[str, Path(max_length=100)]


@router.post("", status_code=202, summary="Submit a job", dependencies=[Depends(json_only)])
async def submit(
    body: JobRequest, service: AService, caller: ACaller, response: Response, strict: AStrict = False
) -> JobModel:
    """Return the job as it was accepted; its address is in ``Location``."""
    request = await body.image_request(service, strict=strict)
    caller = replace(
        caller, api="harness.jobs", deadline=body.deadline, webhook=body.webhook, body={METADATA: body.metadata}
    )
    job = await service.submit(request, caller)
    response.headers.update({"Location": f"/v1/jobs/{job.id}"} | harness_headers(job))
    return JobModel.of(job)


@router.get("", summary="List jobs")
async def newest(
    service: AService,
    caller: ACaller,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    state: JobState | None = None,
    before: Annotated[str | None, Query(max_length=100, description="The `next` of the page before.")] = None,
) -> JobList:
    """Return jobs of the caller's API key, the newest first."""
    if before is not None:
        await service.job(before, key=caller.key)
    jobs = await service.newest(limit + 1, key=caller.key, state=state, before=before)
    page = list(jobs[:limit])
    more = len(jobs) > limit
    return JobList(data=[JobModel.of(job) for job in page], has_more=more, next=page[-1].id if more else None)


@router.get("/{job_id}", summary="Read a job")
async def read(
    job_id: AJobId,
    service: AService,
    caller: ACaller,
    response: Response,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for its end.")] = 0.0,
) -> JobModel:
    """Return a job: at once, or when it is final, or after ``wait`` seconds as it is then."""
    job = await service.job(job_id, key=caller.key)
    if wait:
        job = await service.wait(job, wait)
    response.headers.update(harness_headers(job))
    return JobModel.of(job)


@router.post("/{job_id}/cancel", summary="Cancel a job")
@router.delete("/{job_id}", summary="Cancel a job")
async def cancel(job_id: AJobId, service: AService, caller: ACaller) -> JobModel:
    """Cancel a job: at once where it is queued; one that is being generated ends soon. A final one stays as it is."""
    job = await service.job(job_id, key=caller.key)
    return JobModel.of(await service.cancel(job.id))


@router.get(
    "/{job_id}/events",
    summary="Watch a job",
    response_class=StreamingResponse,
    responses={200: {"content": CONTENT}},
)
async def events(
    job_id: AJobId,
    service: AService,
    caller: ACaller,
    partial: Annotated[bool, Query(description="With partial images.")] = False,
    last_event_id: Annotated[int, Header(ge=0, le=2**53 - 1, description="Events after this one.")] = 0,
) -> StreamingResponse:
    """Return the events of a job up to its end, as server-sent events with their numbers as ids."""
    job = await service.job(job_id, key=caller.key)
    return event_stream(_stream(service, job.id, last_event_id, partial=partial), harness_headers(job))


@router.get(
    "/{job_id}/images/{index}",
    summary="Read an image of a job",
    response_class=Response,
    responses={200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def image(
    job_id: AJobId, index: Annotated[int, Path(ge=0, le=1000)], service: AService, caller: ACaller
) -> Response:
    """Return the bytes of an image, in the format that was asked for."""
    job = await service.job(job_id, key=caller.key)
    if index >= len(job.images):
        raise JobNotFoundError(f"the job has no image {index}", f"it has {len(job.images)}")
    data, media_type = await service.image(job, job.images[index])
    return Response(data, media_type=media_type)


async def _stream(service: Service, job_id: str, after: int, *, partial: bool) -> AsyncGenerator[bytes]:
    async with aclosing(service.events(job_id, after, partial_images=partial)) as events:
        async for came in events:
            yield event(_document(came), came.kind, came.number)


def _document(came: JobEvent) -> dict[str, Any]:
    document = {"job": came.job, "number": came.number, "kind": came.kind, "at": moment(came.at)}
    partial = {} if came.image is None else {"media_type": "image/png", "b64_json": came.image}
    return document | dict(came.data) | partial
