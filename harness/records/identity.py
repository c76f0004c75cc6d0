"""What is generated and by whom: the address of a trial and the recipe of its image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any

from harness.records.codec import digest_of
from harness.records.types import Digest, Pixels


@dataclass(frozen=True, slots=True, order=True)
class TrialKey:
    """The address of a baseline. Nothing that ``--set`` changes is part of it."""

    suite: str
    """The suite's name."""
    case: str
    """The case's name."""
    variant: str = "base"
    """``base`` when the suite has no matrix, else ``key=value`` pairs sorted and joined by commas."""
    seed: int | None = None
    """None for a case that is not seeded (``drift: set``)."""

    def shared(self) -> "TrialKey":
        """Return an equal key for many that are kept: they hold each text once."""
        return TrialKey(intern(self.suite), intern(self.case), intern(self.variant), self.seed)

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"-s{self.seed}"
        return f"{self.suite}/{self.case}/{self.variant}{seed}"


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image that goes in."""

    path: str
    """As the suite resolved it."""
    digest: Digest
    """SHA-256 of the file's bytes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    prompt: str
    """What the image is to show."""
    negative_prompt: str = ""
    """What it is not to show."""
    seed: int | None = None
    """None: the provider chooses."""
    width: Pixels = 256
    """Pixels."""
    height: Pixels = 256
    """Pixels."""
    input_image: InputImage | None = None
    """Guides the generation."""
    mask: InputImage | None = None
    """Where of the input image may change."""
    strength: float | None = None
    """How far the image may depart from the input image, 0 to 1; None: as the provider does."""
    ask: str | None = None
    """The question of an ``ask`` case: an answer comes back instead of an image."""
    input_images: tuple[InputImage, ...] | None = None
    """More input images beside ``input_image``, in order."""

    @property
    def images(self) -> tuple[InputImage, ...]:
        """Every input image, in order."""
        return (*((self.input_image,) if self.input_image else ()), *(self.input_images or ()))


@dataclass(frozen=True, slots=True)
class Subject:
    """The provider and its settings: the thing under test."""

    provider: str
    """The name used in the suite."""
    kind: str
    """The adapter behind it."""
    model: str | None = None
    """The model, where there are several."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All that shapes the image (quality, style, steps, guidance, arithmetic …), as plain JSON values."""


@dataclass(frozen=True)
class Recipe:
    """Request + subject: all that should decide the image. Its digest is the key for dedup and cache."""

    request: Request
    """What is asked for."""
    subject: Subject
    """Of whom."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON. Input images count by their digest, not by their path."""
        request = {
            name: getattr(self.request, name)
            for name in ("prompt", "negative_prompt", "seed", "width", "height", "strength", "ask")
        }
        images: dict[str, Any] = {
            "input_image": self.request.input_image and self.request.input_image.digest,
            "mask": self.request.mask and self.request.mask.digest,
        }
        if self.request.input_images:
            images["input_images"] = [image.digest for image in self.request.input_images]
        return digest_of({"request": request | images, "subject": self.subject})
