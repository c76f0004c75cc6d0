"""From jobs to the messages of replies."""

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from harness.gateway.records import Job, ServedImage
from harness.gateway.rpc.enums import number_of
from harness.gateway.rpc.generated.image_pb2 import Image, Size
from harness.gateway.rpc.generated.image_service_pb2 import AskResponse, EditResponse, GenerateResponse
from harness.gateway.rpc.generated.job_pb2 import JobMetadata
from harness.gateway.rpc.generated.job_pb2 import JobState as StateMessage
from harness.gateway.service import Service
from harness.records import to_json
from harness.vocabulary import Operation

MOST_CONTENT = 3_000_000
"""Most bytes of all images in one message: clients accept messages of 4 MiB by default."""


async def reply_of(
    service: Service, job: Job, most: int = MOST_CONTENT
) -> GenerateResponse | EditResponse | AskResponse:
    """Return the reply of a job that is completed; the contents of images are omitted after ``most`` bytes."""
    if job.request.operation is Operation.ASK:
        return AskResponse(job=job.id, answer=job.done[0].answer, cost=job.cost)
    images = []
    for image in job.done:
        content, media_type = await service.image(job, image)
        fits = len(content) <= most
        most -= len(content) if fits else 0
        images.append(image_message(image, content, media_type, omitted=not fits))
    kind = EditResponse if job.request.operation is Operation.EDIT else GenerateResponse
    return kind(job=job.id, images=images)


def image_message(image: ServedImage, content: bytes, media_type: str, *, omitted: bool) -> Image:
    """Return an image, with its content unless it is ``omitted``."""
    return Image(
        index=image.index,
        media_type=media_type,
        content=b"" if omitted else content,
        content_length=len(content),
        content_omitted=omitted,
        digest=image.digest,
        seed=image.seed,
        size=Size(width=image.width or 0, height=image.height or 0),
        source=image.source,
        seconds=image.seconds,
        cost=image.cost,
        not_honored=image.not_honored,
        environment=struct_of(image.environment),
    )


def metadata_of(job: Job) -> JobMetadata:
    """Return how far a job is."""
    return JobMetadata(
        job=job.id,
        state=number_of(job.state, StateMessage),
        action=job.request.operation.value,
        model=job.request.model,
        create_time=_timestamp(job.created),
        start_time=_timestamp(job.started),
        finish_time=_timestamp(job.finished),
        expire_time=_timestamp(job.expires),
        attempts=job.attempts,
        cancel_requested=job.cancel_requested,
        images=len(job.images),
        images_done=len(job.done),
    )


def struct_of(values: Mapping[str, Any]) -> Struct:
    """Return plain values as a message."""
    return ParseDict(json.loads(json.dumps(to_json(values))), Struct())


def _timestamp(seconds: float | None) -> Timestamp | None:
    if seconds is None:
        return None
    timestamp = Timestamp()
    timestamp.FromNanoseconds(int(seconds * 1e9))
    return timestamp
