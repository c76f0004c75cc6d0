"""Image programs with one fault each: ``programs.py FAULT OUT SEED PROMPT``, and ``programs.py:generate`` in Python.

What a program remembers from call to call is in the file FAULTY_STATE, so that each call may be a process of its own.
In Python the fault is in FAULTY_FAULT. Each draws smooth waves and five disks by prompt and seed, 96 pixels a side.
"""

import hashlib
import io
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

SIDE = 96
WARM: dict[str, bool] = {}
DICE = random.SystemRandom()


def waves(prompt: str, seed: Any) -> Any:
    """Return the pixels (float, 0 to 255, SIDE × SIDE × 3) of a prompt and seed."""
    digest = hashlib.sha256(f"{prompt}|{seed}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    a, b, c = rng.uniform(1, 9, 3)
    pixels = np.stack([np.sin(a * x + b * y), np.cos(b * y - c * x), np.sin(c * x * y + a)], -1) * 90 + 128
    for _ in range(5):
        u, v, radius = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.2)
        pixels[(x - u) ** 2 + (y - v) ** 2 < radius**2] = rng.integers(0, 256, 3)
    return pixels


def remembered(prompt: str, seed: int) -> dict[str, Any]:
    """Return what was before this call (``calls`` counts it), and remember it."""
    file = Path(os.environ.get("FAULTY_STATE", "faulty-state.json"))
    now = time.time()
    before = (
        json.loads(file.read_text()) if file.exists() else {"calls": 0, "began": now, "prompt": prompt, "seed": seed}
    )
    file.write_text(json.dumps(before | {"calls": before["calls"] + 1, "prompt": prompt, "seed": seed}))
    return before | {"calls": before["calls"] + 1}


def seed_of(fault: str, seed: int) -> Any:
    """Return what a program makes of its seed."""
    if fault == "zero-is-random" and seed == 0:
        return DICE.random()
    made = {
        "ignored": lambda: 7,
        "pairs": lambda: seed // 2,
        "wrap-256": lambda: seed % 256,
        "wrap-65536": lambda: seed % 65536,
        "wrap-2-32": lambda: seed % 2**32,
        "wrap-million": lambda: seed % 10**6,
        "clamp": lambda: min(seed, 2**31 - 1),
        "float32": lambda: int(np.float32(seed)),
        "unseeded": lambda: DICE.random(),
        "seconds": lambda: seed + int(time.time()),
        "hash-seed": lambda: (seed, hash("a text")),
    }
    return made.get(fault, lambda: seed)()


def drawn(fault: str, seed: int, prompt: str, out: str, before: dict[str, Any]) -> Any:
    """Return the pixels, as the fault has them."""
    calls = before["calls"]
    if fault == "constant":
        return waves("", 0)
    if fault == "static":
        return np.random.default_rng(seed).uniform(0, 255, (SIDE, SIDE, 3))
    if fault == "flat":
        return np.full((SIDE, SIDE, 3), 40.0 + seed % 200)
    pixels = waves(prompt, seed_of(fault, seed))
    now = time.time()
    odd = {
        "two-modes": lambda: DICE.random() < 0.4,
        "rare": lambda: DICE.random() < 1 / 6,
        "previous-seed": lambda: before["seed"] != seed,
        "switch-12": lambda: calls >= 12,
        "switch-25": lambda: calls >= 25,
        "every-second": lambda: calls % 2 == 0,
        "every-third": lambda: calls % 3 == 0,
        "first-call": lambda: calls == 1,
        "clock": lambda: int(now / 2) % 2 == 1,
        "after-8-seconds": lambda: now - before["began"] > 8,
        "path": lambda: int(hashlib.sha256(out.encode()).hexdigest(), 16) % 2 == 1,
        "threads": lambda: os.environ.get("OMP_NUM_THREADS") == "2",
        "processor": lambda: os.environ.get("OPENBLAS_CORETYPE") == "Nehalem",
        "process": lambda: sys.argv[0].endswith("worker.py"),
        "warm-up": lambda: not WARM,
        "concurrency": lambda: meets_another(),
    }
    if fault in odd and odd[fault]():
        pixels = pixels * 0.94 + 6
    WARM["warm"] = True
    if fault == "previous-prompt" and before["prompt"] != prompt:
        pixels = pixels * 0.9 + waves(before["prompt"], 0) * 0.1
    if fault == "every-tenth-blank" and calls % 10 == 0:
        pixels *= 0
    if fault == "fades":
        pixels = pixels * 0.98**calls
    if fault == "brightens":
        pixels = pixels + 2 * (now - before["began"])
    if fault == "grain":
        pixels = pixels + np.random.default_rng(DICE.getrandbits(60)).normal(0, 2, pixels.shape)
    return pixels


def meets_another() -> bool:
    """Return whether another call of this program is running."""
    folder = Path(os.environ.get("FAULTY_STATE", "faulty-state.json") + ".running")
    folder.mkdir(exist_ok=True)
    mark = folder / str(os.getpid())
    mark.touch()
    time.sleep(0.3)
    others = len(list(folder.iterdir())) > 1
    time.sleep(0.2)
    mark.unlink()
    return others


def encoded(fault: str, pixels: Any, calls: int) -> bytes:
    """Return the file, as the fault writes it."""
    image = Image.fromarray(np.clip(np.round(pixels), 0, 255).astype("uint8"))
    file = io.BytesIO()
    text = PngImagePlugin.PngInfo()
    if fault == "counter-in-text":
        text.add_text("made", str(calls))
    if fault == "date-in-text":
        text.add_text("date", str(time.time_ns()))
    if fault == "alpha" and calls % 2:
        image.putalpha(255)
    if fault == "jpeg-quality":
        image.save(file, "JPEG", quality=DICE.choice([80, 85, 90, 95]))
    elif fault == "png-or-jpeg" and calls % 2:
        image.save(file, "JPEG", quality=95)
    elif fault == "png-or-webp" and calls % 2:
        image.save(file, "WEBP", lossless=True)
    else:
        image.save(file, "PNG", compress_level=calls % 9 + 1 if fault == "compression" else 6, pnginfo=text)
    return file.getvalue()


def made(fault: str, seed: int, prompt: str, out: str) -> bytes:
    """Return the file of one call."""
    before = remembered(prompt, seed)
    if fault == "uneven-time":
        time.sleep(DICE.uniform(0, 0.4))
    if fault == "cache-without-seed":
        kept = Path(
            os.environ.get("FAULTY_STATE", "faulty-state.json") + hashlib.sha256(prompt.encode()).hexdigest()[:8]
        )
        if not kept.exists():
            time.sleep(1)
            kept.write_bytes(encoded(fault, drawn(fault, seed, prompt, out, before), 0))
        return kept.read_bytes()
    return encoded(fault, drawn(fault, seed, prompt, out, before), before["calls"])


def generate(prompt: str, seed: int) -> bytes:
    """Return the image of a call in Python."""
    return made(os.environ["FAULTY_FAULT"], seed, prompt, "")


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(made(sys.argv[1], int(sys.argv[3]), sys.argv[4], sys.argv[2]))
