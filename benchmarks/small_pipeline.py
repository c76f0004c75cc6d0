"""A small text-to-image pipeline in numpy, and the changes that happen to such a pipeline on a server.

It has the parts that matter here: noise by seed, a schedule, a denoiser with attention and a prompt, a decoder. Its
weights are random, so its images show nothing; a change of arithmetic, schedule or weights changes them as it does a
model's. What this machine cannot change is imitated: other threads, another CPU level, another batch each sum the
products of a matrix in another order.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from harness.image import encode_jpeg, encode_png
from harness.vocabulary import Code

Pixels = np.ndarray
WIDTH = 16
"""Channels of a token."""
PATCH = 8
"""Pixels of a side of a token."""
GAIN = 4.0
"""How strongly the denoiser answers to small differences."""
KEPT, MOVED = 0.8, 2.0
"""How much of a token the denoiser keeps, and how far it moves it."""
NOTHING = "nothing"
"""The expected cause of a change that leaves no trace by which it could be named."""


@dataclass(frozen=True)
class Pipeline:
    """What generates. ``order`` is the order in which products are summed, ``weights`` the relative change of each."""

    steps: int = 12
    spacing: str = "leading"
    dtype: str = "float32"
    attention: str = "whole"
    order: int = 0
    weights: float = 0.0

    def __call__(self, prompt: str, seed: int, width: int, height: int) -> Pixels:
        """Return height × width × 3 levels of a prompt and seed."""
        rows, columns = height // PATCH, width // PATCH
        x = np.random.default_rng([seed, *prompt.encode()]).normal(0, 1, (rows * columns, WIDTH)).astype(self.dtype)
        words = np.random.default_rng([*prompt.encode()]).normal(0, 0.5, WIDTH).astype(self.dtype)
        times = self.schedule()
        for now, after in zip(times, (*times[1:], 0.0), strict=True):
            clean = self.denoised(x, words, now)
            x = (clean + (x - clean) * (after / now)).astype(self.dtype)
        return self.decoded(x, rows, columns)

    def schedule(self) -> Sequence[float]:
        """Return the noise levels, from the highest: without the first (leading) or from the first (trailing)."""
        every = 1.0 / self.steps
        first = 1.0 if self.spacing == "trailing" else 1.0 - every / 2
        return [float(level) for level in np.linspace(first, every / 2, self.steps)]

    def denoised(self, x: Pixels, words: Pixels, time: float) -> Pixels:
        """Return the estimate of the clean tokens: attention over all of them, then two layers."""
        w = {name: part.astype(self.dtype) for name, part in weights(self.weights).items()}
        read = (x + words * np.asarray(1 + time, self.dtype)).astype(self.dtype)
        query, key, value = (self.product(read, w[name]) for name in ("query", "key", "value"))
        mixed = x + self.attended(query, key, value)
        hidden = np.tanh(self.product(mixed, w["up"]))
        moved = np.tanh(self.product(hidden, w["down"]) * np.asarray(GAIN, self.dtype))
        return x * np.asarray(KEPT, self.dtype) + moved * np.asarray(MOVED, self.dtype) + words

    def attended(self, query: Pixels, key: Pixels, value: Pixels) -> Pixels:
        """Return softmax(query · key) · value; in blocks of keys with a running maximum, or as a whole."""
        scores = self.product(query, key.T) / np.asarray(WIDTH**0.5, self.dtype)
        if self.attention == "whole":
            exp = np.exp(scores - scores.max(1, keepdims=True))
            return self.product(exp, value) / exp.sum(1, keepdims=True)
        top = np.full((len(query), 1), -np.inf, self.dtype)
        total, out = np.zeros((len(query), 1), self.dtype), np.zeros_like(query)
        for start in range(0, len(key), 64):
            part = scores[:, start : start + 64]
            higher = np.maximum(top, part.max(1, keepdims=True))
            exp, scale = np.exp(part - higher), np.exp(top - higher)
            total = total * scale + exp.sum(1, keepdims=True)
            out, top = out * scale + self.product(exp, value[start : start + 64]), higher
        return out / total

    def product(self, a: Pixels, b: Pixels) -> Pixels:
        """Return a · b, its terms summed whole, or in ``order`` parts."""
        if not self.order:
            return a @ b
        parts = np.array_split(np.arange(a.shape[1]), self.order)
        made = a[:, parts[-1]] @ b[parts[-1]]
        for part in reversed(parts[:-1]):
            made = made + a[:, part] @ b[part]
        return np.asarray(made)

    def decoded(self, x: Pixels, rows: int, columns: int) -> Pixels:
        levels = self.product(x, weights(self.weights)["decoder"].astype(self.dtype)).astype(np.float64)
        image = levels.reshape(rows, columns, PATCH, PATCH, 3).transpose(0, 2, 1, 3, 4)
        image = gaussian_filter(image.reshape(rows * PATCH, columns * PATCH, 3), (3, 3, 0))
        return np.rint(255 / (1 + np.exp(-image))).astype(np.uint8)


@cache
def weights(changed: float) -> Mapping[str, Pixels]:
    """Return the weights, each changed by up to this part of itself."""
    random = np.random.default_rng(3)
    shapes = {"query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH), "value": (WIDTH, WIDTH), "up": (WIDTH, 2 * WIDTH),
              "down": (2 * WIDTH, WIDTH), "decoder": (WIDTH, PATCH * PATCH * 3)}  # fmt: skip
    made = {name: random.normal(0, 1.2 / shape[0] ** 0.5, shape) for name, shape in shapes.items()}
    colors = random.normal(0, 1, (WIDTH, 1, 3)) * np.ones((1, PATCH * PATCH, 1))
    made["decoder"] = 0.6 * made["decoder"] + 0.5 * colors.reshape(WIDTH, -1)
    other = np.random.default_rng(4)
    return {name: part * (1 + changed * other.uniform(-1, 1, part.shape)) for name, part in made.items()}


def digest(pipeline: Pipeline) -> str:
    """Return the digest of the weights, as a server reports it."""
    return hashlib.sha256(weights(pipeline.weights)["decoder"].tobytes()).hexdigest()[:12]


@dataclass(frozen=True)
class Change:
    """One change: ``settings`` go with the request, ``pipeline`` and ``after`` happen on the server; ``reports`` is
    what the server's header says differently. ``cause`` is the code that names it, ``path`` the field that is named."""

    name: str
    cause: str = NOTHING
    path: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    pipeline: Mapping[str, Any] = field(default_factory=dict)
    reports: Mapping[str, Any] = field(default_factory=dict)
    after: str = ""


SEEDS = tuple(range(20))
REPORTED = {"dtype": "float32", "attention": "whole", "threads": 1, "cpu_level": "x86-64-v3", "batch": 1}
"""The environment that the server reports, beside the digest of its weights."""


def _environment(name: str, field_: str, value: Any, **pipeline: Any) -> tuple[Change, Change]:
    """Return a change that the server reports, and the same unreported."""
    return (
        Change(f"{name}, reported", Code.ENVIRONMENT_CHANGED, field_, pipeline=pipeline, reports={field_: value}),
        Change(f"{name}, not reported", pipeline=pipeline),
    )


CHANGES: Sequence[Change] = (
    Change("nothing changed"),
    Change("steps 12 → 16, in the request", Code.SUBJECT_CHANGED, "settings.steps", settings={"steps": 16}),
    Change("steps 12 → 16, on the server", pipeline={"steps": 16}),
    Change("timestep spacing, in the request", Code.SUBJECT_CHANGED, "settings.spacing",
           settings={"spacing": "trailing"}),
    Change("timestep spacing, on the server", pipeline={"spacing": "trailing"}),
    *_environment("float16", "dtype", "float16", dtype="float16"),
    *_environment("attention in blocks", "attention", "blocks", attention="blocks"),
    *_environment("4 threads", "threads", 4, order=4),
    *_environment("CPU level", "cpu_level", "x86-64-v4", order=8),
    *_environment("batch of 4", "batch", 4, order=2),
    Change("weights ±0.1 %, reported", Code.ENVIRONMENT_CHANGED, "weights", pipeline={"weights": 1e-3}),
    Change("weights ±0.1 %, not reported", pipeline={"weights": 1e-3}, reports={"weights": digest(Pipeline())}),
    Change("tile seam", Code.CHANGE_SEAMS, after="tiles"),
    Change("channels swapped", Code.CHANGE_CHANNELS, after="channels"),
    Change("seed + 1", Code.CHANGE_OTHER, after="seed"),
    Change("order of a batch", Code.CHANGE_OTHER, after="order"),
    Change("crop by 8 px", Code.CHANGE_CROPPED, after="crop"),
    Change("wrong size", Code.CHANGE_SIZE, after="size"),
    Change("blank 1 in 20", Code.IMAGE_BLANK, after="blank"),
    Change("JPEG for PNG", Code.CHANGE_ENCODED, after="jpeg"),
    Change("mirrored", Code.CHANGE_TURNED, after="flip"),
    Change("gamma 1/2.2", Code.CHANGE_GAMMA, after="gamma"),
)  # fmt: skip


def generated(change: Change, prompt: str, seed: int, width: int, height: int, settings: Mapping[str, Any]) -> bytes:
    """Return the file that the changed server sends for a request with some settings."""
    pipeline = replace(Pipeline(**{"steps": 12, "spacing": "leading", **settings}), **change.pipeline)
    asked = seed
    if change.after == "seed":
        seed += 1
    if change.after == "order":
        seed ^= 1
    if change.after == "size":
        width, height = width - 32, height - 32
    pixels = pipeline(prompt, seed, width, height)
    match change.after:
        case "tiles":
            pixels = pixels.astype(int)
            pixels[:, width // 2 - 1 : width // 2 + 1] += 12
            pixels = np.clip(pixels, 0, 255).astype(np.uint8)
        case "channels":
            pixels = pixels[..., ::-1]
        case "crop":
            pixels = pixels[8:-8, 8:-8]
        case "blank" if asked % 20 == 13:
            pixels = np.zeros_like(pixels)
        case "flip":
            pixels = pixels[:, ::-1]
        case "gamma":
            pixels = np.rint(255 * (pixels / 255.0) ** (1 / 2.2)).astype(np.uint8)
        case "jpeg":
            return encode_jpeg(pixels, quality=90)
    return encode_png(np.ascontiguousarray(pixels))


def reported(change: Change) -> Mapping[str, Any]:
    """Return what the changed server says of its environment."""
    return {**REPORTED, "weights": digest(replace(Pipeline(), **change.pipeline)), **change.reports}
