"""Ids of responses and of their output: they are made of the job's, and so hold as long as it does."""

import re

from harness.gateway.errors import JobNotFoundError
from harness.gateway.records import Job, ServedImage
from harness.gateway.service import Service

API = "openai.responses"
"""The caller's API of a job that is a response."""
_RESPONSE = re.compile(r"resp_([0-9a-f]{32})")
_IMAGE = re.compile(r"ig_([0-9a-f]{32})_([0-9]{1,3})")


def response_id(job: Job) -> str:
    """Return the id of the response of a job."""
    return f"resp_{_hex(job)}"


def image_id(job: Job, image: ServedImage) -> str:
    """Return the id of the output item of an image."""
    return f"ig_{_hex(job)}_{image.index}"


def message_id(job: Job, image: ServedImage) -> str:
    """Return the id of the output item of an answer."""
    return f"msg_{_hex(job)}_{image.index}"


async def job_of(service: Service, text: str, key: str) -> Job:
    """Return the job of a response of an API key. Raises JobNotFoundError."""
    found = _RESPONSE.fullmatch(text)
    return await _job(service, found[1] if found else "", text, key)


async def image_of_item(service: Service, text: str, key: str) -> ServedImage:
    """Return the image of an output item. Raises JobNotFoundError."""
    found = _IMAGE.fullmatch(text)
    job = await _job(service, found[1] if found else "", text, key)
    images = [image for image in job.done if found and image.index == int(found[2]) and image.file is not None]
    if not images:
        raise _missing(text)
    return images[0]


async def _job(service: Service, digits: str, text: str, key: str) -> Job:
    try:
        job = await service.job(f"job_{digits}", key=key)
    except JobNotFoundError:
        raise _missing(text) from None
    if job.caller.api != API:
        raise _missing(text)
    return job


def _missing(text: str) -> JobNotFoundError:
    return JobNotFoundError(f"there is no '{text[:80]}'", "it may be older than the gateway retains jobs")


def _hex(job: Job) -> str:
    return job.id.removeprefix("job_")
