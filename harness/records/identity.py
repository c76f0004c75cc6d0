"""What is generated and by whom: the address of a trial and the recipe of its image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.records.codec import digest_of


@dataclass(frozen=True, slots=True, order=True)
class TrialKey:
    """The address of a baseline. Nothing that ``--set`` changes is part of it.

    ``variant`` is ``base`` when the suite has no matrix, else ``key=value`` pairs sorted and joined by commas.
    ``seed`` is None for a case that is not seeded (``drift: set``).
    """

    suite: str
    case: str
    variant: str = "base"
    seed: int | None = None

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"-s{self.seed}"
        return f"{self.suite}/{self.case}/{self.variant}{seed}"


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image that goes in: ``path`` as the suite resolved it, ``digest`` SHA-256 of the file's bytes."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. ``width`` and ``height`` in pixels; ``image`` guides the generation, ``mask`` limits it.

    ``ask`` is the question of an ``ask`` case (an answer comes back instead of an image).
    """

    prompt: str
    negative_prompt: str = ""
    seed: int | None = None
    width: int = 256
    height: int = 256
    input_image: InputImage | None = None
    mask: InputImage | None = None
    strength: float | None = None
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The provider and its settings: the thing under test.

    ``provider`` is the name used in the suite, ``kind`` the adapter behind it, ``settings`` everything that
    shapes the image (quality, style, steps, guidance, arithmetic …) as plain JSON values.
    """

    provider: str
    kind: str
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """Request + subject: all that should decide the image. Its digest is the key for dedup and cache."""

    request: Request
    subject: Subject

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON. Input images count by their digest, not by where they lie."""
        request = {
            name: getattr(self.request, name)
            for name in ("prompt", "negative_prompt", "seed", "width", "height", "strength", "ask")
        }
        images = {
            "input_image": self.request.input_image and self.request.input_image.digest,
            "mask": self.request.mask and self.request.mask.digest,
        }
        return digest_of({"request": request | images, "subject": self.subject})
