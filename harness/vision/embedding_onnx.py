"""Encoders as ONNX files, run by onnxruntime on the CPU: one model of both, or ``vision_model.onnx`` and, where it
encodes texts, ``text_model.onnx``."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import excerpt
from harness.vision.encoding import TextVector
from harness.vision.preprocessing import preprocessing_of
from harness.vision.weights import EncoderWeightsError, Weights, length_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIXELS, _TOKENS, _MASK = "pixel_values", "input_ids", "attention_mask"
_IMAGE = ("image_embeds", "image_embeddings", "pooler_output", "last_hidden_state")
_TEXT = ("text_embeds", "text_embeddings", "pooler_output", "last_hidden_state")
"""Outputs by preference, as exporters name them."""


class OnnxEncoder:
    """An encoder from ONNX files; may be used from several threads."""

    def __init__(self, weights: Weights) -> None:
        vision = weights.file or weights.found("vision_model.onnx", "model.onnx")
        if vision is None and (inner := weights.folder / "onnx").is_dir():
            weights = Weights(weights.viewer, inner)
            vision = weights.found("vision_model.onnx", "model.onnx")
        if vision is None:
            raise EncoderWeightsError(weights.viewer, f"{weights.folder} has no vision_model.onnx and no model.onnx")
        beside = None if weights.file is not None else weights.found("text_model.onnx")
        self.weights = weights
        self.preprocessing = preprocessing_of(weights)
        self._vision = _session(weights, vision)
        inputs = _inputs(self._vision)
        if _PIXELS not in inputs:
            problem = f"{vision} is no encoder of images: it takes {', '.join(sorted(inputs)) or 'nothing'}"
            raise EncoderWeightsError(weights.viewer, problem, f"name a model whose input is `{_PIXELS}`")
        self._text = _session(weights, beside) if beside is not None else self._vision if _TOKENS in inputs else None
        self._tokenizer: Any = None if self._text is None else _tokenizer(weights)
        data = [path for one in (vision, beside) if one is not None for path in one.parent.glob(f"{one.stem}.onnx*")]
        self.facts = {
            "weights": weights.digest([vision, *([beside] if beside else []), *data]),
            "programs": {name: version(name) for name in ("onnxruntime", "tokenizers")},
            "preprocessing": self.preprocessing.recipe,
        }

    @property
    def reads_text(self) -> bool:
        return self._text is not None

    def image(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.float32]":
        feed = {_PIXELS: self.preprocessing(pixels)}
        if _TOKENS in _inputs(self._vision):
            feed |= self._tokens("")[0]
        return self._run(self._vision, feed, _IMAGE)

    def text(self, text: str) -> TextVector:
        import numpy as np

        assert self._text is not None
        feed, cut = self._tokens(text)
        if _PIXELS in _inputs(self._text):
            feed[_PIXELS] = self.preprocessing(np.full((1, 1, 3), 255, np.uint8))
        return TextVector(self._run(self._text, feed, _TEXT), cut)

    def _tokens(self, text: str) -> tuple[dict[str, Any], bool]:
        import numpy as np

        found = self._tokenizer.encode(text)
        feed = {_TOKENS: np.array([found.ids], np.int64), _MASK: np.array([found.attention_mask], np.int64)}
        return feed, bool(found.overflowing)

    def _run(self, session: Any, feed: dict[str, Any], outputs: tuple[str, ...]) -> "NDArray[np.float32]":
        import numpy as np

        known = [one.name for one in session.get_outputs()]
        name = next((name for name in outputs if name in known), known[0])
        taken = {key: value for key, value in feed.items() if key in _inputs(session)}
        found: NDArray[np.float32] = np.asarray(session.run([name], taken)[0], np.float32)
        # of one vector for each token or patch the first stands for the whole
        return np.asarray(found[0, 0] if found.ndim == 3 else found.reshape(found.shape[0], -1)[0], np.float32)


def open_encoder(weights: Weights) -> OnnxEncoder:
    """Open a model. Raises EncoderWeightsError."""
    return OnnxEncoder(weights)


def _session(weights: Weights, path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # one thread: sums in one order, so that vectors repeat
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises classes of its own for files that are no model
        raise EncoderWeightsError(weights.viewer, f"{path} is not a model: {excerpt(str(error), 200)}") from None


def _inputs(session: Any) -> set[str]:
    return {one.name for one in session.get_inputs()}


def _tokenizer(weights: Weights) -> Any:
    """Return the tokenizer of a model, that pads and cuts to the length that the encoder of text takes."""
    from tokenizers import Tokenizer

    path = weights.found("tokenizer.json")
    if path is None:
        raise EncoderWeightsError(weights.viewer, f"{weights.folder} encodes texts, and has no tokenizer.json")
    try:
        made = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise EncoderWeightsError(weights.viewer, f"{path} cannot be read: {excerpt(str(error), 200)}") from None
    settings = weights.settings("tokenizer_config.json") or {}
    length = length_of(settings, weights.settings("config.json") or {})
    pad = settings.get("pad_token")
    pad = pad.get("content") if isinstance(pad, dict) else pad
    number = made.token_to_id(pad) if isinstance(pad, str) else None
    made.enable_truncation(length)
    made.enable_padding(length=length, pad_id=number or 0, pad_token=pad if isinstance(pad, str) else "[PAD]")
    return made
