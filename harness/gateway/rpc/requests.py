"""From the messages of requests to the gateway's own request."""

import math
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.struct_pb2 import Struct

from harness.gateway.errors import InvalidRequestError
from harness.gateway.records import ImageRequest
from harness.gateway.rpc.enums import word_of
from harness.gateway.rpc.generated.image_pb2 import GenerationParameters
from harness.gateway.rpc.generated.image_pb2 import ImageFormat as FormatMessage
from harness.gateway.rpc.generated.image_pb2 import Quality as QualityMessage
from harness.gateway.rpc.generated.image_service_pb2 import AskRequest
from harness.gateway.service import Service, in_thread
from harness.records import InputImage
from harness.vocabulary import ImageFormat, Operation, Quality

MOST_SECONDS = 7 * 86400.0
"""Longest deadline of a job."""


async def image_request(service: Service, sent: GenerationParameters, operation: Operation) -> ImageRequest:
    """Return a request to generate or edit; its images are stored. Raises InvalidRequestError."""
    if sent.output_compression > 100:
        raise InvalidRequestError(
            f"output_compression is {sent.output_compression}", "from 0 to 100", "output_compression"
        )
    if not math.isfinite(sent.strength):
        raise InvalidRequestError("strength is not a finite number", "from 0 to 1", "strength")
    if sent.HasField("size") and not (sent.size.width and sent.size.height):
        raise InvalidRequestError("a side of size is 0", "send both sides, or no size", "size")
    return ImageRequest(
        model=sent.model or service.catalog.default,
        prompt=sent.prompt,
        operation=operation,
        n=sent.n or 1,
        seed=sent.seed if sent.HasField("seed") else None,
        size=(sent.size.width, sent.size.height) if sent.HasField("size") else None,
        negative_prompt=sent.negative_prompt,
        quality=word_of(Quality, QualityMessage, sent.quality, "quality"),
        settings=settings_of(sent.settings),
        input_image=await _stored(service, sent.image, "image"),
        mask=await _stored(service, sent.mask, "mask"),
        strength=sent.strength if sent.HasField("strength") else None,
        output_format=word_of(ImageFormat, FormatMessage, sent.output_format, "output_format"),
        output_compression=sent.output_compression if sent.HasField("output_compression") else None,
        strict=sent.strict,
    )


async def ask_request(service: Service, sent: AskRequest) -> ImageRequest:
    """Return a request to ask about an image, which is stored. Raises InvalidRequestError."""
    image = await in_thread(service.inputs.store, sent.image, "image")
    if not sent.question.strip():
        raise InvalidRequestError("the question is empty", "say what is to be answered", "question")
    return ImageRequest(
        sent.model or service.catalog.default, sent.question, operation=Operation.ASK, input_image=image
    )


def settings_of(sent: Struct) -> dict[str, Any]:
    """Return settings as plain values; numbers without a fraction are integers. Raises InvalidRequestError for what
    JSON cannot hold."""
    try:
        given: dict[str, Any] = MessageToDict(sent)
    except (SerializeToJsonError, ValueError) as fault:
        raise InvalidRequestError("a setting is not a finite number", "send a finite one", "settings") from fault
    return {name: _plain(value) for name, value in given.items()}


def seconds_of(sent: Duration, param: str) -> float:
    """Return a duration in seconds, at most a week. Raises InvalidRequestError for one that is not positive."""
    seconds: float = sent.seconds + sent.nanos / 1e9
    if seconds <= 0:
        raise InvalidRequestError(f"{param} is {seconds:g} seconds", "send a positive duration", param)
    return min(seconds, MOST_SECONDS)


async def _stored(service: Service, data: bytes, param: str) -> InputImage | None:
    return await in_thread(service.inputs.store, data, param) if data else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
