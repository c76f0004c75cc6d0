"""A program that generates, in numpy: hills under a sky. Like a GPU it sums in another order each time.

python render.py --prompt TEXT --seed N --size WxH [--sun N] OUT
"""

import argparse
import secrets

import numpy as np
from PIL import Image


def hills(prompt: str, seed: int, width: int, height: int, sun: int) -> np.ndarray:
    """Return levels (height × width × 3) that the words and the seed decide."""
    shape = np.random.default_rng([seed, *prompt.encode()])
    y, x = np.mgrid[:height, :width] / np.reshape([height, width], (2, 1, 1))
    pixels = np.stack([140 + 80 * y, 170 + 60 * y, 230 - 40 * y], axis=-1)
    pixels[(x - 0.75) ** 2 + (y - 0.25) ** 2 < (sun / 100) ** 2] = (250, 210, 90)
    for depth in range(3):
        a, b, c = shape.uniform(2, 7, 3)
        line = 0.45 + 0.17 * depth + 0.05 * np.sin(a * x + c) + 0.04 * np.sin(b * 2 * x)
        color = shape.uniform((30, 80 + 25 * depth, 30), (90, 140 + 25 * depth, 90))
        pixels[y > line] = color
    return pixels


def noisy(pixels: np.ndarray) -> np.ndarray:
    """Return the same with what no seed decides: a texture of a few levels that is new each time."""
    chance = np.random.default_rng(secrets.randbits(64))
    height, width = (-(-side // 8) for side in pixels.shape[:2])
    coarse = chance.normal(0, 1.5, (height, width, 3)).repeat(8, 0).repeat(8, 1)[: pixels.shape[0], : pixels.shape[1]]
    return pixels + coarse + chance.normal(0, 1, pixels.shape)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--size", required=True)
    parser.add_argument("--sun", type=int, default=11, help="radius in percent of a side")
    parser.add_argument("out")
    given = parser.parse_args()
    levels = noisy(hills(given.prompt, given.seed, *map(int, given.size.split("x")), given.sun))
    Image.fromarray(levels.clip(0, 255).round().astype(np.uint8)).save(given.out)
