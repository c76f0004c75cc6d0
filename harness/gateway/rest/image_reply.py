"""Images in OpenAI's shape, as JSON and as events. The bytes of a reply are made once: it may have many megabytes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

from harness.gateway.job_status import job_status
from harness.gateway.records import Job, JobError, ServedImage
from harness.gateway.rest.errors import error_body
from harness.gateway.rest.fields import LEVELS, Open
from harness.gateway.rest.image_stream import Completed, Partial
from harness.gateway.rest.reporting import harness_field
from harness.gateway.rest.sse import event
from harness.gateway.rest.usage import usage_of
from harness.gateway.service import Service
from harness.records import encode_json
from harness.vocabulary import NEUTRAL, BackgroundKind, ImageFormat

RESPONSE_FORMAT = "response_format"
"""In the body of a caller: ``b64_json`` or ``url``."""


class ImageItem(Open):
    """One image: ``b64_json`` or ``url``."""

    b64_json: str | None = None
    url: str | None = None
    seed: int | None = None


class ImagesReply(Open):
    """The images of a request, in the order of their seeds."""

    created: int
    data: list[ImageItem]
    background: Literal["transparent", "opaque"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    quality: Literal["low", "medium", "high"] | None = None
    size: str | None = None
    usage: dict[str, Any]
    harness: dict[str, Any]


async def images_reply(service: Service, job: Job, base_url: str) -> bytes:
    """Return the reply with the images of a job that came; ``base_url`` is the gateway's, with a slash at the end."""
    by_url = job.caller.body.get(RESPONSE_FORMAT) == "url"
    items = []
    for image in job.done:
        item: dict[str, Any] = {} if image.seed is None else {"seed": image.seed}
        if by_url:
            item["url"] = base_url + artifact_path(job, image)
        else:
            item["b64_json"] = (await service.image(job, image))[0]
        items.append(item)
    reply = {"created": int(job.created), "data": items, **_shape(job, job.done[0])}
    return encode_json({name: value for name, value in reply.items() if value is not None} | _accounts(job))


def artifact_path(job: Job, image: ServedImage) -> str:
    """Return the path of an image in the format that was asked for, relative to the gateway."""
    asked = job.request.output_format
    query = {
        "format": None if asked == image.format else asked,
        "compression": None if asked is None else job.request.output_compression,
    }
    text = urlencode({name: str(value) for name, value in query.items() if value is not None})
    return f"v1/artifacts/{image.digest}" + (f"?{text}" if text else "")


def stream_event(came: Partial | Completed | JobError, job: Job, kind: str, partial_images: int) -> bytes:
    """Return an event of OpenAI's stream; ``kind`` is ``image_generation`` or ``image_edit``."""
    if isinstance(came, JobError):
        return error_event(came)
    name = f"{kind}.partial_image" if isinstance(came, Partial) else f"{kind}.completed"
    asked = job.request
    common: dict[str, Any] = {
        "type": name,
        "b64_json": came.data,
        "created_at": int(job.created),
        "output_format": came.media.removeprefix("image/"),
        "quality": NEUTRAL if asked.quality is None else LEVELS[asked.quality],
    }
    if isinstance(came, Partial):
        size = NEUTRAL if asked.size is None else "{}x{}".format(*asked.size)
        more = {"partial_image_index": came.number, "size": size, "background": NEUTRAL}
        return event(common | more | {"harness": {"job": job.id, "index": came.index}}, name)
    shape = _shape(came.job, came.image)
    image_only = replace(came.job, images=(came.image,))
    accounts = _accounts(image_only)
    accounts["harness"]["index"] = came.image.index
    if partial_images and not came.shown:
        accounts["harness"]["not_honored"] = sorted({*accounts["harness"]["not_honored"], "partial_images"})
    chosen = {"size": shape["size"], "background": shape["background"] or NEUTRAL}
    return event(common | chosen | accounts, name)


def error_event(error: JobError) -> bytes:
    """Return a fault that came after the stream began, as both OpenAI's and OpenRouter's clients read it."""
    body = error_body(job_status(error), error.message, error.code, hint=error.hint)
    return event({"type": "error", **body}, "error")


def openai_usage(job: Job) -> dict[str, Any]:
    """Return the tokens of a job in OpenAI's shape, with the cost in US dollars (null: unknown)."""
    usage = usage_of(job)
    return {
        "input_tokens": usage.tokens_in,
        "input_tokens_details": {"text_tokens": usage.text_in, "image_tokens": usage.image_in},
        "output_tokens": usage.tokens_out,
        "output_tokens_details": {"text_tokens": usage.text_out, "image_tokens": usage.image_out},
        "total_tokens": usage.total,
        "cost": job.cost,
    }


def _accounts(job: Job) -> dict[str, Any]:
    return {"usage": openai_usage(job), "harness": harness_field(job)}


def _shape(job: Job, image: ServedImage) -> Mapping[str, Any]:
    request = job.request
    background = request.settings.get("background")
    is_left_out = "background" in image.not_honored
    return {
        "background": BackgroundKind.OPAQUE.value if is_left_out else background,
        "output_format": request.output_format or image.format or ImageFormat.PNG.value,
        "quality": None if request.quality is None else LEVELS[request.quality],
        "size": f"{image.width}x{image.height}",
    }
