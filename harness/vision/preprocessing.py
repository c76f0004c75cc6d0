"""How an encoder receives an image: size, crop, mean and deviation, as the model's own configuration states them.

Read from ``preprocessor_config.json`` (transformers) or ``open_clip_config.json``; what is not understood is refused.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.vision.weights import EncoderWeightsError, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
"""Pillow's filters by name, with the numbers that configurations use."""
_STRIP = 16
"""An image that is so many times longer than it is wide is cropped before it is resized."""
_LARGEST = 4096
"""Pixels a side that an encoder may take at most."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to an image before it is encoded.

    ``mode``: ``crop`` (the shorter side becomes ``side``, then the middle is cut out), ``squash`` (both sides are
    resized) or ``pad`` (the longer side fits, the rest has the level ``fill``). ``height`` and ``width`` are pixels of
    the result; ``mean`` and ``std`` are of levels from 0 to 1, by channel.
    """

    height: int
    width: int
    side: int
    mode: str
    filter: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    scale: float = 1 / 255
    fill: int = 0

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Every field, as plain JSON values."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    def __call__(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.float32]":
        """Return an image (height × width × 3 or 4, any size; alpha is composited on white) as 1 × 3 × height × width,
        float32."""
        import numpy as np
        from PIL import Image

        from harness.image import on_ground

        image = Image.fromarray(np.ascontiguousarray(on_ground(pixels, 255)))
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        levels = (np.asarray(self._resized(image), np.float32) * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(levels.transpose(2, 0, 1)[None], np.float32)

    def _resized(self, image: Any) -> Any:
        from PIL import Image

        chosen = Image.Resampling(_FILTERS[self.filter])
        size = (self.width, self.height)
        if self.mode == "squash":
            return image.resize(size, chosen)
        if self.mode == "pad":
            ratio = min(self.width / image.width, self.height / image.height)
            inner = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
            canvas = Image.new("RGB", size, (self.fill,) * 3)
            canvas.paste(image.resize(inner, chosen), ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
            return canvas
        whole = [int(self.side * side / min(image.size)) for side in image.size]
        left, top = ((a - b) // 2 for a, b in zip(whole, size, strict=True))
        if max(whole) <= _STRIP * self.side:
            return image.resize(tuple(whole), chosen).crop((left, top, left + self.width, top + self.height))
        # of a strip only what is kept is resized: the whole would be very long
        steps = [a / b for a, b in zip(image.size, whole, strict=True)]
        offsets = max(0, left), max(0, top)
        near = [offset * step for offset, step in zip(offsets, steps, strict=True)]
        kept = [min(b, w) for b, w in zip(size, whole, strict=True)]
        far = [min((o + k) * s, n) for o, k, s, n in zip(offsets, kept, steps, image.size, strict=True)]
        part = image.resize(tuple(kept), chosen, box=(*near, *far))
        return part.crop((min(left, 0), min(top, 0), min(left, 0) + self.width, min(top, 0) + self.height))


def preprocessing_of(weights: Weights) -> Preprocessing:
    """Return what a model's configuration states. Raises EncoderWeightsError where there is none, or it is not
    understood."""
    try:
        if (settings := weights.settings("preprocessor_config.json")) is not None:
            return _verified(_transformers(settings))
        if (settings := weights.settings("open_clip_config.json")) is not None:
            return _verified(_open_clip(settings))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"the preprocessing of {weights.folder} is not understood: {type(error).__name__}: {error}"
        raise EncoderWeightsError(weights.viewer, problem) from None
    needs = "it needs preprocessor_config.json or open_clip_config.json"
    raise EncoderWeightsError(weights.viewer, f"{weights.folder} states no preprocessing", needs)


def _transformers(settings: Mapping[str, Any]) -> Preprocessing:
    *size, shorter = _sides(settings["size"])
    crop = bool(settings.get("do_center_crop", False)) and (shorter or isinstance(settings["size"], int))
    height, width = _sides(settings["crop_size"])[:2] if crop else size
    if settings.get("do_resize", True) is not True or (shorter and not crop):
        raise ValueError("only resizing to both sides, or of the shorter side with a crop, is supported")
    normalized = settings.get("do_normalize", True)
    scaled = settings.get("do_rescale", True)
    resample = settings.get("resample", 2)
    return Preprocessing(
        height, width, min(size), "crop" if crop else "squash",
        next((name for name, number in _FILTERS.items() if resample in (number, name)), str(resample)),
        tuple(map(float, settings["image_mean"])) if normalized else (0.0,) * 3,
        tuple(map(float, settings["image_std"])) if normalized else (1.0,) * 3,
        float(settings.get("rescale_factor", 1 / 255)) if scaled else 1.0,
    )  # fmt: skip


def _open_clip(settings: Mapping[str, Any]) -> Preprocessing:
    own = settings["preprocess_cfg"]
    size = own.get("size") or settings["model_cfg"]["vision_cfg"]["image_size"]
    height, width, _ = _sides(list(size) if isinstance(size, list | tuple) else size)
    mode = {"shortest": "crop", "squash": "squash", "longest": "pad"}[own.get("resize_mode", "shortest")]
    if mode == "crop" and height != width:
        raise ValueError("a crop that is not square")
    name = own.get("interpolation", "bicubic")
    fill = int(own.get("fill_color", 0))
    return Preprocessing(
        height, width, min(height, width), mode, name, tuple(map(float, own["mean"])), tuple(map(float, own["std"])),
        fill=fill,
    )  # fmt: skip


def _sides(size: Any) -> tuple[int, int, bool]:
    """Return height and width of a size, and whether it is that of the shorter side alone."""
    if isinstance(size, list):
        return int(size[0]), int(size[1]), False
    if isinstance(size, int):
        return size, size, False
    if "shortest_edge" in size:
        return int(size["shortest_edge"]), int(size["shortest_edge"]), True
    return int(size["height"]), int(size["width"]), False


def _verified(made: Preprocessing) -> Preprocessing:
    sides = made.height, made.width, made.side
    if not all(1 <= side <= _LARGEST for side in sides):
        raise ValueError(f"sides of {sides} pixels")
    if made.filter not in _FILTERS or len(made.mean) != 3 or len(made.std) != 3 or 0 in made.std:
        raise ValueError("filter, mean or std")
    return made
