"""Whether repeats are one image, a few images, or another one every time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.vocabulary import RepeatMode


@dataclass(frozen=True, slots=True)
class Modes:
    """What repeats of one recipe fall into.

    ``kind``: ``one`` (all the same), ``several`` (more than one image, and at least one came again) or
    ``continuous`` (no image came twice). ``counts``: of each mode, the most frequent first; ``labels``: its image.
    """

    kind: RepeatMode
    counts: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the repeats that each mode is, summing to 1."""
        return tuple(count / sum(self.counts) for count in self.counts)


def modes_of(labels: Sequence[str]) -> Modes:
    """Return the modes of some repeats, distinguished by ``labels`` (digests of pixels). Raises ValueError for no
    repeats.

    Noise does not give every pixel of an image a second time, so an image that comes again is a mode. Two
    repeats that differ are called continuous: two cannot show a mode.
    """
    if not labels:
        raise ValueError("modes need at least one repeat")
    names, counts = zip(*Counter(labels).most_common(), strict=True)
    several = RepeatMode.SEVERAL if counts[0] > 1 else RepeatMode.CONTINUOUS
    return Modes(RepeatMode.ONE if len(counts) == 1 else several, counts, names)
