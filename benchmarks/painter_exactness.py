"""Whether images are the same bits everywhere: ``python -m benchmarks.painter_exactness``.

Generates the same images in fresh processes under different numbers of threads, kernels of other processors, numpy
without its processor features, batches of every size, and further Python interpreters (with other versions of numpy),
and prints the SHA-256 of all pixels of each. ``--arithmetic float32`` shows how much differs there.
"""

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from harness.painter import Options, Painter, blas
from harness.painter.layout import arrange
from harness.painter.rng import Stream
from harness.prompt.scene import COLORS, SHAPES, STYLES, TIMES, Background, Scene, Thing

CORES = ("Haswell", "Zen", "SkylakeX", "Sandybridge", "Nehalem", "Prescott")


def scenes(count: int) -> list[Scene]:
    """Return ``count`` different scenes."""
    out = []
    for n in range(count):
        random = Stream(n, 0xBE)
        things = tuple(
            Thing(random.choice(SHAPES), random.choice(COLORS), None, random.between(1, 2)) for _ in range(2)
        )
        plain = Background("plain", random.choice(("white", "blue", "black")))
        ground = random.choice((plain, Background("hills", None, random.choice(TIMES)), Background("sea", None, "day")))
        out.append(Scene((*things, Thing("moon")), (), ground, random.choice(STYLES)))
        arrange(out[-1], n)
    return out


def generate(count: int, batch: int, arithmetic: str) -> np.ndarray:
    """Return the images, generated ``batch`` at a time."""
    painter = Painter("painter@2", arithmetic)
    asked, options = scenes(count), Options(steps=2, guidance=1.5, size=(96, 96))
    out = []
    for at in range(0, count, batch):
        part = asked[at : at + batch]
        out += [d.pixels for d in painter.generate_batch(part, list(range(at, at + len(part))), options)]
    return np.stack(out)


def child(python: str, count: int, batch: int, arithmetic: str, out: Path, changes: dict[str, str]) -> None:
    """Generate in a fresh process and save the images."""
    command = [python, "-W", "ignore", "-m", "benchmarks.painter_exactness", "--save", str(out)]
    command += ["--count", str(count), "--batch", str(batch), "--arithmetic", arithmetic]
    subprocess.run(command, env={**os.environ, **changes}, check=True)


def main() -> None:
    """Run every condition and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--arithmetic", default="exact")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--python", action="append", default=[], help="a further interpreter, with another numpy")
    parser.add_argument("--save", type=Path, help="only generate and save the images (used for the processes)")
    parser.add_argument("--folder", type=Path, default=Path("build/exactness"))
    a = parser.parse_args()
    if a.save:
        if os.environ.get("OPENBLAS_NUM_THREADS") == "2":
            # The painter holds BLAS to one thread; here it shall use two.
            blas.one_thread = contextlib.nullcontext
        np.save(a.save, generate(a.count, a.batch, a.arithmetic))
        return
    a.folder.mkdir(parents=True, exist_ok=True)
    features = "AVX512F AVX512CD AVX512_SKX AVX2 FMA3"
    runs: list[tuple[str, str, int, dict[str, str]]] = [("one thread", sys.executable, 1, {})]
    runs += [("two threads", sys.executable, 1, {"OPENBLAS_NUM_THREADS": "2"})]
    runs += [(f"batch of {n}", sys.executable, n, {}) for n in (3, 8)]
    runs += [(f"kernels {core}", sys.executable, 1, {"OPENBLAS_CORETYPE": core}) for core in CORES]
    runs += [("numpy features off", sys.executable, 1, {"NPY_DISABLE_CPU_FEATURES": features})]
    runs += [(f"python {n + 1}", python, 1, {}) for n, python in enumerate(a.python)]
    first = None
    same = True
    for name, python, batch, changes in runs:
        path = a.folder / "images.npy"
        child(python, a.count, batch, a.arithmetic, path, changes)
        images = np.load(path)
        first = images if first is None else first
        apart = np.abs(images.astype(int) - first)
        same = same and not apart.any()
        digest = hashlib.sha256(images.tobytes()).hexdigest()
        print(
            f"{name:<22} {digest[:16]}  differ: {(apart > 0).mean():.2%} of values, at most {apart.max()}", flush=True
        )
    print("one image everywhere" if same else "the images differ")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
