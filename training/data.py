"""Training batches, made by worker processes: true renders and the features of their layouts."""

import multiprocessing as mp
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.painter.condition import condition
from harness.painter.layout import UNIT, Layout
from harness.painter.rng import Stream
from training.render import render
from training.scenes import GRIDS, random_layout

POOL = 36_000
"""Samples that a worker keeps to show again."""

PADDING = 1024
"""The number of pairs of a batch is a multiple of this."""

FRESH = 0.2
"""Share of samples generated again once the pool has its first samples."""


@dataclass
class Batch:
    """One batch: images (B, H, W, 3), marks of pixels (B, H, W; 0: background), and stacked conditions."""

    image: NDArray[np.uint8]
    weight: NDArray[np.uint8]
    pair: NDArray[np.int16]
    where: NDArray[np.int64]
    ground: NDArray[np.int16]
    scene: NDArray[np.int16]


def object_mask(layout: Layout) -> NDArray[np.uint8]:
    """Return 1 where a pixel is within two pixels of an item's box, and 3 where that item lies inside another."""
    mask = np.zeros((layout.height, layout.width), np.uint8)
    for i in layout.items:
        y0, y1 = (i.y - i.h // 2) // UNIT - 2, (i.y + i.h // 2) // UNIT + 3
        x0, x1 = (i.x - i.w // 2) // UNIT - 2, (i.x + i.w // 2) // UNIT + 3
        mask[max(0, y0) : y1, max(0, x0) : x1] = 3 if i.layer else 1
    return mask


def sample(seed: int, width: int, height: int) -> tuple[Any, ...]:
    """Return image, mask and condition of the random scene of a seed."""
    layout = random_layout(seed, width, height)[1]
    image = render(layout, np.random.default_rng(seed))
    c = condition(layout)
    return (
        np.clip(np.rint(image), 0, 255).astype(np.uint8), object_mask(layout),
        c.pair.astype(np.int16), c.where, c.ground.astype(np.int16), c.scene.astype(np.int16),
    )  # fmt: skip


def stack(samples: list[tuple[Any, ...]]) -> Batch:
    """Return one batch of samples of the same canvas."""
    image, mask, pair, where, ground, scene = zip(*samples, strict=True)
    tokens = ground[0].shape[0]
    pairs = np.concatenate(pair)
    # Padded with rows for a token that does not exist: kernels are cached by shape, so few shapes should be met.
    more = -len(pairs) % PADDING
    pairs = np.concatenate([pairs, np.zeros((more, pairs.shape[1]), np.int16)])
    wheres = np.concatenate([w + i * tokens for i, w in enumerate(where)] + [np.full(more, len(ground) * tokens)])
    return Batch(np.stack(image), np.stack(mask), pairs, wheres, np.stack(ground), np.stack(scene))


def worker(queue: Any, seed: int, size: int) -> None:
    """Put batches on the queue for ever; the stream of scenes is set by ``seed``."""
    random = Stream(seed, 0xDA)
    pools: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    while True:
        grid = random.choice(GRIDS)
        pool = pools.setdefault(grid, [])
        limit = POOL if grid == (64, 64) else POOL // 20
        batch = []
        for _ in range(size):
            if len(pool) < limit // 6 or random.chance(int(FRESH * 1000)):
                one = sample(random.bits() >> 1, *grid)
                if len(pool) < limit:
                    pool.append(one)
                else:
                    pool[random.below(limit)] = one
                batch.append(one)
            else:
                batch.append(random.choice(pool))
        queue.put(stack(batch))


def start(seed: int, size: int, workers: int = 1) -> Any:
    """Start worker processes and return the queue they fill."""
    context = mp.get_context("fork")
    queue = context.Queue(maxsize=24)
    for n in range(workers):
        context.Process(target=worker, args=(queue, seed * 1000 + n, size), daemon=True).start()
    return queue
