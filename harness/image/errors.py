"""Faults of reading an image. Every one says what the bytes are and where they came from."""

from dataclasses import dataclass, field

from harness.errors import HarnessError, excerpt


@dataclass(eq=False, repr=False)
class ImageError(HarnessError):
    """Base: these bytes give no image. ``where`` names the file or source, or is empty."""

    where: str = field(default="", kw_only=True)

    def problem(self) -> str:
        """Return what is wrong, without the place."""
        return "no image"

    def __str__(self) -> str:
        return f"{self.where}: {self.problem()}" if self.where else self.problem()


@dataclass(eq=False, repr=False)
class NotAnImageError(ImageError):
    """The bytes are something else; ``looks_like`` says what ("an HTML page", "an empty body", "an SVG image")."""

    looks_like: str
    hint = "have the source send PNG, JPEG or WebP; an error page instead of an image is often a wrong URL or key"

    def problem(self) -> str:
        return f"not an image that can be read (PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF): it looks like {self.looks_like}"


@dataclass(eq=False, repr=False)
class DecoderMissingError(ImageError):
    """An image of a ``format`` that needs a ``package`` which is not installed."""

    format: str
    package: str

    def problem(self) -> str:
        return f"{self.format.upper()} images need {self.package}"

    @property
    def hint(self) -> str:
        return f"python -m pip install '{self.package}'"


class LfsPointerError(ImageError):
    """The file is a Git LFS pointer: the image itself was not fetched."""

    hint = "fetch the images: git lfs pull"

    def problem(self) -> str:
        return "a Git LFS pointer, not the image itself (git lfs pull fetches it)"


@dataclass(eq=False, repr=False)
class ImageTooLargeError(ImageError):
    """A limit was met: ``limit`` is its name (``bytes``, ``pixels``, ``scans``), ``allowed`` and ``found`` numbers."""

    limit: str
    found: int
    allowed: int
    detail: str = field(default="", kw_only=True)
    hint = "ask for a smaller image, or save it again with another program"

    def problem(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"the image has {self.found:,} {self.limit}{detail}; the limit '{self.limit}' is {self.allowed:,}"


@dataclass(eq=False, repr=False)
class AnimatedImageError(ImageError):
    """More frames than the limit ``frames`` allows."""

    format: str
    frames: int
    allowed: int = 1
    hint = "save one frame as a still image"

    def problem(self) -> str:
        animated = f"an animated {self.format.upper()} of {self.frames} frames"
        what = f"a TIFF of {self.frames} pages" if self.format == "tiff" else animated
        return f"{what}; the limit 'frames' is {self.allowed}"


@dataclass(eq=False, repr=False)
class TruncatedImageError(ImageError):
    """The file ends too early. ``format`` is png, jpeg …; ``size`` the bytes that are there."""

    format: str
    size: int
    hint = "get the file again: it was not received or written to its end"

    def problem(self) -> str:
        return f"a {self.format.upper()} image that is cut off after {self.size:,} bytes"


@dataclass(eq=False, repr=False)
class CorruptImageError(ImageError):
    """The file is complete and starts like an image, but its content cannot be decoded; ``detail`` says why."""

    format: str
    detail: str
    hint = "get the file again, or save it again with another program"

    def problem(self) -> str:
        return f"a damaged {self.format.upper()} image: {self.detail}"


@dataclass(eq=False, repr=False)
class DecodingTimeoutError(ImageError):
    """Decoding took longer than the ``seconds`` it had."""

    seconds: float
    hint = "raise `timeout:` in the suite, or --timeout; an image that takes so long to decode may be made to do so"

    def problem(self) -> str:
        return f"not decoded within {self.seconds:.3g} s"


@dataclass(eq=False, repr=False)
class UnreadableFileError(ImageError):
    """The file cannot be opened; ``detail`` is the system's own reason."""

    path: str
    detail: str
    hint = "check the path and its permissions"

    def __post_init__(self) -> None:
        self.where = self.path

    def problem(self) -> str:
        return f"cannot be read: {self.detail}"


@dataclass(eq=False, repr=False)
class UnsupportedPixelsError(ImageError):
    """An array that is not an image: ``detail`` says what it is."""

    detail: str
    hint: str = field(
        default="give uint8 levels from 0 to 255 or floats from 0 to 1 (x / 2 + 0.5 of floats from -1 to 1), "
        "height × width, × 3 or × 4",
        kw_only=True,
    )

    def problem(self) -> str:
        return f"not the pixels of an image: {self.detail}"


def message_of(error: BaseException) -> str:
    """Return the message of an error on one line, or its type where it has none."""
    return excerpt(str(error), 200) or type(error).__name__
