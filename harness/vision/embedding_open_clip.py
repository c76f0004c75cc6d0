"""Encoders in the format of OpenCLIP (``open_clip_config.json`` and safetensors), run by torch on the CPU."""

import threading
from importlib.metadata import version
from typing import TYPE_CHECKING

from harness.errors import excerpt
from harness.vision.encoding import TextVector
from harness.vision.preprocessing import preprocessing_of
from harness.vision.weights import EncoderWeightsError, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class OpenClipEncoder:
    """An encoder of OpenCLIP; threads take turns."""

    def __init__(self, weights: Weights) -> None:
        import open_clip

        folder = weights.folder
        files = sorted(folder.glob("*.safetensors"))
        if not files or weights.found("open_clip_config.json") is None:
            problem = f"{folder} has no open_clip_config.json with *.safetensors beside it"
            raise EncoderWeightsError(weights.viewer, problem)
        self.preprocessing = preprocessing_of(weights)
        name = f"local-dir:{folder.resolve()}"
        try:
            self._model = open_clip.create_model(name, device="cpu").eval()
            self._tokenizer = open_clip.get_tokenizer(name)
        except Exception as error:  # the library raises of many kinds for what is no model of its
            raise EncoderWeightsError(weights.viewer, f"{folder} is not a model: {excerpt(str(error), 300)}") from None
        self._turn = threading.Lock()
        self.facts = {
            "weights": weights.digest(files),
            "programs": {name: version(name) for name in ("open_clip_torch", "torch")},
            "preprocessing": self.preprocessing.recipe,
        }

    @property
    def reads_text(self) -> bool:
        return hasattr(self._model, "encode_text")

    def image(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.float32]":
        import numpy as np
        import torch

        with self._turn, torch.inference_mode():
            found = self._model.encode_image(torch.from_numpy(self.preprocessing(pixels)))
        return np.asarray(found[0].float().cpu().numpy(), np.float32)

    def text(self, text: str) -> TextVector:
        import numpy as np
        import torch

        tokens = self._tokenizer([text])
        longer = self._tokenizer([text], context_length=2 * tokens.shape[1])
        cut = bool((longer[0, tokens.shape[1] :] != 0).any())
        with self._turn, torch.inference_mode():
            found = self._model.encode_text(tokens)
        return TextVector(np.asarray(found[0].float().cpu().numpy(), np.float32), cut)


def open_encoder(weights: Weights) -> OpenClipEncoder:
    """Open a model. Raises EncoderWeightsError."""
    return OpenClipEncoder(weights)
