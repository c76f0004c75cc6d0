"""What an image shows, as records: the background and the things found."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.prompt import plural_of

Box = tuple[int, int, int, int]
SOMETHING = "something else"
"""The reading of a shape that none of the known ones fits."""

_FEW = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing found in an image.

    ``shape`` is one of the drawable shapes or things of the sky; ``color`` its color name (None for things of
    the sky). ``box`` is x, y, width, height in pixels of the image. ``score`` (0..1) is how well the shape
    fits. ``shapes`` and ``colors`` hold every reading that cannot be ruled out, the likeliest first: one entry each
    when the thing is clear. ``size`` is small, medium or large; ``within`` the index in ``View.things`` of the thing it
    lies in, or None.
    """

    shape: str
    color: str | None
    box: Box
    score: float
    shapes: tuple[str, ...]
    colors: tuple[str, ...]
    size: str
    within: int | None = None

    @property
    def clear(self) -> bool:
        """Whether shape and color are beyond doubt."""
        return len(self.shapes) == 1 and len(self.colors) <= 1

    @property
    def center(self) -> tuple[float, float]:
        """Center of the box, in pixels."""
        return self.box[0] + self.box[2] / 2, self.box[1] + self.box[3] / 2

    def words(self) -> str:
        """Return the thing in words, such as ``red circle`` or ``blue square or diamond?``."""
        shape = " or ".join(self.shapes) if len(self.shapes) <= _FEW else SOMETHING
        color = " or ".join(self.colors) if len(self.colors) <= _FEW else ""
        return f"{color} {shape}".strip() + ("" if self.clear else "?")


@dataclass(frozen=True, slots=True)
class Ground:
    """The background: ``kind`` is ``plain``, ``hills``, ``sea`` or ``unclear``.

    ``color`` names a plain one, ``time`` (day, sunset, night) a scenic one; None when not known. ``cover`` is
    the share (0..1) of the image's border that the model of the background explains; ``sure`` is false when
    ``kind``, ``color`` or ``time`` is a guess. ``distance`` (ΔE 76) is how far it is from the nearest background that
    the embedded painter generates.
    """

    kind: str
    color: str | None
    time: str | None
    cover: float
    sure: bool = True
    distance: float = 0.0

    def words(self) -> str:
        """Return the background in words, such as ``plain white`` or ``hills at sunset``."""
        if self.kind == "plain":
            words = f"plain {self.color or 'ground'}"
        elif self.kind == "unclear":
            return "a background that is not plain"
        else:
            words = self.kind + {"day": " by day", "sunset": " at sunset", "night": " at night"}.get(
                self.time or "", ""
            )
        return words + ("" if self.sure else " (unsure)")


@dataclass(frozen=True, slots=True)
class View:
    """What an image of ``width`` × ``height`` pixels shows: its background and the things on it.

    ``doubts`` are reasons why the whole reading cannot be trusted (a busy background, too many fragments);
    when there is one, no check is answered with pass or fail. ``error`` is the share (0..1) of the image that the
    background and the things, painted as they were read, do not explain.
    """

    width: int
    height: int
    ground: Ground
    things: tuple[Seen, ...] = ()
    doubts: tuple[str, ...] = field(default=())
    error: float = 0.0

    def words(self) -> str:
        """Return the whole view in words, such as ``1 red circle, 2 blue squares on plain white``."""
        counts = Counter(thing.words() for thing in self.things)
        parts = [_plural(words, n) for words, n in counts.items()]
        return f"{', '.join(parts) or 'nothing'} on {self.ground.words()}"

    def summary(self) -> dict[str, Any]:
        """Return the view as plain data that JSON can hold."""
        return {
            "size": [self.width, self.height],
            "words": self.words(),
            "background": {
                "kind": self.ground.kind,
                "color": self.ground.color,
                "time": self.ground.time,
                "sure": self.ground.sure,
            },
            "things": [
                {
                    "shape": thing.shape,
                    "color": thing.color,
                    "box": list(thing.box),
                    "size": thing.size,
                    "score": round(thing.score, 3),
                    "clear": thing.clear,
                    "within": thing.within,
                }
                for thing in self.things
            ],
            "doubts": list(self.doubts),
            "error": round(self.error, 4),
        }


def _plural(words: str, count: int) -> str:
    """Return ``1 red circle`` or ``2 red circles``; a group of stars is not counted."""
    if words == "stars":
        return words
    if words in ("sun", "moon") and count == 1:
        return f"a {words}"
    if count == 1 or words.endswith("?"):
        return f"{count} {words}"
    return f"{count} {plural_of(words)}"
