"""A job as a response of OpenAI's Responses API."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from harness.gateway.job_status import error_of
from harness.gateway.records import Job, JobError, ServedImage
from harness.gateway.rest.fields import LEVELS, Described, Open
from harness.gateway.rest.reporting import harness_field
from harness.gateway.rest.responses_ids import image_id, message_id, response_id
from harness.gateway.rest.responses_request import IMAGE_CALL, ImageTool, ResponsesRequest
from harness.gateway.rest.usage import usage_of
from harness.gateway.service import Service
from harness.vocabulary import NEUTRAL, JobState, Operation

STATES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "in_progress",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.EXPIRED: "failed",
}
"""The statuses of the API."""
CODES = {"generation-refused": "image_content_policy_violation", "generation-invalid": "invalid_prompt"}
"""The codes of the API, which are few, by the code of a job's error; of any other it is ``server_error``."""
ECHO = "response"
"""In the body of a caller: the fields of the request that the response repeats."""


class ResponseReply(Open, Described):
    """A response: its status, and its output when it is completed."""

    id: str
    object: Literal["response"]
    created_at: float
    status: Literal["queued", "in_progress", "completed", "failed", "cancelled"]
    model: str
    output: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any]
    parallel_tool_calls: bool
    error: dict[str, Any] | None
    usage: dict[str, Any] | None
    harness: dict[str, Any]


class DeletedResponse(BaseModel):
    """A response that is deleted."""

    id: str
    object: Literal["response"] = "response"
    deleted: Literal[True] = True


def echo_of(body: ResponsesRequest) -> dict[str, Any]:
    """Return the fields of a request that the response repeats; a mask is left out: it may have megabytes."""
    return {
        "model": body.model,
        "tools": [_tool(tool) for tool in body.tools or []],
        "tool_choice": NEUTRAL if body.tool_choice is None else body.tool_choice,
        "background": bool(body.background),
        "previous_response_id": body.previous_response_id,
        "metadata": body.metadata or {},
        "instructions": (body.model_extra or {}).get("instructions"),
    }


async def response_of(service: Service, job: Job) -> dict[str, Any]:
    """Return the response of a job; bytes in it become base64."""
    output = [await output_item(service, job, image) for image in job.done] if job.state is JobState.COMPLETED else []
    return response_with(job, output)


def response_with(job: Job, output: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the response of a job with an output."""
    fault = error_of(job) if job.state.is_final else None
    head = {
        "id": response_id(job),
        "object": "response",
        "created_at": job.created,
        "completed_at": job.finished if job.state is JobState.COMPLETED else None,
        "status": STATES[job.state],
        "error": None if fault is None or job.state is JobState.CANCELLED else _error(fault),
        "incomplete_details": None,
        "output": output,
        "parallel_tool_calls": True,
        "usage": responses_usage(job) if job.state is JobState.COMPLETED else None,
    }
    return head | dict(job.caller.body.get(ECHO, {})) | {"harness": harness_field(job)}


async def output_item(service: Service, job: Job, image: ServedImage) -> dict[str, Any]:
    """Return the output item of an image that came, or of an answer; its bytes become base64."""
    if job.request.operation is Operation.ASK:
        return message_item(job, image, [text_part(image.answer or "")], "completed")
    data, media = await service.image(job, image)
    return image_item(job, image, "completed") | {
        "result": data,
        "output_format": media.removeprefix("image/"),
        "size": f"{image.width}x{image.height}",
    }


def image_item(job: Job, image: ServedImage, progress: str) -> dict[str, Any]:
    """Return the output item of an image that is not there yet."""
    request = job.request
    return {
        "id": image_id(job, image),
        "type": IMAGE_CALL,
        "status": progress,
        "result": None,
        "action": request.operation.value,
        "quality": NEUTRAL if request.quality is None else LEVELS[request.quality],
    }


def message_item(job: Job, image: ServedImage, content: list[dict[str, Any]], progress: str) -> dict[str, Any]:
    """Return the output item of an answer."""
    item_id = message_id(job, image)
    return {"id": item_id, "type": "message", "role": "assistant", "status": progress, "content": content}


def text_part(text: str) -> dict[str, Any]:
    """Return the part of a message that is a text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def responses_usage(job: Job) -> dict[str, Any]:
    """Return the tokens of a job in the shape of the API, with the cost in US dollars (null: unknown)."""
    usage = usage_of(job)
    return {
        "input_tokens": usage.tokens_in,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.tokens_out,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total,
        "cost": job.cost,
    }


def _error(fault: JobError) -> Mapping[str, Any]:
    return {"code": CODES.get(fault.code, "server_error"), "message": fault.message, "type": fault.code, "param": None}


def _tool(tool: BaseModel) -> dict[str, Any]:
    said = {name: getattr(tool, name) for name in tool.model_fields_set}
    if isinstance(tool, ImageTool) and tool.input_image_mask is not None:
        said["input_image_mask"] = {}
    return said
