"""Tokens as the APIs count them. There is no tokenizer: words of the text, and squares of pixels of the images."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.gateway.records import Job, ServedImage
from harness.vocabulary import Source

SQUARE = 32
"""Pixels of the side of what counts as one token of an image."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a job."""

    text_in: int
    """Words of the prompt, and of what the image is not to show."""
    image_in: int
    """One for each input image."""
    text_out: int
    """Words of the answers."""
    image_out: int
    """Squares of the images."""

    @property
    def tokens_in(self) -> int:
        """All of the input."""
        return self.text_in + self.image_in

    @property
    def tokens_out(self) -> int:
        """All of the output."""
        return self.text_out + self.image_out

    @property
    def total(self) -> int:
        """Input and output."""
        return self.tokens_in + self.tokens_out


def usage_of(job: Job) -> Usage:
    """Return the tokens of a job; none where all of it came from a cache or a recording, as OpenRouter does."""
    request = job.request
    if job.done and all(image.source != Source.GENERATED for image in job.done):
        return Usage(0, 0, 0, 0)
    return Usage(
        _words(request.prompt) + _words(request.negative_prompt),
        sum(image is not None for image in (request.input_image, request.mask)),
        sum(_words(image.answer or "") for image in job.done),
        _squares(job.done),
    )


def _words(text: str) -> int:
    return len(text.split())


def _squares(images: Sequence[ServedImage]) -> int:
    return sum(-(-(image.width or 0) // SQUARE) * -(-(image.height or 0) // SQUARE) for image in images)
