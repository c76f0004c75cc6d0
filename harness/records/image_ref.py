"""An image as a run or a baseline keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A stored image and what identifies it.

    ``file`` is relative to the folder of the run or baseline, with ``/``. ``file_digest`` is SHA-256 of the
    bytes as received, ``pixel_digest`` SHA-256 over mode, size and canonical pixels (equal for equal images
    however they were encoded). ``hashes`` maps ``phash dhash whash colorhash`` to ImageHash's own hex; one that
    could not be computed is left out.
    """

    file: str
    file_digest: str
    pixel_digest: str
    width: int
    height: int
    format: str
    hashes: Mapping[str, str] = field(default_factory=dict)
