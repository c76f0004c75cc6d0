"""What a stream of images shows, whichever API it is for: intermediate states, images, a fault."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from harness.errors import HarnessError
from harness.gateway.encoding import encoded
from harness.gateway.job_status import error_of, job_error
from harness.gateway.recipes import prepare
from harness.gateway.records import Job, JobError, JobEvent, ServedImage
from harness.gateway.rest.reporting import IGNORED, harness_headers
from harness.gateway.rest.waiting import watched
from harness.gateway.service import Service, in_thread, is_final
from harness.vocabulary import ImageFormat, JobEventKind, Operation


@dataclass(frozen=True, slots=True)
class Partial:
    """An intermediate state of image ``index``, the ``number``-th that is shown of it, from 0."""

    index: int
    number: int
    data: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Completed:
    """An image; ``shown`` is how many intermediate states of it were shown."""

    job: Job
    image: ServedImage
    data: bytes
    media: str
    shown: int


async def image_stream(
    service: Service, job: Job, partial_images: int = 0, *, cancels: bool = True
) -> AsyncGenerator[Partial | Completed | JobError]:
    """Yield up to ``partial_images`` intermediate states of each image, the images as they are done, and at last why
    there are not all of them; of a question only that. The job is cancelled when the client goes away, unless
    ``cancels`` is false."""
    generates = job.request.operation is not Operation.ASK
    follow = partial(watched, service, job) if cancels else partial(service.events, job.id)
    shown: Counter[int] = Counter()
    try:
        async with aclosing(follow(partial_images=partial_images > 0)) as events:
            async for event in events:
                if event.kind is JobEventKind.PARTIAL:
                    if _is_shown(event, partial_images):
                        yield await _partial(job, event, shown)
                elif generates and event.kind is JobEventKind.IMAGE and "code" not in event.data:
                    yield await _completed(service, job.id, event.data["index"], shown)
                elif is_final(event):
                    fault = error_of(await service.job(job.id))
                    if fault is not None:
                        yield fault
    except HarnessError as fault:
        yield job_error(fault)


def stream_headers(service: Service, job: Job) -> dict[str, str]:
    """Return the headers of a stream, which are sent before an image is begun."""
    left_out = prepare(job.request, service.catalog.named(job.request.model)).not_honored
    body = {**job.caller.body, IGNORED: [*job.caller.body.get(IGNORED, ()), *left_out]}
    return harness_headers(replace(job, caller=replace(job.caller, body=body)))


def steps_shown(steps: int, count: int) -> set[int]:
    """Return which of the steps are shown where ``count`` are asked for: evenly apart, never the last."""
    return {step for k in range(1, count + 1) if 0 < (step := round(k * steps / (count + 1))) < steps}


def _is_shown(event: JobEvent, count: int) -> bool:
    return event.image is not None and event.data["step"] in steps_shown(event.data["steps"], count)


async def _partial(job: Job, event: JobEvent, shown: Counter[int]) -> Partial:
    request, index = job.request, event.data["index"]
    data, media = await in_thread(
        encoded, event.image, ImageFormat.PNG.value, request.output_format, request.output_compression
    )
    shown[index] += 1
    return Partial(index, shown[index] - 1, data, media)


async def _completed(service: Service, job_id: str, index: int, shown: Counter[int]) -> Completed:
    job = await service.job(job_id)
    image = job.images[index]
    return Completed(job, image, *await service.image(job, image), shown[index])
