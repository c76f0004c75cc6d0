"""The limits that an image must keep before any of its pixels is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an image may be.

    ``bytes`` of the encoded file; ``pixels`` = width × height as the header says; ``frames`` = 1 refuses animation
    (with more, the first frame of an animation is the image).
    """

    bytes: int = 64 * 1024 * 1024
    pixels: int = 64 * 1024 * 1024
    frames: int = 1


DEFAULT_LIMITS = Limits()
"""64 MiB, 64 Mi pixels (8192 × 8192), one frame."""
