# ruff: noqa
"""Faulty image programs for `kind: command`: faulty.py FAULT OUT SEED PROMPT. State in $FAULTY_STATE (default: faulty-state.json here).

none: repeats exactly | blank: every 10th image is black | pairs: seeds 2k and 2k+1 share an image | wrap: the seed is taken modulo 65536
switch: from the 12th call on another "model" draws | previous: a trace of the prompt before stays in the image
"""

import hashlib
import json
import os
import sys

import numpy as np
from PIL import Image

fault, out, seed, prompt = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
path = os.environ.get("FAULTY_STATE", "faulty-state.json")
state = json.load(open(path)) if os.path.exists(path) else {"calls": 0, "prompt": prompt}
before, state = state["prompt"], {"calls": state["calls"] + 1, "prompt": prompt}
json.dump(state, open(path, "w"))


def image(seed, prompt):
    rng = np.random.default_rng([seed, int(hashlib.sha256(prompt.encode()).hexdigest()[:8], 16)])
    y, x = np.mgrid[:128, :128] / 127
    a, b, c = rng.uniform(1, 9, 3)
    pixels = np.stack([np.sin(a * x + b * y), np.cos(b * y - c * x), np.sin(c * x * y + a)], -1) * 100 + 128
    for _ in range(5):
        u, v, r = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.2)
        pixels[(x - u) ** 2 + (y - v) ** 2 < r * r] = rng.integers(0, 256, 3)
    return pixels


if fault == "pairs":
    seed //= 2
if fault == "wrap":
    seed %= 65536
pixels = image(seed, prompt)
if fault == "blank" and state["calls"] % 10 == 0:
    pixels *= 0
if fault == "switch" and state["calls"] >= 12:
    pixels = pixels * 0.97 + 4
if fault == "previous" and before != prompt:
    pixels = pixels * 0.9 + image(0, before) * 0.1
Image.fromarray(np.clip(np.round(pixels), 0, 255).astype("uint8")).save(out)
