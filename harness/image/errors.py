"""Faults of reading an image. Every one says what the bytes are and where they came from."""

from harness.errors import HarnessError


class ImageError(HarnessError):
    """Base: these bytes give no image. ``where`` names the file or source, or is empty."""

    def __init__(self, *args: object, where: str = "") -> None:
        super().__init__(*args)
        self.where = where

    def problem(self) -> str:
        """What is wrong, without the place."""
        return "no image"

    def __str__(self) -> str:
        return f"{self.where}: {self.problem()}" if self.where else self.problem()


class NotAnImageError(ImageError):
    """The bytes are something else; ``looks_like`` says what ("an HTML page", "an empty body", "a GIF image")."""

    def __init__(self, looks_like: str, *, where: str = "") -> None:
        super().__init__(looks_like, where=where)
        self.looks_like = looks_like

    def problem(self) -> str:
        return f"not an image that can be read (PNG, JPEG or WebP): it looks like {self.looks_like}"

    @property
    def hint(self) -> str:
        return "have the source send PNG, JPEG or WebP; an error page instead of an image is often a wrong URL or key"


class ImageTooLargeError(ImageError):
    """A limit was met: ``limit`` is its name (``bytes`` | ``pixels``), ``allowed`` and ``found`` numbers."""

    def __init__(self, limit: str, found: int, allowed: int, *, detail: str = "", where: str = "") -> None:
        super().__init__(limit, found, allowed, where=where)
        self.limit = limit
        self.found = found
        self.allowed = allowed
        self.detail = detail

    def problem(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"the image has {self.found:,} {self.limit}{detail}; the limit '{self.limit}' is {self.allowed:,}"

    @property
    def hint(self) -> str:
        return f"ask for a smaller image, or raise the limit '{self.limit}'"


class AnimatedImageError(ImageError):
    """More frames than the limit ``frames`` allows."""

    def __init__(self, kind: str, frames: int, allowed: int = 1, *, where: str = "") -> None:
        super().__init__(kind, frames, where=where)
        self.format = kind
        self.frames = frames
        self.allowed = allowed

    def problem(self) -> str:
        return f"an animated {self.format.upper()} of {self.frames} frames; the limit 'frames' is {self.allowed}"

    @property
    def hint(self) -> str:
        return "save one frame as a still image"


class TruncatedImageError(ImageError):
    """The file ends too early. ``format`` is png, jpeg or webp; ``size`` the bytes that are there."""

    def __init__(self, kind: str, size: int, *, where: str = "") -> None:
        super().__init__(kind, size, where=where)
        self.format = kind
        self.size = size

    def problem(self) -> str:
        return f"a {self.format.upper()} image that is cut off after {self.size:,} bytes"

    @property
    def hint(self) -> str:
        return "get the file again: it was not received or written to its end"


class CorruptImageError(ImageError):
    """The file is complete and starts like an image, but its content cannot be decoded; ``detail`` says why."""

    def __init__(self, kind: str, detail: str, *, where: str = "") -> None:
        super().__init__(kind, detail, where=where)
        self.format = kind
        self.detail = detail

    def problem(self) -> str:
        return f"a damaged {self.format.upper()} image: {self.detail}"

    @property
    def hint(self) -> str:
        return "get the file again, or save it again with another program"


class UnreadableFileError(ImageError):
    """The file cannot be opened; ``detail`` is the system's own reason."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(path, detail, where=path)
        self.path = path
        self.detail = detail

    def problem(self) -> str:
        return f"cannot be read: {self.detail}"

    @property
    def hint(self) -> str:
        return "check the path and its permissions"


class UnsupportedPixelsError(ImageError):
    """An array that is not an image: ``detail`` says what it is."""

    def __init__(self, detail: str, *, where: str = "") -> None:
        super().__init__(detail, where=where)
        self.detail = detail

    def problem(self) -> str:
        return f"not the pixels of an image: {self.detail}"

    @property
    def hint(self) -> str:
        return (
            "give uint8 levels from 0 to 255, height × width, × 3 or × 4; harness.compare also takes floats from 0 to 1"
        )
