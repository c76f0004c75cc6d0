"""From noise to an image: Euler steps along the straight path that rectified flow has learned.

Times are integers in units of 1/65536, latents whole units of 1/4096; every update is one exact product, one correctly
rounded division and one rounding, so the exact arithmetic stays exact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.painter.arithmetic import UNIT, Array
from harness.painter.condition import Condition
from harness.painter.network import TIME, Network
from harness.painter.tables import noise
from harness.vocabulary import Quality

CLAMP = 4915
"""Predictions are held within ±1.2."""

GUIDANCE_UNIT = 256
CHUNK = 4
"""Images generated together in the exact arithmetic: more do not fit the cache."""

NOISE_KEY = 0x401


Progress = Callable[[int, int, Callable[[], NDArray[np.uint8]]], None]


@dataclass(frozen=True)
class Tier:
    """A quality: how many steps, and how strongly the condition is followed (1.0: no guidance, half the time)."""

    steps: int
    guidance: float


TIERS: Mapping[str, Tier] = {Quality.DRAFT: Tier(4, 1.0), Quality.STANDARD: Tier(12, 1.5), Quality.HD: Tier(32, 1.5)}


@dataclass(frozen=True)
class Guide:
    """An image to start from, on the native canvas in units of 1/4096, and what of it may change.

    ``mask`` is True where it is generated again (None: everywhere); ``start`` is the time at which generation begins
    (0: from pure noise).
    """

    image: NDArray[np.float64]
    mask: NDArray[np.bool_] | None
    start: int


def schedule(steps: int, start: int = 0) -> list[int]:
    """Return steps + 1 evenly spaced times from ``start`` to TIME."""
    return [start + (TIME - start) * k // steps for k in range(steps + 1)]


def sample(
    network: Network,
    conditions: Sequence[Condition],
    seeds: Sequence[int],
    steps: int,
    guidance: float,
    guide: Guide | None = None,
    progress: Progress | None = None,
) -> NDArray[np.uint8]:
    """Generate one batch of the same canvas; returns (batch, height, width, 3) in 0..255.

    ``progress`` is called with (steps done, all steps, images) after every step; ``images()`` returns what the network
    predicts then as the finished images, after the last step the finished ones, as this function does.
    """
    rows, columns = conditions[0].rows, conditions[0].columns
    strength = round(guidance * GUIDANCE_UNIT)
    guided = strength != GUIDANCE_UNIT
    prepared = network.prepare([*conditions, *[None] * (len(conditions) if guided else 0)], rows, columns)
    start: Array = np.stack([noise(seed, NOISE_KEY, rows * 4, columns * 4) for seed in seeds]).astype(network.dtype)
    times = schedule(steps, guide.start if guide else 0)
    x = start if guide is None else _mix(network, guide, start, times[0])
    for k, (now, then) in enumerate(pairwise(times)):
        clean = network(np.concatenate([x, x]) if guided else x, now, prepared)
        if guided:
            clean, bare = np.split(clean, 2)
            clean = bare + network.arithmetic.rounded((clean - bare) * strength / GUIDANCE_UNIT)
        clean = np.clip(clean, -CLAMP, CLAMP)
        x = x + network.arithmetic.rounded((clean - x) * (then - now) / (TIME - now))
        if guide is not None and guide.mask is not None:
            x = np.where(guide.mask[..., None], x, _mix(network, guide, start, then))
        if progress:
            progress(k + 1, steps, partial(decode, x if then == TIME else _predicted(clean, guide)))
    return decode(x)


def _predicted(clean: Array, guide: Guide | None) -> Array:
    """Return a prediction of the network with the guide's image where nothing is generated again."""
    if guide is None or guide.mask is None:
        return clean
    return np.where(guide.mask[..., None], clean, guide.image.astype(clean.dtype))


def _mix(network: Network, guide: Guide, start: Array, time: int) -> Array:
    """Return the guide's image with as much noise as it has at ``time``."""
    image = guide.image.astype(network.dtype)
    return network.arithmetic.rounded((image * time + start * (TIME - time)) / TIME)


def decode(x: Array) -> NDArray[np.uint8]:
    """Return units of 1/4096 in [-1, 1] as integers in 0..255."""
    return np.clip(np.rint((x.astype(np.float64) + UNIT) * 255 / (2 * UNIT)), 0, 255).astype(np.uint8)


def encode(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0..255 as whole units of 1/4096 in [-1, 1]."""
    return np.rint(image * (2 * UNIT) / 255) - UNIT
