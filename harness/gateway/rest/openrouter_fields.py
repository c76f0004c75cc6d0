"""The fields of OpenRouter's request for images."""

import math
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from harness.gateway.catalog import Catalog
from harness.gateway.errors import InvalidRequestError, SeveralImagesError
from harness.gateway.records import ImageRequest
from harness.gateway.rest.fields import (
    BackgroundName,
    Compression,
    Count,
    Flag,
    FormatName,
    NegativePrompt,
    Open,
    Prompt,
    QualityName,
    Seed,
    Word,
)
from harness.gateway.rest.image_fields import Prepared
from harness.gateway.rest.reporting import refuse_ignored
from harness.gateway.rest.routing import ProviderPreferences, routed
from harness.gateway.rest.settings import configured, settings_of
from harness.gateway.rest.sizes import SIDES, size_of, size_of_ratio
from harness.records import InputImage
from harness.vocabulary import Operation

SETTINGS = ("background", "user", "session_id", "trace")
"""Declared fields that the provider reads, or that change nothing."""
RESOLUTION = "|".join(map(re.escape, SIDES))
SIZE = rf"^(auto|{RESOLUTION}|[1-9][0-9]{{0,3}}x[1-9][0-9]{{0,3}})$"
RATIO = r"^[1-9][0-9]?:[1-9][0-9]?$"
CLOSE = 0.03
"""How far the quotient of a size may be from an aspect ratio, relative to it."""


class Address(BaseModel):
    """Where an image is."""

    url: str = Field(min_length=1)
    """A data: URL with base64, or an https: URL on the open internet."""


class Reference(BaseModel):
    """An input image."""

    type: Literal["image_url"]
    image_url: Address


class OpenRouterFields(Open):
    """A request for images. Further fields are settings of the provider; what changes nothing is reported."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    prompt: Prompt
    n: Count | None = None
    size: Annotated[str, Field(pattern=SIZE)] | None = None
    """WIDTHxHEIGHT, or the name of a resolution."""
    resolution: Annotated[str, Field(pattern=f"^({RESOLUTION})$")] | None = None
    """Of the longer side."""
    aspect_ratio: Annotated[str, Field(pattern=RATIO)] | None = None
    quality: QualityName | None = None
    output_format: FormatName | None = None
    output_compression: Compression | None = None
    background: BackgroundName | None = None
    seed: Seed | None = None
    negative_prompt: NegativePrompt | None = None
    stream: Flag | None = None
    input_references: Annotated[list[Reference], Field(max_length=16)] | None = None
    """One is taken: several are refused."""
    provider: ProviderPreferences | None = None
    user: Word | None = None
    session_id: Word | None = None
    trace: dict[str, Any] | None = None
    strict: Flag | None = None
    """Refuse what is not honored, in place of reporting it."""


def reference_of(fields: OpenRouterFields) -> str | None:
    """Return the address of the input image. Raises SeveralImagesError."""
    references = fields.input_references or []
    if len(references) > 1:
        hint = "send one: a provider takes one image"
        raise SeveralImagesError(f"{len(references)} images were sent", hint, "input_references")
    return references[0].image_url.url if references else None


def prepared(
    fields: OpenRouterFields, catalog: Catalog, *, strict: bool = False, image: InputImage | None = None
) -> Prepared:
    """Return a request in the gateway's terms. ``strict`` is that of the header.

    Raises UnknownModelError, NoAllowedProviderError, InvalidRequestError, and with strict NotHonoredError.
    """
    model = catalog.named(fields.model)
    options, unused = routed(fields.provider, model)
    given = {name: getattr(fields, name) for name in SETTINGS} | (fields.model_extra or {})
    settings, ignored = settings_of(options | given, fields, model)
    request = ImageRequest(
        model=fields.model,
        prompt=fields.prompt,
        operation=Operation.GENERATE if image is None else Operation.EDIT,
        n=fields.n or 1,
        seed=fields.seed,
        input_image=image,
        strict=strict or bool(fields.strict),
    )
    request = configured(request, fields, pixels_of(fields), settings, model)
    return Prepared(request, refuse_ignored([*ignored, *unused], strict=request.strict))


def pixels_of(fields: OpenRouterFields) -> tuple[int, int] | None:
    """Return width and height; None where nothing says them. Raises InvalidRequestError where a size contradicts the
    resolution or the aspect ratio."""
    resolution = fields.resolution
    if fields.size in SIDES:
        if resolution not in (None, fields.size):
            raise _contradiction(fields, "resolution")
        resolution = fields.size
    size = None if fields.size in SIDES else size_of(fields.size)
    if size is None:
        return size_of_ratio(fields.aspect_ratio, resolution, "")
    if resolution is not None and max(size) != SIDES[resolution]:
        raise _contradiction(fields, "resolution")
    if fields.aspect_ratio is not None:
        wide, _, high = fields.aspect_ratio.partition(":")
        if not math.isclose(size[0] / size[1], int(wide) / int(high), rel_tol=CLOSE):
            raise _contradiction(fields, "aspect_ratio")
    return size


def _contradiction(fields: OpenRouterFields, other: str) -> InvalidRequestError:
    problem = f"size {fields.size} contradicts {other} {getattr(fields, other)}"
    return InvalidRequestError(problem, "send one of them", "size")
