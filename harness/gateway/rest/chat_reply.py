"""Chat completions, whole and in chunks. The bytes of a reply are made once: it may have many megabytes."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Literal

import pybase64

from harness.errors import HarnessError
from harness.gateway.job_status import error_of, job_error, job_status
from harness.gateway.records import Job, JobError, ServedImage
from harness.gateway.rest.errors import error_body
from harness.gateway.rest.fields import Described, Open
from harness.gateway.rest.openrouter_images import openrouter_usage
from harness.gateway.rest.reporting import harness_field
from harness.gateway.rest.sse import DONE, event
from harness.gateway.rest.waiting import watched
from harness.gateway.service import Service, is_final
from harness.records import encode_json
from harness.vocabulary import ImageState, JobEventKind, Operation

STOP = "stop"
FAILED = "error"


class Choice(Open, Described):
    """One image, or one answer."""

    index: int
    finish_reason: str
    message: dict[str, Any]


class ChatReply(Open, Described):
    """The outcome of a conversation."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    provider: str
    system_fingerprint: str | None
    choices: list[Choice]
    usage: dict[str, Any]
    harness: dict[str, Any]


async def chat_reply(service: Service, job: Job) -> bytes:
    """Return the completion of a job that is completed."""
    choices = [
        {"index": image.index, "finish_reason": STOP, "logprobs": None, "message": await _message(service, job, image)}
        for image in job.done
    ]
    accounts = {"usage": chat_usage(job), "harness": harness_field(job)}
    return encode_json(
        _head(service, job, "chat.completion") | {"system_fingerprint": None, "choices": choices} | accounts
    )


async def chat_chunks(service: Service, job: Job, *, usage: bool) -> AsyncGenerator[bytes]:
    """Yield the chunks of a completion: of each choice its role, what came, and its end; with ``usage`` a last chunk
    that has no choice. The job is cancelled when the client goes away."""
    head = _head(service, job, "chat.completion.chunk")
    for image in job.images:
        yield event(head | {"choices": [_choice(image.index, {"role": "assistant", "content": ""})]})
    try:
        async with aclosing(watched(service, job)) as events:
            async for came in events:
                if is_final(came):
                    break
                if came.kind is JobEventKind.IMAGE and "code" not in came.data:
                    image = (await service.job(job.id)).images[came.data["index"]]
                    yield event(head | {"choices": [_choice(image.index, await _message(service, job, image))]})
        job = await service.job(job.id)
        fault = error_of(job)
    except HarnessError as error:
        fault = job_error(error)
    for image in job.images:
        reason = STOP if image.state is ImageState.DONE else FAILED
        faults = {} if fault is None or reason == STOP else _error(job, fault)
        yield event(head | {"choices": [_choice(image.index, {}, reason)]} | faults)
    if usage and fault is None:
        yield event(head | {"choices": [], "usage": chat_usage(job), "harness": harness_field(job)})
    yield DONE


def chat_usage(job: Job) -> dict[str, Any]:
    """Return the tokens of a job in the shape of chat completions, with the cost in US dollars (null: unknown)."""
    usage = openrouter_usage(job)
    details = {"cached_tokens": 0, "audio_tokens": 0, "cache_write_tokens": 0}
    return usage | {
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": 0, **usage["completion_tokens_details"]},
    }


def _head(service: Service, job: Job, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{job.id.removeprefix('job_')}",
        "object": kind,
        "created": int(job.created),
        "model": job.request.model,
        "provider": service.catalog.named(job.request.model).provider.name,
    }


def _choice(index: int, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": reason, "logprobs": None}


async def _message(service: Service, job: Job, image: ServedImage) -> dict[str, Any]:
    if job.request.operation is Operation.ASK:
        return {"role": "assistant", "content": image.answer, "refusal": None}
    data, media = await service.image(job, image)
    url = f"data:{media};base64,{pybase64.b64encode(data).decode()}"
    images = [{"type": "image_url", "image_url": {"url": url}, "index": 0}]
    return {"role": "assistant", "content": "", "refusal": None, "images": images}


def _error(job: Job, fault: JobError) -> dict[str, Any]:
    """Return the error of a stream in the shape of the API that it came over."""
    status = job_status(fault)
    if job.caller.api.startswith("openrouter"):
        metadata = {"error_type": fault.code, "hint": fault.hint}
        return {"error": {"code": status, "message": fault.message, "metadata": metadata}}
    return error_body(status, fault.message, fault.code, hint=fault.hint)
