"""The status page: jobs, the last images, webhooks."""

import io
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from harness.gateway.errors import JobNotFoundError
from harness.gateway.job_rows import OPEN
from harness.gateway.records import Job, ServedImage
from harness.gateway.rest.dependencies import ACaller, AGateway
from harness.gateway.rest.status_page import Shown, StatusPage
from harness.gateway.service import Service, in_thread
from harness.image import DEFAULT_LIMITS, ImageError, decode

router = APIRouter(include_in_schema=False)
JOBS = 50
IMAGES = 12
DELIVERIES = 20
THUMBNAIL = 192
"""Pixels of its longer side."""
_MADE: dict[str, bytes] = {}
"""The last thumbnails, by the digest of the image."""


@router.get("/")
@router.get("/status")
async def status(
    gateway: AGateway, caller: ACaller, refresh: Annotated[int | None, Query(ge=1, le=3600)] = None
) -> HTMLResponse:
    """Return the page, for the jobs of this API key; it loads itself again every ``refresh`` seconds."""
    service, key = gateway.service, caller.key
    jobs = await service.newest(JOBS, key=key)
    counts = await in_thread(gateway.store.states, OPEN)
    deliveries = await in_thread(gateway.deliveries.newest, DELIVERIES, key=key)
    images = [(job, image) for job in jobs for image in job.done if image.file is not None][:IMAGES]
    # one after the other: a decoded image can be large
    shown = [await _shown(service, job, image) for job, image in images]
    page = StatusPage(
        default=gateway.catalog.default,
        run="" if gateway.worker is None else gateway.worker.run,
        accepting=not gateway.service.stopping.is_set() and (gateway.worker is None or gateway.worker.fault is None),
        counts=counts,
        jobs=jobs,
        images=shown,
        deliveries=deliveries,
        refresh=refresh,
    )
    return HTMLResponse(page.html(), headers={**page.headers(), "Cache-Control": "no-store"})


async def _shown(service: Service, job: Job, image: ServedImage) -> Shown:
    try:
        data = await service.original(image)
        digest = str(image.digest)
        small = _MADE[digest] if digest in _MADE else await in_thread(_thumbnail, data)
        _MADE[digest] = small
        if len(_MADE) > 4 * IMAGES:
            del _MADE[next(iter(_MADE))]
        return Shown(job, image, small)
    except (JobNotFoundError, ImageError):
        return Shown(job, image, None)


def _thumbnail(data: bytes) -> bytes:
    """Return a small PNG of an image. Raises ImageError."""
    from PIL import Image

    small = Image.fromarray(decode(data, DEFAULT_LIMITS).pixels)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return buffer.getvalue()
