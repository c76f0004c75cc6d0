"""What a gateway is asked for, and its jobs as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records import InputImage
from harness.vocabulary import ImageFormat, ImageState, JobEventKind, JobState, Operation, Quality, Source


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One request in the gateway's own terms, whichever API it came over."""

    model: str
    """As named by the client: a model of the catalog or an alias."""
    prompt: str
    """What the images are to show; of ``ask`` the question."""
    operation: Operation = Operation.GENERATE
    """What is done."""
    n: int = 1
    """How many images."""
    seed: int | None = None
    """Of the first image; image ``i`` has ``seed + i``. None: the provider chooses."""
    size: tuple[int, int] | None = None
    """Width and height in pixels; None: the default."""
    negative_prompt: str = ""
    """What the images are not to show."""
    quality: Quality | None = None
    """None: the provider's default."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further settings of the provider (style, background, steps, guidance …), plain JSON values."""
    input_image: InputImage | None = None
    """What guides the generation, or what is asked about; its path is below the gateway's data folder."""
    mask: InputImage | None = None
    """White is generated again."""
    strength: float | None = None
    """How far the image may depart from the input image, 0 to 1."""
    output_format: ImageFormat | None = None
    """The file format of the answer; None: as the provider sends it."""
    output_compression: int | None = None
    """Quality of jpeg and webp, 0 to 100."""
    strict: bool = False
    """Refuse what the provider does not honor, in place of reporting it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request and how it is to be treated."""

    key: str = ""
    """The name of the API key; empty where none is needed."""
    request_id: str = ""
    """Of the HTTP request or RPC, for logs."""
    api: str = ""
    """Which API it came over, such as ``openai.images``."""
    idempotency_key: str | None = None
    """The same key with the same request is the same job."""
    deadline: float | None = None
    """Seconds from now after which it is not begun any more, and ended; None: the gateway's default."""
    webhook: str | None = None
    """Where the end of the job is reported."""
    fault: str | None = None
    """The fault on demand that is asked for: a FaultKind."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What the API needs to answer in its own terms, plain JSON values."""


@dataclass(frozen=True, slots=True)
class ServedImage:
    """One image of a job, or one answer."""

    index: int
    """From 0."""
    state: ImageState = ImageState.PENDING
    """Where it is."""
    seed: int | None = None
    """What it is generated from; None: the provider chose."""
    run: str = ""
    """The run that it is recorded in; empty before it is begun."""
    case: str = ""
    """Its case in that run."""
    variant: str = ""
    """Its variant in that run."""
    file: str | None = None
    """Relative to the folder of the run."""
    digest: str | None = None
    """SHA-256 of that file."""
    format: str | None = None
    """Of that file: ``png``, ``jpeg`` …"""
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    answer: str | None = None
    """Of an ``ask``."""
    source: Source | None = None
    """Where it came from."""
    seconds: float | None = None
    """The generation alone."""
    cost: float | None = None
    """US dollars; None: unknown."""
    not_honored: tuple[str, ...] = ()
    """What was asked for and left out."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """What the provider reports: versions, interpretation, served model …"""
    notes: tuple[str, ...] = ()
    """What was changed so that it could be recorded."""
    error: "JobError | None" = None
    """Why there is no image."""


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job or an image of it ended without what was asked for."""

    code: str
    """Stable: that of the error class."""
    message: str
    """One line."""
    hint: str = ""
    """What to do about it."""
    possibly_billed: bool = False
    """A paid call was sent and not answered: it is not sent again."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request and how far it is. Times are seconds since the epoch (UTC)."""

    id: str
    """``job_`` and 32 hexadecimal digits."""
    state: JobState
    """Where it is."""
    request: ImageRequest
    """What is to be done."""
    caller: Caller
    """For whom."""
    created: float
    """When it was accepted."""
    started: float | None = None
    """When a worker took it first."""
    finished: float | None = None
    """When it became final."""
    expires: float | None = None
    """When it is ended, if it is not by then."""
    attempts: int = 0
    """How often a worker took it."""
    cancel_requested: bool = False
    """Whether its cancellation was asked for."""
    error: JobError | None = None
    """Why it failed."""
    images: tuple[ServedImage, ...] = ()
    """By index."""
    fault: str | None = None
    """The fault that was made on demand."""

    @property
    def cost(self) -> float | None:
        """US dollars of its images; None when one is unknown."""
        costs = [image.cost for image in self.images if image.state == ImageState.DONE]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def done(self) -> tuple[ServedImage, ...]:
        """Its images that came."""
        return tuple(image for image in self.images if image.state == ImageState.DONE)

    @property
    def not_honored(self) -> tuple[str, ...]:
        """What was asked for and left out, of any of its images."""
        return tuple(sorted({name for image in self.images for name in image.not_honored}))


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job."""

    job: str
    """Its id."""
    number: int
    """Counts from 1 within the job; 0 for a partial image, which is not stored."""
    kind: JobEventKind
    """What."""
    at: float
    """Seconds since the epoch."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """``index`` of the image, ``step`` and ``steps`` of a partial one, ``code`` of a failure."""
    image: bytes | None = field(default=None, repr=False)
    """PNG of a partial image."""
