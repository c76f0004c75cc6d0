"""Whether repeats are one image, a few images, or another one every time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.vocabulary import RepeatMode


@dataclass(frozen=True, slots=True)
class Modes:
    """What repeats of one recipe fall into.

    ``kind``: ``one`` (all the same), ``several`` (more than one image, and at least one came again) or
    ``continuous`` (no image came twice). ``shares``: of each mode, the most frequent first, summing to 1.
    ``labels``: for each repeat the index of its mode.
    """

    kind: RepeatMode
    shares: tuple[float, ...]
    labels: tuple[int, ...]


def modes_of(labels: Sequence[str]) -> Modes:
    """Return the modes of some repeats, distinguished by ``labels`` (digests of pixels). Raises ValueError for no
    repeats.

    Noise does not give every pixel of an image a second time, so an image that comes again is a mode. Two
    repeats that differ are called continuous: two cannot show a mode.
    """
    if not labels:
        raise ValueError("modes need at least one repeat")
    counts = Counter(labels).most_common()
    place = {label: index for index, (label, _) in enumerate(counts)}
    kind = RepeatMode.SEVERAL
    if len(counts) == 1:
        kind = RepeatMode.ONE
    elif counts[0][1] == 1:
        kind = RepeatMode.CONTINUOUS
    return Modes(kind, tuple(count / len(labels) for _, count in counts), tuple(place[label] for label in labels))
