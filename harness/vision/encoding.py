"""What an encoder is: an image or a text to a vector, whichever library runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import HarnessError, excerpt
from harness.vision.weights import EncoderWeightsError, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TextVector:
    """The vector of a text as the model gave it, and whether the text was longer than the encoder takes."""

    vector: "NDArray[np.float32]"
    cut: bool = False


class Encoder(Protocol):
    """An opened model. ``facts`` is what its vectors depend on, as plain JSON values: digest of the weights, versions,
    preprocessing."""

    facts: Mapping[str, Any]

    @property
    def reads_text(self) -> bool:
        """Whether it encodes texts too."""

    def image(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.float32]":
        """Return the vector of an image (height × width × 3 or 4), as the model gives it."""

    def text(self, text: str) -> TextVector:
        """Return the vector of a text."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What runs a model: the ``module`` that opens it, the packages that must be installed, by which ``extra``, and the
    files of a hub that it needs beside configurations."""

    module: str
    packages: tuple[str, ...]
    extra: str
    patterns: tuple[str, ...]

    def open(self, weights: Weights) -> Encoder:
        """Open a model. Raises EncoderWeightsError, and ImportError where a library is missing."""
        try:
            encoder: Encoder = import_module(self.module).open_encoder(weights)
        except (HarnessError, ImportError):
            raise
        except Exception as error:  # an installation that does not fit together fails at import in any way
            problem = f"its library cannot open {weights.folder}: {excerpt(f'{type(error).__name__}: {error}', 200)}"
            raise EncoderWeightsError(weights.viewer, problem, f"pip install 'image-harness[{self.extra}]'") from error
        return encoder


BACKENDS: Mapping[str, Backend] = {
    "onnx": Backend(
        "harness.vision.embedding_onnx", ("onnxruntime", "tokenizers"), "embedding-onnx",
        ("model.onnx*", "vision_model.onnx*", "text_model.onnx*"),
    ),
    "transformers": Backend(
        "harness.vision.embedding_transformers", ("torch", "transformers"), "embedding", ("*.safetensors",)
    ),
    "open_clip": Backend(
        "harness.vision.embedding_open_clip", ("torch", "open_clip"), "embedding", ("*.safetensors",)
    ),
}  # fmt: skip
"""The libraries that run encoders, by name."""
