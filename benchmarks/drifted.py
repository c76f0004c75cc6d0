"""What a drifted trial costs in a run, beside its pair: CPU time of a trial ÷ that of comparing its two files.

    python -m benchmarks.drifted                # prints ratios
    python -m benchmarks.drifted --side 1024 --trials 24 --rounds 5
    python -m benchmarks.drifted --side 1024 --waiting --before /path/to/other/checkout    # wall seconds

Two runs of each kind differ only in how many trials they have, so that start-up is in neither number. "identical"
images are the accepted ones; "drifted" ones differ everywhere. The pair is ``harness.comparison.compare`` of the same
files,
and the script is Pillow, ImageHash and scikit-image on them (``benchmarks.peers``). All take turns in each round.

With ``--waiting`` the images come from a function of concurrency 8 that sleeps 0.02 s, and wall seconds of a drifted
trial are printed beside its CPU seconds: examining is as fast as the processors where one is the other ÷ their number.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import skimage.data
from PIL import Image

from benchmarks.compare import changed
from benchmarks.peers import script
from harness.comparison import compare
from harness.image import EncodedImage

HERE = Path(__file__).resolve().parents[1]
Seconds: TypeAlias = tuple[float, float]
"""Of the processor, and of the clock."""
FOLDER = 'kind: folder, folder: {folder}, pattern: "{{case}}/{{variant}}-s{{seed}}.png", promise: exact'
WAITING = 'kind: python, function: "waiting.py:{folder}", promise: exact, price: 0, concurrency: 8'
PROGRAM = """\
import time
from pathlib import Path

def image(folder, seed):
    time.sleep(0.02)
    return (Path(__file__).parent / folder / "c" / f"base-s{seed}.png").read_bytes()

def identical(prompt, seed):
    return image("identical", seed)

def drifted(prompt, seed):
    return image("drifted", seed)
"""
SUITE = """\
suite: many
provider: many
providers:
  many: {{{provider}}}
defaults: {{size: {side}x{side}, drift: exact, confirm: 0, seeds: [{seeds}]}}
cases:
  - {{id: c, prompt: c}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=512, help="pixels")
    parser.add_argument("--trials", type=int, default=40, help="of the larger run; the smaller has a quarter")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--waiting", action="store_true", help="wall seconds with a provider that waits")
    parser.add_argument("--before", type=Path, help="another checkout, measured in the same rounds")
    given = parser.parse_args()
    counts = given.trials // 4, given.trials
    trees = [("", HERE)] if given.before is None else [(", before", given.before.resolve()), ("", HERE)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = _files(root, given.side, given.trials)
        (root / "waiting.py").write_text(PROGRAM)
        project = Project(root, given.side, WAITING if given.waiting else FOLDER)
        project.accept(given.trials)
        arms: dict[str, Callable[[], Seconds]] = {
            "pair": lambda: _each(files, _pair),
            "script": lambda: _each(files, script),
        }
        for kind in ("identical", "drifted"):
            for suffix, tree in trees:
                arms[kind + suffix] = partial(project.slope, kind, counts, tree)
        found: dict[str, list[Seconds]] = {name: [] for name in arms}
        for _ in range(given.rounds):
            for name, arm in arms.items():
                found[name].append(arm())
    middle = {name: [statistics.median(side) for side in zip(*values, strict=True)] for name, values in found.items()}
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}: {given.side}² PNG, medians of {given.rounds} rounds"
    )
    for name, (cpu, wall) in middle.items():
        print(f"{name:18} {1000 * cpu:8.2f} ms CPU  {cpu / middle['pair'][0]:6.2f} × the pair {1000 * wall:8.2f} ms")


def _files(root: Path, side: int, count: int) -> list[tuple[Path, Path]]:
    """Write the images of two projects, which have accepted the first ones; return the pairs."""
    photo = Image.open(Path(skimage.data.__path__[0]) / "astronaut.png").convert("RGB").resize((side, side))
    base = np.asarray(photo)
    pairs = []
    for seed in range(count):
        before = changed(np.roll(base, (13 * seed, 7 * seed), (0, 1)), "everywhere", seed)
        pair = [root / folder / "c" / f"base-s{seed}.png" for folder in ("identical", "drifted")]
        for path, pixels in zip(pair, (before, changed(before, "everywhere", seed + count)), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
        pairs.append((pair[0], pair[1]))
    return pairs


@dataclass(frozen=True)
class Project:
    """A suite of one case with many seeds in a folder; ``provider`` is the text of its options."""

    root: Path
    side: int
    provider: str

    def accept(self, count: int) -> None:
        """Accept the identical images."""
        self._write("identical", count)
        self._harness(HERE, "run", "suite.yaml")
        self._harness(HERE, "accept", "--unproven", "--reason", "benchmark", "--who", "benchmark")
        shutil.rmtree(self.root / "reports")

    def slope(self, kind: str, counts: tuple[int, int], tree: Path) -> Seconds:
        """Return the seconds of one more trial."""
        few, many = (self._run(kind, count, tree) for count in counts)
        cpu, wall = ((more - less) / (counts[1] - counts[0]) for less, more in zip(few, many, strict=True))
        return cpu, wall

    def _run(self, kind: str, count: int, tree: Path) -> Seconds:
        self._write(kind, count)
        before, begun = os.times(), time.perf_counter()
        self._harness(tree, "run", "suite.yaml")
        after, wall = os.times(), time.perf_counter() - begun
        shutil.rmtree(self.root / "reports")
        cpu = after.children_user - before.children_user + after.children_system - before.children_system
        return cpu, wall

    def _write(self, folder: str, count: int) -> None:
        seeds = ", ".join(map(str, range(count)))
        text = SUITE.format(provider=self.provider.format(folder=folder), side=self.side, seeds=seeds)
        (self.root / "suite.yaml").write_text(text)

    def _harness(self, tree: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
        environment["PYTHONPATH"] = str(tree)
        ended = subprocess.run(
            [sys.executable, "-m", "harness", *arguments], cwd=self.root, env=environment, capture_output=True
        )
        if ended.returncode not in (0, 1):
            raise SystemExit(f"harness {arguments[0]} ends with {ended.returncode}: {ended.stderr.decode()}")


def _each(files: list[tuple[Path, Path]], function: Callable[[Path, Path], object]) -> Seconds:
    begun, began = time.process_time(), time.perf_counter()
    for first, second in files:
        function(first, second)
    return (time.process_time() - begun) / len(files), (time.perf_counter() - began) / len(files)


def _pair(first: Path, second: Path) -> object:
    return compare(EncodedImage(first.read_bytes()).image.pixels, EncodedImage(second.read_bytes()).image.pixels)


if __name__ == "__main__":
    main()
