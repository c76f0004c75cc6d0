"""A job as the gateway's own API shows it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from harness.gateway.records import ImageRequest, Job, JobError, ServedImage
from harness.gateway.rest.fields import Described
from harness.gateway.rest.reporting import not_honored
from harness.vocabulary import ImageFormat, ImageState, JobState, Operation, Quality, Source

METADATA = "metadata"
"""In the body of a caller: what the client stored with a job."""


class ErrorModel(Described, from_attributes=True):
    """Why there is no image."""

    code: str
    """Stable; docs/errors.md lists them."""
    message: str
    hint: str = ""
    possibly_billed: bool = False
    """A paid call was sent and not answered: it is not sent again."""


class ImageModel(Described):
    """One image of a job, or one answer."""

    index: int
    """From 0."""
    state: ImageState
    seed: int | None
    """What it is generated from; null: the provider chose."""
    url: str | None
    """Where its bytes are, relative to the gateway; null until it is done."""
    digest: str | None
    """SHA-256 of the file as the provider sent it."""
    format: str | None
    """Of that file."""
    width: int | None
    height: int | None
    answer: str | None
    """Of a question."""
    source: Source | None
    """Where it came from."""
    seconds: float | None
    """Of the generation alone."""
    cost: float | None
    """US dollars; null: unknown."""
    not_honored: list[str]
    run: str
    """The run that it is recorded in; empty before it is begun."""
    case: str
    variant: str
    environment: dict[str, Any]
    """What the provider reports: versions, interpretation, served model …"""
    error: ErrorModel | None


class RequestModel(Described):
    """What a job is to do."""

    model: str
    operation: Operation
    prompt: str
    n: int
    seed: int | None
    """Of the first image; image i has seed + i."""
    size: str | None
    """WIDTHxHEIGHT; null: the default."""
    negative_prompt: str
    quality: Quality | None
    settings: dict[str, Any]
    input_image: str | None
    """SHA-256 of the file."""
    mask: str | None
    """SHA-256 of the file."""
    strength: float | None
    output_format: ImageFormat | None
    output_compression: int | None
    strict: bool


class JobLinks(Described):
    """Where the parts of a job are, relative to the gateway."""

    job: str
    events: str
    cancel: str


class JobModel(Described):
    """A job: one request and how far it is. Times are in UTC."""

    id: str
    object: Literal["job"] = "job"
    state: JobState
    request: RequestModel
    api: str
    """Which API it came over."""
    created_at: datetime
    started_at: datetime | None
    """When a worker took it first."""
    finished_at: datetime | None
    """When it became final."""
    expires_at: datetime | None
    """When it is ended, if it is not final by then."""
    attempts: int
    """How often a worker took it."""
    cancel_requested: bool
    images: list[ImageModel]
    not_honored: list[str]
    """What was asked for and left out."""
    cost: float | None
    """US dollars of its images; null: unknown."""
    error: ErrorModel | None
    webhook: str | None
    metadata: dict[str, str]
    fault: str | None
    """The fault that was made on demand."""
    links: JobLinks

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the model of a job."""
        path = f"/v1/jobs/{job.id}"
        return cls(
            id=job.id,
            state=job.state,
            request=_request(job),
            api=job.caller.api,
            created_at=moment(job.created),
            started_at=_moment(job.started),
            finished_at=_moment(job.finished),
            expires_at=_moment(job.expires),
            attempts=job.attempts,
            cancel_requested=job.cancel_requested,
            images=[_image(path, image) for image in job.images],
            not_honored=not_honored(job),
            cost=job.cost,
            error=_error(job.error),
            webhook=job.caller.webhook,
            metadata=_metadata(job.caller.body),
            fault=job.fault,
            links=JobLinks(job=path, events=f"{path}/events", cancel=f"{path}/cancel"),
        )


class JobList(Described):
    """A page of jobs, the newest first."""

    object: Literal["list"] = "list"
    data: list[JobModel]
    has_more: bool
    next: str | None
    """The value of ``before`` for the next page."""


def moment(seconds: float) -> datetime:
    """Return seconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _error(error: JobError | None) -> ErrorModel | None:
    return None if error is None else ErrorModel.model_validate(error)


def _metadata(body: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in (body.get(METADATA) or {}).items() if isinstance(value, str)}


def _image(path: str, image: ServedImage) -> ImageModel:
    url = None if image.file is None else f"{path}/images/{image.index}"
    return ImageModel.model_validate(_same(ImageModel, image) | {"url": url, "error": _error(image.error)})


def _request(job: Job) -> RequestModel:
    request = job.request
    changed = {
        "size": None if request.size is None else "{}x{}".format(*request.size),
        "input_image": request.input_image and request.input_image.digest,
        "mask": request.mask and request.mask.digest,
    }
    return RequestModel.model_validate(_same(RequestModel, request) | changed)


def _same(model: type[BaseModel], record: ImageRequest | ServedImage) -> dict[str, Any]:
    """Return the fields of a model that a record has too, as the record has them."""
    return {name: getattr(record, name) for name in model.model_fields if hasattr(record, name)}
