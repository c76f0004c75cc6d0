"""An image as a run or a baseline keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.records.reason import Reason
from harness.records.types import Digest, Hex, Pixels, RelativeFile


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A stored image and what identifies it."""

    file: RelativeFile
    """Relative to the folder of the run, baseline or audit, with ``/``."""
    file_digest: Digest
    """SHA-256 of the bytes as received."""
    pixel_digest: Digest
    """SHA-256 over mode, size and canonical pixels: equal for equal images however they were encoded."""
    width: Pixels
    """Pixels."""
    height: Pixels
    """Pixels."""
    format: str
    """As the file begins: ``png``, ``jpeg``, ``webp`` …"""
    hashes: Mapping[str, Hex] = field(default_factory=dict)
    """ImageHash's own hex by ``phash dhash whash colorhash``; one that could not be computed is left out. With alpha
    they are those on white."""
    notes: tuple[Reason, ...] | None = None
    """What decoding changed or left out (a rotation, a color profile …); None where nothing."""
