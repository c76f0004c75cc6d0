"""The body of an edit: a form with files, or JSON with the addresses of images. Names of files are not used."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from harness.gateway.errors import ContentTypeError, InvalidRequestError, SeveralImagesError
from harness.gateway.masks import white_mask
from harness.gateway.rest.image_fields import EditFields
from harness.gateway.rest.image_urls import fetched
from harness.gateway.rest.settings import NATIVE
from harness.gateway.service import Service, in_thread
from harness.records import InputImage

IMAGES = ("image", "image[]")
"""The fields of input images; clients use the second for several, some for one."""
MASKS = ("mask", "mask_image")
VALUES = frozenset(
    {"n", "output_compression", "stream", "partial_images", "seed", "steps", "guidance", "strength", "strict", *NATIVE}
)
"""Fields that are numbers or booleans: in a form they are texts."""
MOST_FILES = 20


class ImageAddress(BaseModel):
    """An image by its address."""

    image_url: str = Field(min_length=1)
    """A data: URL with base64, or an https: URL on the open internet."""


class EditJson(EditFields):
    """An edit as JSON."""

    images: list[ImageAddress] = Field(min_length=1, max_length=16)
    """One is taken: several are refused."""
    mask: ImageAddress | None = None


class EditForm(EditFields):
    """An edit as a form, as its schema is published."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"anyOf": [{"required": [name]} for name in IMAGES]})

    image: bytes | None = None
    image_list: list[bytes] | None = Field(None, alias="image[]")
    mask: bytes | None = None
    mask_image: bytes | None = None


T = TypeVar("T", bound=BaseModel)


def body_schema() -> dict[str, Any]:
    """Return the ``requestBody`` of an edit for OpenAPI."""
    kinds: dict[str, type[BaseModel]] = {"multipart/form-data": EditForm, "application/json": EditJson}
    return {"required": True, "content": {media: {"schema": _whole_schema(kind)} for media, kind in kinds.items()}}


def _whole_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a model with its definitions in place: OpenAPI resolves references from its own root."""
    schema = kind.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(one) for one in part]
        if not isinstance(part, dict):
            return part
        name = str(part.get("$ref", "")).rpartition("/")[2]
        return resolved(definitions[name]) if name else {key: resolved(value) for key, value in part.items()}

    return dict(resolved(schema))


Edit = tuple[EditFields, InputImage, InputImage | None]
"""The fields of an edit, its image and its mask, both stored."""


async def edit_of(request: Request, service: Service) -> Edit:
    """Return the edit that a request holds.

    Raises RequestValidationError, InvalidRequestError, SeveralImagesError, ContentTypeError.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=MOST_FILES, max_fields=200) as form:
            return await _of_form(form, service)
    if kind == "application/json":
        return await _of_json(_decoded(await request.body()), service)
    raise ContentTypeError(f"the body is {kind[:60] or 'of no media type'}", "send multipart/form-data or JSON")


async def _of_form(form: FormData, service: Service) -> Edit:
    texts: dict[str, Any] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(name, []).append(value)
        elif name in texts:
            raise InvalidRequestError(f"{name[:60]} is given twice", "send it once", name[:60])
        else:
            texts[name] = _value(value) if name in VALUES else value
    for name in (*IMAGES, *MASKS):
        if name in texts:
            raise InvalidRequestError(f"{name} is no file", "send the image as a file of the form", name)
    # a file of another name changes nothing, and is reported
    fields = _validated(EditFields, texts | {name: True for name in files if name not in (*IMAGES, *MASKS)})
    images = [file for name in IMAGES for file in files.get(name, ())]
    masks = [file for name in MASKS for file in files.get(name, ())]
    _check_number(len(images), len(masks))
    image = await in_thread(service.inputs.store, await images[0].read(), "image")
    mask = await _mask(service, await masks[0].read()) if masks else None
    return fields, image, mask


async def _of_json(document: Any, service: Service) -> Edit:
    fields = _validated(EditJson, document)
    _check_number(len(fields.images), 0 if fields.mask is None else 1)
    data = await fetched(fields.images[0].image_url, "images.0.image_url")
    image = await in_thread(service.inputs.store, data, "images.0.image_url")
    mask = None
    if fields.mask is not None:
        mask = await _mask(service, await fetched(fields.mask.image_url, "mask.image_url"))
    return fields, image, mask


async def _mask(service: Service, data: bytes) -> InputImage:
    return await in_thread(service.inputs.store, await in_thread(white_mask, data, "mask"), "mask")


def _check_number(images: int, masks: int) -> None:
    if images == 0:
        raise InvalidRequestError("an edit needs an image", "send it as the file `image`", "image")
    if images > 1:
        raise SeveralImagesError(f"{images} images were sent", "send one: a provider takes one image", "image")
    if masks > 1:
        raise SeveralImagesError(f"{masks} masks were sent", "send one", "mask")


def _validated(kind: type[T], document: Any) -> T:
    try:
        return kind.model_validate(document)
    except ValidationError as fault:
        errors: Sequence[Mapping[str, Any]] = fault.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors]) from fault


def _value(text: str) -> Any:
    """Return the number or boolean that a text of a form stands for; the text where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise InvalidRequestError("the body is not JSON", "send one JSON object") from fault
