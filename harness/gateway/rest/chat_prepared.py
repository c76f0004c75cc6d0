"""From a chat request to the gateway's own: what is generated, or what is asked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.gateway.catalog import Model
from harness.gateway.errors import UnsupportedError
from harness.gateway.records import ImageRequest
from harness.gateway.rest.chat_request import ChatRequest, ImageConfig
from harness.gateway.rest.conversation import Conversation, read
from harness.gateway.rest.image_fields import Prepared
from harness.gateway.rest.reporting import refuse_ignored
from harness.gateway.rest.routing import routed
from harness.gateway.rest.settings import configured, settings_of
from harness.gateway.rest.sizes import size_of_ratio
from harness.gateway.service import Service, in_thread
from harness.vocabulary import Operation

IMAGE = "image"
"""The modality."""
CONFIG = "image_config"
HINT = 'for an image say modalities: ["image", "text"]; for an answer name a model that answers'


async def prepared(body: ChatRequest, service: Service, *, strict: bool) -> Prepared:
    """Return a chat request in the gateway's terms, its image stored. ``strict`` is that of the header.

    Raises UnknownModelError, InvalidRequestError, UnsupportedError, and with strict NotHonoredError.
    """
    model = service.catalog.named(body.model)
    options, unused = routed(body.provider, model)
    said = read(body.turns(), "messages")
    asks = _asks(body, said, model)
    if asks:
        check_answers(model, "modalities", HINT)
    else:
        said = said.with_image_for(model)
    image = None if said.image is None else await said.image.read(service)
    request = ImageRequest(
        body.model,
        said.prompt,
        Operation.ASK if asks else Operation.GENERATE,
        body.n or 1,
        body.seed,
        input_image=image,
        strict=strict or bool(body.strict),
    )
    ignored = [*body.ignored(), *said.ignored, *unused]
    if asks:
        unread = {CONFIG: body.image_config is not None, "provider.options": bool(options)}
        others = [name for name, is_there in unread.items() if is_there]
    else:
        config = body.image_config or ImageConfig()
        request, others = await in_thread(_configured, request, config, options, model)
    return Prepared(request, refuse_ignored([*ignored, *others], strict=request.strict))


def check_answers(model: Model, param: str, hint: str) -> None:
    """Refuse a question to a model that answers none. Raises UnsupportedError."""
    if Operation.ASK not in model.capabilities.honors:
        raise UnsupportedError(f"`{model.id}` answers no questions", hint, param)


def _asks(body: ChatRequest, said: Conversation, model: Model) -> bool:
    """Return whether an answer is asked for. Where nothing says which, a text alone is a question to a model that
    answers without an image, and what another is to generate."""
    if body.modalities is not None:
        return IMAGE not in body.modalities
    if body.image_config is not None:
        return False
    can = model.capabilities
    return (said.image is not None and not said.is_earlier) or (Operation.ASK in can.honors and not can.asks_need_image)


def _configured(
    request: ImageRequest, config: ImageConfig, options: Mapping[str, Any], model: Model
) -> tuple[ImageRequest, list[str]]:
    settings, ignored = settings_of({**options, **(config.model_extra or {})}, config, model)
    operation = Operation.GENERATE if request.input_image is None else Operation.EDIT
    request = replace(request, operation=operation, strength=config.strength)
    size = size_of_ratio(config.aspect_ratio, config.image_size, CONFIG)
    return configured(request, config, size, settings, model), [f"{CONFIG}.{name}" for name in ignored]
