"""One exchange with a provider, as the cache and recordings keep it."""

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self

from harness.provider import Fault, Output
from harness.records import InputImage, Recipe
from harness.vocabulary import Source


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked, and the image or answer that came, or the fault. Raises ValueError for neither."""

    recipe: Recipe
    """Its input images have only the names of their files: a path says nothing on another machine."""
    generated: Output | None = None
    """Without the bytes of the image, which are stored beside it."""
    fault: Fault | None = None
    trial: str | None = None
    """Of a recording: the trial it was generated for."""
    attempt: str | None = None
    """Of a recording: the slug of the attempt."""
    recorded: str | None = None
    """Of a recording: when, an ISO 8601 UTC time."""
    version: str | None = None
    """Of a recording: the version that wrote it."""
    digest: str | None = None
    """Of a recording: the digest of the recipe with its paths."""

    def __post_init__(self) -> None:
        if (self.generated is None) == (self.fault is None):
            raise ValueError("holds neither what was generated nor a fault")

    @classmethod
    def of(cls, recipe: Recipe, came: Output | Fault) -> Self:
        """Return the exchange of a recipe."""
        if isinstance(came, Fault):
            return cls(portable(recipe), fault=came)
        return cls(portable(recipe), generated=replace(came, data=b""))

    def output(self, data: bytes | None, source: Source) -> Output:
        """Return what came, as it comes back now: no time, no money. What the service had taken from a cache of its own
        stays ``cache``. Raises ValueError for a fault."""
        if self.generated is None:
            raise ValueError("holds no image and no answer")
        source = source if self.generated.source is Source.GENERATED else Source.CACHE
        return replace(self.generated, data=data or b"", seconds=0.0, cost=0.0, source=source)


def portable(recipe: Recipe) -> Recipe:
    """Return a recipe whose input images are named by digest and file name, not by their path on this machine."""
    request = recipe.request
    return replace(
        recipe,
        request=replace(
            request,
            input_image=_named(request.input_image),
            input_images=request.input_images and tuple(filter(None, map(_named, request.input_images))),
            mask=_named(request.mask),
        ),
    )


def _named(image: InputImage | None) -> InputImage | None:
    return None if image is None else replace(image, path=PurePath(image.path).name)
