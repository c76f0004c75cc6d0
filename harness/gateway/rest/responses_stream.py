"""A response as the events of OpenAI's Responses API, each with its number."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from itertools import count
from typing import Any

from harness.gateway.job_status import error_of, job_status
from harness.gateway.records import Job, JobError, ServedImage
from harness.gateway.rest.errors import error_body
from harness.gateway.rest.image_stream import Partial, image_stream
from harness.gateway.rest.responses_ids import image_id, message_id
from harness.gateway.rest.responses_reply import image_item, message_item, output_item, response_with, text_part
from harness.gateway.rest.sse import event
from harness.gateway.service import Service
from harness.vocabulary import JobState, Operation

Make = Callable[..., bytes]
"""Makes an event of its kind and fields, with the next number."""


async def response_events(
    service: Service, job: Job, partial_images: int = 0, *, cancels: bool
) -> AsyncGenerator[bytes]:
    """Yield the events of a response up to its end. ``cancels``: the job is cancelled when the client goes away."""
    numbers = count()

    def make(kind: str, **fields: Any) -> bytes:
        return event({"type": kind, "sequence_number": next(numbers), **fields}, kind)

    image = job.images[0]
    yield make("response.created", response=response_with(job, []))
    if job.state is JobState.QUEUED and not cancels:
        yield make("response.queued", response=response_with(job, []))
    yield make("response.in_progress", response=response_with(job, []) | {"status": "in_progress"})
    asks = job.request.operation is Operation.ASK
    for begun in (_answer_begun if asks else _image_begun)(make, job, image):
        yield begun
    fault: JobError | None = None
    async with aclosing(image_stream(service, job, partial_images, cancels=cancels)) as stream:
        async for came in stream:
            if isinstance(came, Partial):
                yield make(
                    "response.image_generation_call.partial_image",
                    item_id=image_id(job, image),
                    output_index=0,
                    partial_image_index=came.number,
                    partial_image_b64=came.data,
                    output_format=came.media.removeprefix("image/"),
                )
            elif isinstance(came, JobError):
                fault = came
    job = await service.job(job.id)
    if fault is None and error_of(job) is None:
        item = await output_item(service, job, job.images[0])
        for ended in (_answer_ended if asks else _image_ended)(make, item):
            yield ended
        yield make("response.completed", response=response_with(job, [item]))
    elif job.state.is_final:
        yield make("response.failed", response=response_with(job, []))
    elif fault is not None:
        error = error_body(job_status(fault), fault.message, fault.code, hint=fault.hint)["error"]
        yield make("error", **{name: error.get(name) for name in ("code", "message", "param")})


def _image_begun(make: Make, job: Job, image: ServedImage) -> Iterator[bytes]:
    yield make("response.output_item.added", output_index=0, item=image_item(job, image, "in_progress"))
    place = {"item_id": image_id(job, image), "output_index": 0}
    yield make("response.image_generation_call.in_progress", **place)
    yield make("response.image_generation_call.generating", **place)


def _image_ended(make: Make, item: dict[str, Any]) -> Iterator[bytes]:
    yield make("response.image_generation_call.completed", item_id=item["id"], output_index=0)
    yield make("response.output_item.done", output_index=0, item=item)


def _answer_begun(make: Make, job: Job, image: ServedImage) -> Iterator[bytes]:
    place = {"item_id": message_id(job, image), "output_index": 0, "content_index": 0}
    yield make("response.output_item.added", output_index=0, item=message_item(job, image, [], "in_progress"))
    yield make("response.content_part.added", part=text_part(""), **place)


def _answer_ended(make: Make, item: dict[str, Any]) -> Iterator[bytes]:
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    part = item["content"][0]
    yield make("response.output_text.delta", delta=part["text"], logprobs=[], **place)
    yield make("response.output_text.done", text=part["text"], logprobs=[], **place)
    yield make("response.content_part.done", part=part, **place)
    yield make("response.output_item.done", output_index=0, item=item)
