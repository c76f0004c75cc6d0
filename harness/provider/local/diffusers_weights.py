"""Which weights a pipeline has: by digest of what was loaded, and by commit where they came from the hub."""

import hashlib
from pathlib import Path
from typing import Any

import torch

_DIGESTS: dict[tuple[Any, ...], str] = {}
"""Digests of components by the identity of their files: weights are read once a process, however often loaded."""


def weights_of(pipeline: Any, files: Path | None, how: tuple[Any, ...]) -> dict[str, str]:
    """SHA-256 of the state of each component that has one, by the name of the component. ``how`` they were loaded
    (type, quantization) decides it too."""
    found = {}
    for name, component in sorted(pipeline.components.items()):
        if not isinstance(component, torch.nn.Module):
            continue
        key = None if files is None else (how, _identity(files / name))
        if key is None or not key[1]:
            found[name] = state_digest(component)
            continue
        if key not in _DIGESTS:
            _DIGESTS[key] = state_digest(component)
        found[name] = _DIGESTS[key]
    return found


def _identity(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)


def state_digest(module: torch.nn.Module) -> str:
    """SHA-256 over the names, types, shapes and bytes of a module's state, in the order of the names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if isinstance(tensor, torch.Tensor):
            _add_tensor(digest, name, tensor)
    return digest.hexdigest()


def _add_tensor(digest: Any, name: str, tensor: Any) -> None:
    """Add a tensor; a quantized one by the tensors that it is made of."""
    digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
    if hasattr(tensor, "__tensor_flatten__"):
        for inner in tensor.__tensor_flatten__()[0]:
            _add_tensor(digest, f"{name}.{inner}", getattr(tensor, inner))
        return
    flat = tensor.detach().to("cpu").contiguous().reshape(-1)
    digest.update(memoryview(flat.view(torch.uint8).numpy()))


def commit_of(model: str, revision: str | None, subfolder: str | None = None) -> str | None:
    """Return the commit of a model in the local cache of the hub; None for a folder, or where it is not known."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    for name in ("model_index.json", "config.json"):
        inside = f"{subfolder}/{name}" if subfolder else name
        try:
            found = try_to_load_from_cache(model, inside, revision=revision)
        except HFValidationError:  # a path
            return None
        if isinstance(found, str):
            return commit_of_file(Path(found))
    return None


def commit_of_file(file: Path) -> str | None:
    """Return the commit by which a file stands in the cache of the hub (``…/snapshots/COMMIT/…``)."""
    parts = file.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts[:-2] else None
