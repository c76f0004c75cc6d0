"""What happens to a job as a stream of messages, its images in chunks."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing

from harness.gateway.records import Job, JobEvent, ServedImage
from harness.gateway.rpc.generated.image_service_pb2 import (
    Done,
    GenerateStreamResponse,
    ImageChunk,
    ImageFailure,
    PartialImage,
    Queued,
    Started,
)
from harness.gateway.rpc.replies import MOST_CONTENT, image_message
from harness.gateway.service import Service, in_thread
from harness.vocabulary import FaultKind, ImageState, JobEventKind, JobState

CHUNK = 256 * 1024
"""Bytes."""
Write = Callable[[GenerateStreamResponse], Awaitable[None]]


async def stream(service: Service, job: Job, write: Write, *, partial_images: bool) -> Job:
    """Write what happens to a job until it is final; returns it as it is then. ``done`` is written for one that is
    completed."""
    async with aclosing(service.events(job.id, partial_images=partial_images)) as events:
        async for event in events:
            if event.kind is JobEventKind.QUEUED:
                await write(GenerateStreamResponse(queued=Queued(job=job.id)))
            elif event.kind is JobEventKind.STARTED:
                await write(GenerateStreamResponse(started=Started()))
            elif event.kind is JobEventKind.PARTIAL:
                await write(GenerateStreamResponse(partial_image=_partial(event)))
            elif event.kind is JobEventKind.IMAGE:
                job = await in_thread(service.store.get, job.id)
                await _write_image(service, job, job.images[event.data["index"]], write)
    job = await in_thread(service.store.get, job.id)
    if job.state is JobState.COMPLETED and job.fault != FaultKind.TRUNCATE:
        await write(GenerateStreamResponse(done=Done(cost=job.cost)))
    return job


def chunks(index: int, content: bytes) -> Iterator[ImageChunk]:
    """Yield the parts of a file."""
    for offset in range(0, len(content), CHUNK):
        yield ImageChunk(index=index, offset=offset, data=content[offset : offset + CHUNK])


async def _write_image(service: Service, job: Job, image: ServedImage, write: Write) -> None:
    if image.state is not ImageState.DONE:
        error = image.error
        assert error is not None
        failure = ImageFailure(index=image.index, code=error.code, message=error.message)
        await write(GenerateStreamResponse(failure=failure))
        return
    content, media_type = await service.image(job, image)
    await write(GenerateStreamResponse(image=image_message(image, content, media_type, omitted=True)))
    for chunk in chunks(image.index, content[: len(content) // 2] if job.fault == FaultKind.TRUNCATE else content):
        await write(GenerateStreamResponse(chunk=chunk))


def _partial(event: JobEvent) -> PartialImage:
    content = event.image or b""
    omitted = len(content) > MOST_CONTENT
    return PartialImage(
        index=event.data["index"],
        step=event.data["step"],
        steps=event.data["steps"],
        content=b"" if omitted else content,
        content_omitted=omitted,
    )
