"""The fields of OpenAI's requests for images, and the gateway's own beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.gateway.catalog import Catalog
from harness.gateway.records import ImageRequest
from harness.gateway.rest.fields import (
    BackgroundName,
    Compression,
    Count,
    Flag,
    FormatName,
    Guidance,
    NegativePrompt,
    Open,
    PartialImages,
    Prompt,
    QualityName,
    Seed,
    Size,
    Steps,
    Strength,
    Word,
)
from harness.gateway.rest.reporting import refuse_ignored
from harness.gateway.rest.settings import configured, settings_of
from harness.gateway.rest.sizes import size_of
from harness.records import InputImage
from harness.vocabulary import Operation

SETTINGS = ("style", "background", "steps", "guidance", "user", "moderation", "input_fidelity")
"""Declared fields that the provider reads, or that change nothing."""


class ImageFields(Open):
    """A request for images. Further fields are settings of the provider; what changes nothing is reported."""

    prompt: Prompt
    """What the images are to show."""
    model: Word | None = None
    """A model of the gateway; without it the default provider's."""
    n: Count | None = None
    """How many images; image i has seed + i."""
    size: Size | None = None
    """WIDTHxHEIGHT, or auto."""
    quality: QualityName | None = None
    """low is draft, medium standard, high hd."""
    style: Word | None = None
    """A style of the provider."""
    background: BackgroundName | None = None
    output_format: FormatName | None = None
    output_compression: Compression | None = None
    """Quality of jpeg and webp."""
    moderation: Literal["low", "auto"] | None = None
    user: Word | None = None
    response_format: Literal["b64_json", "url"] | None = None
    stream: Flag | None = None
    """Reply with server-sent events."""
    partial_images: PartialImages | None = None
    """How many intermediate states of each image a stream shows."""
    seed: Seed | None = None
    """Of the first image."""
    negative_prompt: NegativePrompt | None = None
    """What the images are not to show."""
    steps: Steps | None = None
    guidance: Guidance | None = None
    strict: Flag | None = None
    """Refuse what is not honored, in place of reporting it."""


class EditFields(ImageFields):
    """A request to edit an image."""

    input_fidelity: Literal["low", "high"] | None = None
    strength: Strength | None = None
    """How far the image may depart from the input image."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request in the gateway's terms, and the names of the fields that change nothing."""

    request: ImageRequest
    ignored: Sequence[str] = ()


def prepared(
    fields: ImageFields,
    catalog: Catalog,
    *,
    strict: bool = False,
    image: InputImage | None = None,
    mask: InputImage | None = None,
) -> Prepared:
    """Return a request in the gateway's terms. ``strict`` is that of the header.

    Raises UnknownModelError, InvalidRequestError, and with strict NotHonoredError.
    """
    name = fields.model or catalog.default
    model = catalog.named(name)
    further: dict[str, Any] = {key: getattr(fields, key) for key in SETTINGS if hasattr(fields, key)}
    settings, ignored = settings_of(further | (fields.model_extra or {}), fields, model)
    if fields.partial_images and not fields.stream:
        ignored.append("partial_images")
    request = ImageRequest(
        model=name,
        prompt=fields.prompt,
        operation=Operation.GENERATE if image is None else Operation.EDIT,
        n=fields.n or 1,
        seed=fields.seed,
        input_image=image,
        mask=mask,
        strength=fields.strength if isinstance(fields, EditFields) else None,
        strict=strict or bool(fields.strict),
    )
    request = configured(request, fields, size_of(fields.size), settings, model)
    return Prepared(request, refuse_ignored(ignored, strict=request.strict))
