"""From a request of the Responses API to the gateway's own."""

from dataclasses import replace

from harness.gateway.catalog import Catalog, Model
from harness.gateway.errors import InvalidRequestError, UnknownModelError, UnsupportedError
from harness.gateway.masks import white_mask
from harness.gateway.records import ImageRequest
from harness.gateway.rest.chat_prepared import check_answers
from harness.gateway.rest.conversation import Conversation, read
from harness.gateway.rest.image_fields import Prepared
from harness.gateway.rest.image_urls import fetched
from harness.gateway.rest.reporting import refuse_ignored
from harness.gateway.rest.responses_request import IMAGE_TOOL, ImageTool, ResponsesRequest
from harness.gateway.rest.responses_turns import turns_of
from harness.gateway.rest.settings import configured, settings_of
from harness.gateway.rest.sizes import size_of
from harness.gateway.service import Service, in_thread
from harness.records import InputImage
from harness.vocabulary import Operation

HINT = 'for an image add {"type": "image_generation"} to `tools`; for an answer name a model that answers'


async def prepared(body: ResponsesRequest, service: Service, key: str, *, strict: bool) -> Prepared:
    """Return a request in the gateway's terms, its images stored. ``strict`` is that of the header, ``key`` the
    caller's.

    Raises UnknownModelError, InvalidRequestError, UnsupportedError, JobNotFoundError, and with strict NotHonoredError.
    """
    tool = body.tool
    if tool is None and isinstance(body.tool_choice, dict) and body.tool_choice.get("type") == IMAGE_TOOL:
        raise InvalidRequestError("tool_choice names a tool that `tools` has not", HINT, "tool_choice")
    model = service.catalog.named((tool and tool.model) or body.model)
    said = read(await turns_of(body, service, key), "input")
    ignored = list(body.ignored())
    if tool is None:
        check_answers(model, "tools", HINT)
    else:
        said = _image_for(said, tool, model)
        ignored += _unused(body, tool, service.catalog)
    image = None if said.image is None else await said.image.read(service)
    request = ImageRequest(
        model.id,
        said.prompt,
        Operation.ASK if tool is None else Operation.GENERATE,
        seed=_seed(body, tool),
        input_image=image,
        strict=strict or bool(body.strict),
    )
    if tool is not None:
        mask = await _mask(tool, service)
        request, others = await in_thread(_configured, request, tool, model, mask)
        ignored += others
    return Prepared(request, refuse_ignored([*ignored, *said.ignored], strict=request.strict))


def _image_for(said: Conversation, tool: ImageTool, model: Model) -> Conversation:
    if tool.action == "generate" and said.image is not None:
        return Conversation(said.prompt, ignored=(*said.ignored, said.image.param))
    return said if tool.action == "edit" else said.with_image_for(model)


def _unused(body: ResponsesRequest, tool: ImageTool, catalog: Catalog) -> list[str]:
    """Return the fields that change nothing beside the tool's."""
    ignored = []
    if tool.model is not None:
        try:
            outer, inner = catalog.named(body.model), catalog.named(tool.model)
            is_same = (outer.provider, outer.model) == (inner.provider, inner.model)
        except UnknownModelError:
            is_same = False
        ignored += [] if is_same else ["model"]
    if tool.partial_images and not body.stream:
        ignored.append("tools.partial_images")
    return ignored


def _seed(body: ResponsesRequest, tool: ImageTool | None) -> int | None:
    inner = None if tool is None else tool.seed
    if None not in (inner, body.seed) and inner != body.seed:
        raise InvalidRequestError("the tool has another seed than the request", "send one of them", "seed")
    return body.seed if inner is None else inner


async def _mask(tool: ImageTool, service: Service) -> InputImage | None:
    if tool.input_image_mask is None:
        return None
    param = "tools.input_image_mask.image_url"
    if tool.input_image_mask.image_url is None:
        raise UnsupportedError("files are not stored here", "send the mask as `image_url`: a data: URL", param)
    data = await fetched(tool.input_image_mask.image_url, param)
    return await in_thread(service.inputs.store, await in_thread(white_mask, data, param), param)


def _configured(
    request: ImageRequest, tool: ImageTool, model: Model, mask: InputImage | None
) -> tuple[ImageRequest, list[str]]:
    settings, ignored = settings_of({"background": tool.background, **(tool.model_extra or {})}, tool, model)
    is_edit = request.input_image is not None or tool.action == "edit"
    operation = Operation.EDIT if is_edit else Operation.GENERATE
    request = replace(request, operation=operation, mask=mask, strength=tool.strength)
    size = size_of(tool.size, "tools.size")
    return configured(request, tool, size, settings, model), [f"tools.{name}" for name in ignored]
