"""Encoders in the format of transformers (CLIP, SigLIP, DINOv2 …), run by torch on the CPU; weights are safetensors."""

import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from harness.errors import excerpt
from harness.vision.encoding import TextVector
from harness.vision.preprocessing import preprocessing_of
from harness.vision.weights import EncoderWeightsError, Weights, length_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TransformersEncoder:
    """An encoder of transformers; threads take turns."""

    def __init__(self, weights: Weights) -> None:
        import transformers

        folder = weights.folder
        files = sorted(folder.glob("*.safetensors"))
        if not files or weights.found("config.json") is None:
            raise EncoderWeightsError(weights.viewer, f"{folder} has no config.json with *.safetensors beside it")
        self.preprocessing = preprocessing_of(weights)
        safely = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._model = transformers.AutoModel.from_pretrained(folder, use_safetensors=True, **safely).eval()
            self._tokenizer: Any = None
            if self.reads_text:
                self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **safely)
        except Exception as error:  # the library raises of many kinds for what is no model of its
            raise EncoderWeightsError(weights.viewer, f"{folder} is not a model: {excerpt(str(error), 300)}") from None
        self._length = length_of(weights.settings("tokenizer_config.json") or {}, weights.settings("config.json") or {})
        self._turn = threading.Lock()
        self.facts = {
            "weights": weights.digest(files),
            "programs": {name: version(name) for name in ("transformers", "torch")},
            "preprocessing": self.preprocessing.recipe,
        }

    @property
    def reads_text(self) -> bool:
        return hasattr(self._model, "get_text_features")

    def image(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.float32]":
        import torch

        read = getattr(self._model, "get_image_features", self._model)
        with self._turn, torch.inference_mode():
            return _vector(read(pixel_values=torch.from_numpy(self.preprocessing(pixels))))

    def text(self, text: str) -> TextVector:
        import torch

        cut = len(self._tokenizer(text, verbose=False)["input_ids"]) > self._length
        tokens = self._tokenizer(
            text, padding="max_length", truncation=True, max_length=self._length, return_tensors="pt"
        )
        with self._turn, torch.inference_mode():
            return TextVector(_vector(self._model.get_text_features(**tokens)), cut)


def open_encoder(weights: Weights) -> TransformersEncoder:
    """Open a model. Raises EncoderWeightsError."""
    return TransformersEncoder(weights)


def _vector(output: Any) -> "NDArray[np.float32]":
    """Return the one vector of an output: as it is, its pooled one, or that of the first token."""
    import numpy as np

    if not hasattr(output, "shape"):
        pooled = getattr(output, "pooler_output", None)
        output = output.last_hidden_state[:, 0] if pooled is None else pooled
    return np.asarray(output[0].float().cpu().numpy(), np.float32)
