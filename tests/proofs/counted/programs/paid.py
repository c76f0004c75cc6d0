"""A provider that costs money and counts: one line in ``calls.txt`` for every image it really generates.

The line is appended in one write, so that processes do not disturb each other. Files beside the program change it:
``changed`` darkens every image, ``noisy`` adds noise that is new each time. PAID_DELAY is how many seconds an image
takes. The standard library only, so that a fresh process starts quickly.
"""

import os
import random
import struct
import time
import zlib
from pathlib import Path

HERE = Path(__file__).parent


def generate(job):
    """The image of a job, after its line was written."""
    count(job)
    time.sleep(float(os.environ.get("PAID_DELAY", "0")))
    return image(job)


def count(job):
    """Write by which recipe an image is generated now."""
    file = os.open(HERE / "calls.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, job.recipe.digest.encode() + b"\n")
    finally:
        os.close(file)


def image(job):
    """A small PNG by prompt, seed and quality."""
    request, settings = job.recipe.request, job.recipe.subject.settings
    own = random.Random(f"{request.prompt}|{request.seed}")
    noise = random.SystemRandom() if (HERE / "noisy").exists() else None
    dark = 0.5 if (HERE / "changed").exists() else 1.0
    blocks = {(x, y): own.randrange(60, 250) for x in range(9) for y in range(9)}
    rows = bytearray()
    for y in range(request.height):
        rows.append(0)
        for x in range(request.width):
            value = blocks[x * 8 // request.width, y * 8 // request.height]
            if settings.get("quality") == "draft" and x == y:
                value = 0
            if noise is not None:
                value += noise.gauss(0, 2)
            value = min(255, max(0, round(value * dark)))
            rows += bytes((value, 255 - value, value // 2))
    head = struct.pack(">IIBBBBB", request.width, request.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
