"""OpenRouter's images API."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from harness.gateway.job_status import error_of
from harness.gateway.records import Job, JobError
from harness.gateway.rest.dependencies import ACaller, AService, json_only
from harness.gateway.rest.errors import OPENROUTER_RESPONSES, job_error_response
from harness.gateway.rest.fields import Open
from harness.gateway.rest.image_reply import error_event
from harness.gateway.rest.image_stream import Partial, image_stream, stream_headers
from harness.gateway.rest.image_urls import input_image
from harness.gateway.rest.openrouter_fields import OpenRouterFields, prepared, reference_of
from harness.gateway.rest.reporting import IGNORED, AStrict, harness_field, harness_headers
from harness.gateway.rest.sse import CONTENT, DONE, event, event_stream
from harness.gateway.rest.usage import usage_of
from harness.gateway.rest.waiting import finished
from harness.gateway.service import Service, in_thread
from harness.records import encode_json

router = APIRouter(tags=["openrouter"], responses=OPENROUTER_RESPONSES)
PARTIAL_IMAGES = 3
"""Intermediate states of each image in a stream: the API has no field for their number."""


class OpenRouterImage(Open):
    """One image."""

    b64_json: str
    media_type: str | None = None


class OpenRouterReply(Open):
    """The images of a request that came: ``n`` is an upper bound."""

    created: int
    data: list[OpenRouterImage]
    usage: dict[str, Any]
    harness: dict[str, Any]


@router.post(
    "/api/v1/images",
    response_class=Response,
    responses={200: {"model": OpenRouterReply, "content": CONTENT}},
    dependencies=[Depends(json_only)],
)
async def generate(
    fields: OpenRouterFields, request: Request, service: AService, caller: ACaller, strict: AStrict = False
) -> Response:
    """Generate images, or with an input reference edit one."""
    service.catalog.named(fields.model)
    address = reference_of(fields)
    image = None if address is None else await input_image(service, address, "input_references.0.image_url.url")
    ready = await in_thread(prepared, fields, service.catalog, strict=strict, image=image)
    body = {IGNORED: list(ready.ignored)}
    job = await service.submit(ready.request, replace(caller, api="openrouter.images", body=body))
    if fields.stream:
        return event_stream(_events(service, job), stream_headers(service, job))
    job = await finished(request, service, job)
    fault = error_of(job)
    if fault is not None and not job.done:
        return job_error_response(request, job, fault)
    return Response(await _reply(service, job), media_type="application/json", headers=harness_headers(job))


async def _reply(service: Service, job: Job) -> bytes:
    items = []
    for image in job.done:
        data, media = await service.image(job, image)
        items.append({"b64_json": data, "media_type": media, "seed": image.seed})
    fault = error_of(job)
    faults = {} if fault is None else {"error": {"code": fault.code, "message": fault.message}}
    accounts = {"usage": openrouter_usage(job), "harness": harness_field(job) | faults}
    return encode_json({"created": int(job.created), "data": items, **accounts})


async def _events(service: Service, job: Job) -> AsyncGenerator[bytes]:
    async with aclosing(image_stream(service, job, PARTIAL_IMAGES)) as stream:
        async for came in stream:
            if isinstance(came, JobError):
                yield error_event(came)
                continue
            name = "image_generation.partial_image" if isinstance(came, Partial) else "image_generation.completed"
            common = {"type": name, "b64_json": came.data}
            if isinstance(came, Partial):
                yield event(common | {"partial_image_index": came.number})
            else:
                one = replace(came.job, images=(came.image,))
                more = {"created": int(job.created), "media_type": came.media, "usage": openrouter_usage(one)}
                yield event(common | more | {"harness": harness_field(one)})
    yield DONE


def openrouter_usage(job: Job) -> dict[str, Any]:
    """Return the tokens of a job in OpenRouter's shape, with the cost in US dollars (null: unknown)."""
    usage = usage_of(job)
    return {
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.total,
        "completion_tokens_details": {"image_tokens": usage.image_out},
        "cost": job.cost,
    }
