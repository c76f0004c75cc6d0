"""The limits that an image must keep, all but the time before any of its pixels is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an image may be.

    ``bytes`` of the encoded file; ``pixels`` = width × height as the header says; ``frames`` = 1 refuses animation
    (with more, the first frame of an animation is the image); ``scans`` of a JPEG: each goes over all pixels, and
    encoders write 10 or so. ``seconds`` that decoding may take, looked at between blocks of the file; None: any time.
    """

    bytes: int = 64 * 1024 * 1024
    pixels: int = 64 * 1024 * 1024
    frames: int = 1
    scans: int = 100
    seconds: float | None = None


DEFAULT_LIMITS = Limits()
"""64 MiB, 64 Mi pixels (8192 × 8192), one frame, 100 scans."""
