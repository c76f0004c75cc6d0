"""What every viewer is: one small protocol, and the records that pass through it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from harness.errors import HarnessError
from harness.records import Check, Finding, Gate, Subject, digest_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class ViewedImage:
    """An image that is viewed: ``pixels`` are height × width × 3 or 4 (alpha), uint8.

    ``digest`` is that of its pixels, ``prompt`` what it was generated of. What a viewer makes of the whole image is
    made once for all checks, by :meth:`once`. ``load_accepted`` reads the nearest accepted image.
    """

    pixels: "NDArray[np.uint8]"
    digest: str = ""
    prompt: str = ""
    load_accepted: "Callable[[], ViewedImage | None]" = field(default=lambda: None, repr=False)
    _made: dict[str, Any] = field(default_factory=dict, repr=False)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if not self.digest:
            from harness.image import pixel_digest

            self.digest = pixel_digest(self.pixels)

    @property
    def accepted(self) -> "ViewedImage | None":
        """The nearest accepted image, read once; None where no image is accepted. Raises ViewerError for one that
        cannot be read."""
        return self.once("the accepted image", lambda _: self.load_accepted())

    def once(self, viewer: str, make: "Callable[[NDArray[np.uint8]], T]") -> T:
        """Return what ``make`` makes of the pixels for the viewer of this name; made at the first call."""
        with self._making:
            if viewer not in self._made:
                self._made[viewer] = make(self.pixels)
            made: T = self._made[viewer]
        return made


@runtime_checkable
class Viewer(Protocol):
    """What answers checks of an image. Which kinds of checks it answers, its :class:`ViewerKind` declares."""

    name: str
    kind: str

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What its answers depend on: model, version, template, size sent; plain JSON values."""

    def answer(self, image: ViewedImage, check: Check) -> Finding:
        """Return the finding of one check, which the grammar of its kind has parsed.

        It fails only what is seen to be otherwise; what cannot be decided is ``inconclusive``.
        """

    def close(self) -> None:
        """Release what was opened."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call of a viewer that asks a model: its text, the answers allowed, in the order sent, and which vote it is
    (0, 1 …)."""

    text: str
    options: tuple[str, ...]
    vote: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered to a question: ``text`` as it came; ``served`` names what answered, and the size of the
    image that was sent; ``cost`` in US dollars, None when unknown."""

    text: str
    served: Mapping[str, Any] = field(default_factory=dict)
    cost: float | None = None


@dataclass(eq=False, repr=False)
class ViewerError(HarnessError):
    """A call of a viewer that brought no answer: ``problem`` says why; ``refused``: the model will not answer;
    ``possibly_billed``: it may have cost money all the same."""

    viewer: str
    problem: str
    hint: str = ""
    _: KW_ONLY
    refused: bool = False
    possibly_billed: bool = False

    def __str__(self) -> str:
        return self.problem


@runtime_checkable
class ComparingViewer(Viewer, Protocol):
    """A viewer that says how far two images are from each other: the metric ``embedding``."""

    @property
    def judge(self) -> str:
        """The digest of what its distances depend on."""

    def distance(self, a: ViewedImage, b: ViewedImage) -> float:
        """Return 1 − the cosine of the vectors of two images, from 0 (alike) to 2. Raises ViewerError where one of them
        has none."""

    def vector(self, image: ViewedImage) -> "NDArray[np.float32]":
        """Return the vector of an image, of length 1. Raises ViewerError."""


@runtime_checkable
class AskingViewer(Viewer, Protocol):
    """A viewer that asks a model, by calls which may cost money.

    :meth:`Viewer.answer` asks without a budget; a run makes the calls itself, so that each passes the gate, is taken
    from a cache or a recording, and is counted.
    """

    @property
    def price(self) -> float | None:
        """US dollars for the answer to one question, None when unknown."""

    @property
    def model(self) -> str:
        """The model as requested."""

    def ready(self) -> None:
        """Look for what a call needs (a key). Raises HarnessError."""

    def questions(self, check: Check) -> Sequence[Question]:
        """Return the questions of a check, one for each vote."""

    def ask(self, image: ViewedImage, question: Question, gate: Gate | None = None) -> Reply:
        """Ask one question; ``gate`` is passed before each call. Raises ViewerError and MissingKeyError."""

    def finding(self, check: Check, replies: Sequence[Reply | ViewerError]) -> Finding:
        """Return the finding of a check from the replies to its questions, in their order."""

    def is_valid(self, question: Question, reply: Reply) -> bool:
        """Return whether a reply holds one of the answers allowed; another is never cached."""


def judge_digest(viewer: Viewer, served: object = None) -> str:
    """Return the digest of what the answers of a viewer depend on; ``served`` names the models that answered."""
    return digest_of({"kind": viewer.kind, "recipe": dict(viewer.recipe), **({"served": served} if served else {})})


def subject_of_viewer(viewer: AskingViewer) -> Subject:
    """Return a viewer as the subject of a recipe, for caches and recordings of its answers."""
    return Subject(viewer.name, viewer.kind, viewer.model, {"judge": dict(viewer.recipe)})
