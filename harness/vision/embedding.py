"""``embedding``: an encoder of images (CLIP, SigLIP, DINO …), whose vectors say how near an image is to a text and to
another image. Vectors are float32 of length 1; nearness is the cosine of two."""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from harness.errors import FieldError, excerpt
from harness.records import Check, Finding
from harness.vision.embedding_grammar import EMBEDDING_GRAMMAR, SIMILAR, bound_of
from harness.vision.encoding import BACKENDS, Backend, Encoder
from harness.vision.grammar import as_written
from harness.vision.kinds import ViewerKind, ViewerOptions
from harness.vision.protocol import ViewedImage, ViewerError, judge_digest
from harness.vision.weights import Weights, local_weights
from harness.vocabulary import CheckOutcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = "1"
"""Changes whenever the same vectors may be judged otherwise."""
KEPT = 4096
"""Vectors that are kept: of the images and texts last encoded."""
_REVISION = re.compile(r"[0-9a-f]{40}")
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class EmbeddingOptions(ViewerOptions):
    """The options of an encoder of images."""

    model: Text
    """A folder of weights, an .onnx file, or the id of a model on the Hugging Face hub."""
    revision: Text | None = None
    """The commit of a hub id, 40 hexadecimal digits; what is named by a path has none."""
    backend: Literal["onnx", "transformers", "open_clip"]
    """The library that runs it."""

    @model_validator(mode="after")
    def _pinned(self) -> "EmbeddingOptions":
        if self.revision is not None and not _REVISION.fullmatch(self.revision):
            hint = "a branch or a tag can move: write the commit, as the hub's page of its history shows it"
            raise FieldError("`revision` is a commit of 40 hexadecimal digits", hint, ("revision",))
        if self.revision is not None and not _HUB_ID.fullmatch(self.model):
            raise FieldError("`revision` is for a hub id, `model` is a path", "leave out `revision`", ("revision",))
        if self.revision is None and not Path(self.model).expanduser().exists():
            hint = "name a folder of weights; a hub id needs `revision:`, a commit of 40 hexadecimal digits"
            raise FieldError(f"there is no file or folder {self.model}", hint, ("model",))
        return self

    @classmethod
    def located(cls, given: Mapping[str, Any], root: Path) -> Mapping[str, Any]:
        model = given.get("model")
        if given.get("revision") is not None or not isinstance(model, str) or not model.strip():
            return given
        return {**given, "model": str(root / Path(model).expanduser())}

    @property
    def library(self) -> Backend:
        """What runs the model."""
        return BACKENDS[self.backend]

    @property
    def requires(self) -> tuple[tuple[str, ...], str]:
        return self.library.packages, self.library.extra


class EmbeddingViewer:
    """An encoder as a viewer; may be used from several threads. Each image and text is encoded once."""

    kind = "embedding"

    def __init__(self, name: str, options: EmbeddingOptions) -> None:
        self.name = name
        self.options = options
        self._encoder: Encoder | None = None
        self._judge = ""
        self._opening = threading.Lock()
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._cut: set[str] = set()
        self._keeping = threading.Lock()

    @property
    def recipe(self) -> Mapping[str, Any]:
        """The digest of the weights, library and versions, preprocessing. Raises EncoderWeightsError."""
        return {"version": VERSION, "backend": self.options.backend, **self.opened().facts}

    @property
    def judge(self) -> str:
        """The digest of what its vectors depend on."""
        if not self._judge:
            self._judge = judge_digest(self)
        return self._judge

    def answer(self, image: ViewedImage, check: Check) -> Finding:
        """Return the finding of a check: whether a cosine is at least its bound. Raises ViewerError where no vector
        could be made."""
        written, (text, least) = as_written(check.args), bound_of(check)
        evidence: dict[str, Any] = {}
        if check.kind == SIMILAR:
            if image.accepted is None:
                seen = "no image is accepted yet, so there is nothing to compare with"
                return Finding(written, CheckOutcome.INCONCLUSIVE, seen, judge=self.judge)
            cosine = _cosine(self.vector(image), self.vector(image.accepted))
        else:
            text = image.prompt if text is None else text
            if not self.opened().reads_text:
                return Finding(written, CheckOutcome.UNSUPPORTED, "this model encodes no text", judge=self.judge)
            if not text.strip():
                return Finding(written, CheckOutcome.INCONCLUSIVE, "there is no text to compare with", judge=self.judge)
            cosine = _cosine(self.vector(image), self._text(text, evidence))
        evidence = {"cosine": round(cosine, 6), "at_least": least, **evidence}
        outcome = CheckOutcome.PASS if cosine >= least else CheckOutcome.FAIL
        return Finding(written, outcome, f"cosine {cosine:.4f}", judge=self.judge, evidence=evidence)

    def vector(self, image: ViewedImage) -> "NDArray[np.float32]":
        """Return the vector of an image, of length 1. Raises ViewerError where the model gives none, and
        EncoderWeightsError."""
        encoder = self.opened()
        return self._kept(image.digest, lambda: encoder.image(image.pixels))

    def distance(self, a: ViewedImage, b: ViewedImage) -> float:
        """Return 1 − the cosine of two images, from 0 to 2. Raises as :meth:`vector`."""
        return 1 - _cosine(self.vector(a), self.vector(b))

    def _text(self, text: str, evidence: dict[str, Any]) -> "NDArray[np.float32]":
        """Return the vector of a text; ``evidence`` takes whether its end was left out."""
        encoder = self.opened()

        def encoded() -> "NDArray[np.float32]":
            found = encoder.text(text)
            if found.cut:
                self._cut.add(text)
            return found.vector

        vector = self._kept(f"text {text}", encoded)
        if text in self._cut:
            evidence["text"] = "longer than the encoder takes: its end was left out"
        return vector

    def _kept(self, key: str, make: "Callable[[], NDArray[np.float32]]") -> "NDArray[np.float32]":
        with self._keeping:
            if key in self._vectors:
                self._vectors.move_to_end(key)
                return self._vectors[key]
        try:
            vector = _normalized(self.name, make())
        except (ViewerError, ImportError):
            raise
        except Exception as error:  # a library refuses an input by an exception of its own
            raise ViewerError(self.name, f"no vector: {excerpt(f'{type(error).__name__}: {error}', 200)}") from None
        with self._keeping:
            self._vectors[key] = vector
            while len(self._vectors) > KEPT:
                self._vectors.popitem(last=False)
        return vector

    def opened(self) -> Encoder:
        """Return the model, opened at the first call. Raises EncoderWeightsError."""
        with self._opening:
            if self._encoder is None:
                self._encoder = self.options.library.open(self._weights())
            return self._encoder

    def _weights(self) -> Weights:
        options = self.options
        return local_weights(self.name, options.model, options.revision, options.library.patterns)

    def close(self) -> None:
        """Release the model."""
        self._encoder = None
        self._vectors.clear()


def _normalized(viewer: str, vector: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    found = np.asarray(vector, np.float64).reshape(-1)
    length = float(np.sqrt(np.square(found).sum()))
    if not found.size or not np.isfinite(length) or not length:
        raise ViewerError(viewer, "the model gave a vector that is not finite, or of length 0")
    return np.asarray(found / length, np.float32)


def _cosine(a: "NDArray[np.float32]", b: "NDArray[np.float32]") -> float:
    import numpy as np

    if a.shape != b.shape:
        raise ViewerError("", f"vectors of {a.size} and of {b.size} numbers have no cosine: the model is not a pair")
    return float(np.clip(np.dot(a.astype(np.float64), b.astype(np.float64)), -1, 1))


KIND = ViewerKind("embedding", EMBEDDING_GRAMMAR, EmbeddingViewer, EmbeddingOptions)
