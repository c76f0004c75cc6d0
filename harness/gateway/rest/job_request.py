"""What the gateway's own API takes: any request, in the gateway's own terms."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from harness.gateway.records import ImageRequest
from harness.gateway.rest.fields import (
    Compression,
    Count,
    Described,
    Flag,
    NegativePrompt,
    Prompt,
    Seed,
    Size,
    Strength,
    Word,
)
from harness.gateway.rest.image_urls import input_image
from harness.gateway.rest.sizes import size_of
from harness.gateway.service import Service
from harness.vocabulary import ImageFormat, Operation, Quality

LONGEST_DEADLINE = 7 * 86400.0
"""Seconds."""
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]


class JobRequest(Described, extra="forbid"):
    """A job to be done. Without ``operation`` it is an edit where there is an input image, else a generation."""

    model: Word | None = None
    """A model of /v1/models; without it the default provider's."""
    prompt: Prompt
    """What the images are to show; of ``ask`` the question."""
    operation: Operation | None = None
    n: Count = 1
    """How many images."""
    seed: Seed | None = None
    """Of the first image; image i has seed + i. Without it that of `--seed`, else a random one."""
    size: Size | None = None
    """WIDTHxHEIGHT."""
    negative_prompt: NegativePrompt = ""
    quality: Quality | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    """Further settings of the provider: style, background, steps, guidance …"""
    input_image: str | None = None
    """A data: URL, or an https: URL on the open internet."""
    mask: str | None = None
    """White is generated again."""
    strength: Strength | None = None
    """How far the image may depart from the input image."""
    output_format: ImageFormat | None = None
    output_compression: Compression | None = None
    strict: Flag = False
    """Refuse what the provider does not honor, in place of reporting it."""
    deadline: Annotated[float, Field(gt=0, le=LONGEST_DEADLINE)] | None = None
    """Seconds from now after which it is ended."""
    webhook: str | None = None
    """Where the end of the job is reported."""
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=16)] = Field(default_factory=dict)
    """Stored with the job, and shown with it."""

    async def image_request(self, service: Service, *, strict: bool) -> ImageRequest:
        """Return the request in the gateway's terms, its images stored. Raises InvalidRequestError."""
        operation = self.operation
        if operation is None:
            operation = Operation.GENERATE if self.input_image is None else Operation.EDIT
        size = size_of(self.size)
        return ImageRequest(
            self.model or service.catalog.default,
            self.prompt,
            operation,
            self.n,
            self.seed,
            size,
            self.negative_prompt,
            self.quality,
            self.settings,
            None if self.input_image is None else await input_image(service, self.input_image, "input_image"),
            None if self.mask is None else await input_image(service, self.mask, "mask"),
            self.strength,
            self.output_format,
            self.output_compression,
            self.strict or strict,
        )
