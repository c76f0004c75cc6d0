"""Functions that really generate, each with one fault that a probe should name. They need the standard library only, so
that they start quickly as programs and in fresh processes; what they keep lies in the folder SUBJECT_STATE."""

import math
import os
import random
import struct
import sys
import time
import zlib
from pathlib import Path

SIDE = 32
_cache = {}
_memory = {}


def image(prompt, seed, width=SIDE, height=SIDE, shift=0, noise=0.0, text=""):
    """The PNG of a smooth image by prompt and seed: ``shift`` moves a spot, ``noise`` is a standard deviation."""
    own = random.Random(f"{prompt}|{seed}")
    waves = [(own.uniform(0.05, 0.3), own.uniform(0.05, 0.3), own.uniform(0, 6)) for _ in range(3)]
    dice = random.SystemRandom()
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            spot = 4 + shift <= y < 12 + shift and 4 <= x < 12
            values = (250, 240, 20) if spot else [128 + 100 * math.sin(a * x + b * y + c) for a, b, c in waves]
            rows += bytes(round(min(255, max(0, value + dice.gauss(0, noise) * bool(noise)))) for value in values)
    return png(width, height, rows, text)


def png(width, height, rows, text=""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"tEXt", b"made\0" + text.encode()), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def count(name):
    """How often it was called with this name, over all processes of a test."""
    with (Path(os.environ["SUBJECT_STATE"]) / name).open("ab") as file:
        file.write(b".")
        return file.tell()


def steady(prompt, seed, width, height, quality="standard"):
    return image(prompt, seed, width, height, shift=len(quality))


def ignores_seed(prompt, seed):
    return image(prompt, 7)


def rolls_dice(prompt, seed):
    """Another image at every call whatever the seed; always in one sequence, as a verdict of ranks errs by chance."""
    return image(prompt, f"call {count('rolls')}")


def takes_no_seed(prompt):
    return image(prompt, 7)


def constant(prompt, seed):
    return image("", 0)


def two_modes(prompt, seed):
    # the fourth of every six calls, whoever calls
    return image(prompt, seed, shift=8 if count("two-modes") % 6 == 4 else 0)


def rare_mode(prompt, seed):
    # one call, after the repeats: the second in a fresh process
    return image(prompt, seed, shift=8 if count("rare") == 23 else 0)


def gaussian(prompt, seed):
    return image(prompt, seed, noise=1.5)


def leaks(prompt, seed):
    before = _memory.get("before")
    _memory["before"] = prompt
    return image(prompt, seed, shift=8 if before not in (None, prompt) else 0)


def first_differs(prompt, seed):
    first = "warm" not in _memory
    _memory["warm"] = True
    return image(prompt, seed, shift=8 if first else 0)


def unsafe(prompt, seed):
    _memory["seed"] = seed
    time.sleep(0.04)
    return image(prompt, _memory["seed"])


def by_process(prompt, seed):
    return image(prompt, seed, shift=8 if sys.argv[0].endswith("worker.py") else 0)


def by_threads(prompt, seed):
    return image(prompt, seed, shift=1 if os.environ.get("OMP_NUM_THREADS") == "2" else 0)


def by_processor(prompt, seed):
    return image(prompt, seed, shift=1 if os.environ.get("OPENBLAS_CORETYPE") == "Nehalem" else 0)


def re_encodes(prompt, seed):
    return image(prompt, seed, text=str(count("encoded")))


def cached_without_seed(prompt, seed):
    if prompt not in _cache:
        time.sleep(0.5)
        _cache[prompt] = image(prompt, seed)
    return _cache[prompt]


def cached_by_everything(prompt, seed):
    if (prompt, seed) not in _cache:
        time.sleep(0.5)
        _cache[prompt, seed] = image(prompt, seed, noise=1.5)
    return _cache[prompt, seed]


def cached_on_disk(prompt, seed):
    """A cache that forgot the seed, kept beside the program."""
    file = Path(os.environ["SUBJECT_STATE"]) / f"{prompt}.png"
    if not file.exists():
        time.sleep(2)
        file.write_bytes(image(prompt, seed))
    return file.read_bytes()


def few_seeds(prompt, seed):
    return image(prompt, seed % 256)


def shows_nothing(prompt, seed):
    """One color, another one for each seed."""
    rows = (b"\0" + bytes([40 + seed % 200, 80, 120]) * SIDE) * SIDE
    return png(SIDE, SIDE, rows)


def refuses_one(prompt, seed):
    return refuses(prompt, seed) if "forbidden" in prompt else image(prompt, seed)


def rejects_seeds(prompt, seed=None):
    if seed is not None:
        raise ValueError("unknown parameter: seed")
    return image(prompt, random.SystemRandom().random())


def refuses(prompt, seed):
    from harness.errors import GenerationRefusedError

    raise GenerationRefusedError("mine", "not allowed: content policy")


def fails(prompt, seed):
    raise ConnectionError("no service")


def clamps(prompt, seed, width, height, steps=4, guidance=1.0, style="flat"):
    """At most 6 steps, no style at all, and one size."""
    return image(prompt, seed, shift=min(steps, 6) + round(guidance))


def odd_sizes(prompt, seed):
    side = SIDE + 2 * (count("sizes") % 2)
    return image(prompt, seed, side, side)


def reports_its_cache(prompt, seed):
    """A service that says of every answer but the first of a seed that it is a hit."""
    from harness.provider import Output

    calls = count(f"service-{prompt}-{seed}")
    reply = {"cache": "HIT" if calls > 1 else "MISS", "usage": {"tokens": 0 if calls > 1 else 100}}
    return Output(image(prompt, seed), {"reply": reply}, 0.1, 0.0)


def zeroed_usage(prompt, seed):
    from harness.provider import Output

    calls = count(f"usage-{prompt}-{seed}")
    return Output(image(prompt, seed), {"reply": {"usage": {"tokens": {"image": 0 if calls > 1 else 9}}}}, 0.1, 0.0)
