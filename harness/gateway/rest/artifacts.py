"""Images by the SHA-256 of their files."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from harness.gateway.encoding import encoded
from harness.gateway.rest.dependencies import AService
from harness.gateway.service import in_thread
from harness.vocabulary import ImageFormat

router = APIRouter(tags=["artifacts"])
IMMUTABLE = "private, max-age=31536000, immutable"
_IMAGE = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/v1/artifacts/{digest}",
    response_class=Response,
    responses={
        200: {"description": "The bytes.", "content": {f"image/{kind}": _IMAGE for kind in ImageFormat}},
        304: {"description": "The client has it."},
    },
)
async def artifact(
    service: AService,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    image_format: Annotated[ImageFormat | None, Query(alias="format")] = None,
    compression: Annotated[int | None, Query(ge=0, le=100)] = None,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """Return the bytes of an image that was served, as the provider sent them or in another format."""
    data, image = await service.by_digest(digest)
    data, media = await in_thread(encoded, data, image.format, image_format, compression)
    tag = f'"{digest}"' if image_format is None else f'"{digest}-{image_format}-{compression}"'
    headers = {"etag": tag, "cache-control": IMMUTABLE, "x-content-type-options": "nosniff"}
    if if_none_match is not None and tag in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media, headers=headers)
