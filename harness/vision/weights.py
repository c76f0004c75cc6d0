"""Where the weights of an encoder are: a local file or folder, or a snapshot of a model hub; and their digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, excerpt
from harness.records import digest_of

_SETTINGS = ("*.json", "*.txt", "*.model")
"""Configurations and vocabularies, beside the weights."""
_BLOCK = 1 << 20


@dataclass(eq=False, repr=False)
class EncoderWeightsError(HarnessError):
    """Weights of a viewer that cannot be used: ``viewer`` of the suite, ``problem``."""

    viewer: str
    problem: str
    advice: str = ""

    def __str__(self) -> str:
        return f"viewer `{self.viewer}`: {self.problem}"

    @property
    def hint(self) -> str:
        return self.advice or "name the folder of a whole model: weights, configuration and preprocessing"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model on this machine: its ``folder``, and its ``file`` where one file was named."""

    viewer: str
    folder: Path
    file: Path | None = None

    def settings(self, name: str) -> dict[str, Any] | None:
        """Return a JSON file of the folder; None where there is none. Raises EncoderWeightsError."""
        path = self.found(name)
        if path is None:
            return None
        try:
            read = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderWeightsError(self.viewer, f"{path} cannot be read: {excerpt(str(error), 200)}") from None
        if not isinstance(read, dict):
            raise EncoderWeightsError(self.viewer, f"{path} is not a JSON object")
        return read

    def found(self, *names: str) -> Path | None:
        """Return the first of some files that is there: in the folder, else one above it (``onnx/`` of a hub)."""
        folders = (self.folder, self.folder.parent) if self.folder.name == "onnx" else (self.folder,)
        return next((path for name in names for folder in folders if (path := folder / name).is_file()), None)

    def digest(self, files: Iterable[Path]) -> str:
        """Return the digest of the weights in ``files`` and of all configurations and vocabularies beside them. Raises
        EncoderWeightsError."""
        beside = {path for pattern in _SETTINGS for path in self.folder.glob(pattern)}
        if self.folder.name == "onnx":
            beside |= {path for pattern in _SETTINGS for path in self.folder.parent.glob(pattern)}
        found = {path: path.name for path in {*files, *beside} if path.is_file()}
        try:
            return digest_of(sorted([name, _digest(path)] for path, name in found.items()))
        except OSError as error:
            raise EncoderWeightsError(self.viewer, f"a file of the weights cannot be read: {error}") from None


def local_weights(viewer: str, model: str, revision: str | None, patterns: tuple[str, ...]) -> Weights:
    """Return the weights of a local path, or of the snapshot ``revision`` of a hub id: from the hub's cache, else
    fetched once, files that match ``patterns`` alone. Raises EncoderWeightsError."""
    if revision is not None:
        return Weights(viewer, _snapshot(viewer, model, revision, (*patterns, *_SETTINGS)))
    path = Path(model).expanduser()
    if path.is_file():
        return Weights(viewer, path.parent, path)
    if not path.is_dir():
        raise EncoderWeightsError(viewer, f"there is no file or folder {path}")
    return Weights(viewer, path)


def _snapshot(viewer: str, model: str, revision: str, patterns: tuple[str, ...]) -> Path:
    from huggingface_hub import snapshot_download

    named = [f"{folder}{pattern}" for pattern in patterns for folder in ("", "onnx/")]
    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=named))
    except Exception as error:  # the hub's client raises of many kinds: network, no such model, no access
        problem = f"{model}@{revision[:12]} cannot be fetched: {excerpt(f'{type(error).__name__}: {error}', 200)}"
        raise EncoderWeightsError(viewer, problem, f"hf download {model} --revision {revision}") from None


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def length_of(settings: Mapping[str, Any], text: Mapping[str, Any], default: int = 77) -> int:
    """Return how many tokens an encoder of text takes, from the settings of its tokenizer and of the model."""
    inner = text.get("text_config") if isinstance(text.get("text_config"), dict) else text
    known = [settings.get("model_max_length"), (inner or {}).get("max_position_embeddings")]
    sound = [int(one) for one in known if isinstance(one, int | float) and 0 < one < 100_000]
    return min(sound, default=default)
