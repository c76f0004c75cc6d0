"""Chat completions, as OpenAI and OpenRouter have them."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from harness.gateway.job_status import error_of
from harness.gateway.records import Caller
from harness.gateway.rest.chat_prepared import prepared
from harness.gateway.rest.chat_reply import ChatReply, chat_chunks, chat_reply
from harness.gateway.rest.chat_request import ChatRequest
from harness.gateway.rest.dependencies import ACaller, AService, json_only
from harness.gateway.rest.errors import OPENROUTER_RESPONSES, job_error_response
from harness.gateway.rest.image_stream import stream_headers
from harness.gateway.rest.reporting import IGNORED, AStrict, harness_headers
from harness.gateway.rest.sse import CONTENT, event_stream
from harness.gateway.rest.waiting import finished
from harness.gateway.service import Service

router = APIRouter(tags=["chat"])
REPLY: dict[int | str, dict[str, Any]] = {200: {"model": ChatReply, "content": CONTENT}}


@router.post("/v1/chat/completions", response_class=Response, responses=REPLY, dependencies=[Depends(json_only)])
async def openai_chat(
    body: ChatRequest, request: Request, service: AService, caller: ACaller, strict: AStrict = False
) -> Response:
    """Generate images, or answer a question about one."""
    return await _answer(body, request, service, replace(caller, api="openai.chat"), strict=strict)


@router.post(
    "/api/v1/chat/completions",
    response_class=Response,
    responses=OPENROUTER_RESPONSES | REPLY,
    dependencies=[Depends(json_only)],
)
async def openrouter_chat(
    body: ChatRequest, request: Request, service: AService, caller: ACaller, strict: AStrict = False
) -> Response:
    """Generate images, or answer a question about one; a stream ends with the usage."""
    return await _answer(body, request, service, replace(caller, api="openrouter.chat"), strict=strict, usage=True)


async def _answer(
    body: ChatRequest, request: Request, service: Service, caller: Caller, *, strict: bool, usage: bool = False
) -> Response:
    ready = await prepared(body, service, strict=strict)
    job = await service.submit(ready.request, replace(caller, body={IGNORED: list(ready.ignored)}))
    if body.stream:
        with_usage = usage or bool(body.stream_options and body.stream_options.include_usage)
        return event_stream(chat_chunks(service, job, usage=with_usage), stream_headers(service, job))
    job = await finished(request, service, job)
    fault = error_of(job)
    if fault is not None:
        return job_error_response(request, job, fault)
    return Response(await chat_reply(service, job), media_type="application/json", headers=harness_headers(job))
