"""The conversation of a request of the Responses API: its input, after the response that it continues."""

from collections.abc import Mapping
from typing import Any

from harness.gateway.errors import JobNotFoundError, UnsupportedError
from harness.gateway.records import ServedImage
from harness.gateway.rest.conversation import USER, ImagePart, Turn
from harness.gateway.rest.responses_ids import image_of_item, job_of
from harness.gateway.rest.responses_request import IMAGE_CALL, ContentPart, InputItem, ResponsesRequest
from harness.gateway.service import Service, in_thread
from harness.vocabulary import NEUTRAL

ASSISTANT = "assistant"
TEXTS = ("input_text", "output_text", "text")
NO_EFFECT: Mapping[str, Any] = {"detail": NEUTRAL, "status": "completed", "annotations": [], "logprobs": [], "id": None}
"""Further fields of items and parts that ask for nothing; null never does."""


async def turns_of(body: ResponsesRequest, service: Service, key: str) -> list[Turn]:
    """Return the turns. ``key`` is the caller's: images of earlier responses must be its own.

    Raises JobNotFoundError where such a response is not, and UnsupportedError for files.
    """
    turns = []
    if body.previous_response_id is not None:
        turns += await _earlier(service, body.previous_response_id, key)
    if isinstance(body.input, str):
        return [*turns, Turn(USER, body.input, (), "input")]
    for index, item in enumerate(body.input):
        param = f"input[{index}]"
        if item.type == IMAGE_CALL:
            turns.append(Turn(ASSISTANT, "", (await _called(service, item, param, key),), param))
        elif item.type == "message" and item.role is not None:
            turns.append(_message(item, item.role, param))
        else:
            turns.append(Turn(ASSISTANT, "", (), param, (param,)))
    return turns


async def _earlier(service: Service, response_id: str, key: str) -> list[Turn]:
    param = "previous_response_id"
    job = await job_of(service, response_id, key)
    images = [await _part(service, image, param) for image in job.done if image.file is not None]
    return [Turn(USER, job.request.prompt, (), f"{param}.input"), Turn(ASSISTANT, "", tuple(images[-1:]), param)]


async def _called(service: Service, item: InputItem, param: str, key: str) -> ImagePart:
    if item.result is not None:
        head = "" if item.result[:5].lower() == "data:" else "data:image/png;base64,"
        return ImagePart(param, head + item.result)
    try:
        image = await image_of_item(service, item.id or "", key)
    except JobNotFoundError as fault:
        fault.param = param
        raise
    return await _part(service, image, param)


async def _part(service: Service, image: ServedImage, param: str) -> ImagePart:
    data = await service.original(image)
    return ImagePart(param, stored=await in_thread(service.inputs.store, data, param))


def _message(item: InputItem, role: str, param: str) -> Turn:
    parts = [ContentPart(type=TEXTS[0], text=item.content)] if isinstance(item.content, str) else item.content or []
    texts, images, ignored = [], [], [f"{param}.{name}" for name in _extra(item)]
    for index, part in enumerate(parts):
        place = f"{param}.content[{index}]"
        if part.file_id is not None:
            raise UnsupportedError("files are not stored here", "send the image as a data: URL", f"{place}.file_id")
        if part.type in TEXTS and part.text is not None:
            texts.append(part.text)
        elif part.type == "input_image" and part.image_url is not None:
            images.append(ImagePart(place, part.image_url))
        else:
            ignored.append(place)
            continue
        ignored += [f"{place}.{name}" for name in _extra(part)]
    return Turn(role, "\n".join(texts), tuple(images), param, tuple(ignored))


def _extra(model: InputItem | ContentPart) -> list[str]:
    further = (model.model_extra or {}).items()
    return [name for name, value in further if value is not None and value != NO_EFFECT.get(name)]
