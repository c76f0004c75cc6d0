"""OpenAI's images API."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from harness.gateway.job_status import error_of
from harness.gateway.records import Caller, Job
from harness.gateway.rest.dependencies import ACaller, AService, json_only
from harness.gateway.rest.edit_body import body_schema, edit_of
from harness.gateway.rest.errors import job_error_response
from harness.gateway.rest.image_fields import ImageFields, Prepared, prepared
from harness.gateway.rest.image_reply import RESPONSE_FORMAT, ImagesReply, images_reply, stream_event
from harness.gateway.rest.image_stream import image_stream, stream_headers
from harness.gateway.rest.reporting import IGNORED, AStrict, harness_headers
from harness.gateway.rest.sse import CONTENT, event_stream
from harness.gateway.rest.waiting import finished
from harness.gateway.service import Service, in_thread

router = APIRouter(tags=["images"])
REPLY: dict[int | str, dict[str, Any]] = {200: {"model": ImagesReply, "content": CONTENT}}


@router.post("/v1/images/generations", response_class=Response, responses=REPLY, dependencies=[Depends(json_only)])
async def generate(
    fields: ImageFields, request: Request, service: AService, caller: ACaller, strict: AStrict = False
) -> Response:
    """Generate images."""
    ready = await in_thread(prepared, fields, service.catalog, strict=strict)
    return await _answer(request, service, caller, fields, ready, "image_generation")


@router.post(
    "/v1/images/edits",
    response_class=Response,
    responses=REPLY,
    openapi_extra={"requestBody": body_schema()},
)
async def edit(request: Request, service: AService, caller: ACaller, strict: AStrict = False) -> Response:
    """Edit an image, the whole of it or what a mask leaves open. The mask is transparent where the image is edited;
    one without alpha is white there."""
    fields, image, mask = await edit_of(request, service)
    ready = await in_thread(prepared, fields, service.catalog, strict=strict, image=image, mask=mask)
    return await _answer(request, service, caller, fields, ready, "image_edit")


async def _answer(
    request: Request, service: Service, caller: Caller, fields: ImageFields, ready: Prepared, kind: str
) -> Response:
    body = {IGNORED: list(ready.ignored), RESPONSE_FORMAT: fields.response_format or "b64_json"}
    job = await service.submit(ready.request, replace(caller, api="openai.images", body=body))
    if fields.stream:
        shown = fields.partial_images or 0
        return event_stream(_events(service, job, kind, shown), stream_headers(service, job))
    job = await finished(request, service, job)
    fault = error_of(job)
    if fault is not None:
        return job_error_response(request, job, fault)
    reply = await images_reply(service, job, str(request.base_url))
    return Response(reply, media_type="application/json", headers=harness_headers(job))


async def _events(service: Service, job: Job, kind: str, shown: int) -> AsyncGenerator[bytes]:
    async with aclosing(image_stream(service, job, shown)) as stream:
        async for came in stream:
            yield stream_event(came, job, kind, shown)
