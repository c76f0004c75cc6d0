"""What a drifted trial costs in a run, beside its pair: CPU time of a trial ÷ that of comparing its two files.

    python -m benchmarks.drifted                # prints ratios
    python -m benchmarks.drifted --side 1024 --trials 24 --rounds 5

Two runs of each kind differ only in how many trials they have, so that start-up is in neither number. "identical"
images are the accepted ones; "drifted" ones differ everywhere. The pair is ``harness.comparison.compare`` of the same
files,
and the script is Pillow, ImageHash and scikit-image on them (``benchmarks.peers``). All take turns in each round.
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
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from benchmarks.compare import changed
from benchmarks.peers import script
from harness.comparison import compare
from harness.image import EncodedImage

SUITE = """\
suite: many
provider: many
providers:
  many: {{kind: folder, folder: {folder}, pattern: "{{case}}/{{variant}}-s{{seed}}.png", promise: exact}}
defaults: {{size: {side}x{side}, drift: exact, confirm: 0, seeds: [{seeds}]}}
cases:
  - {{id: c, prompt: c}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=512, help="pixels")
    parser.add_argument("--trials", type=int, default=40, help="of the larger run; the smaller has a quarter")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    counts = given.trials // 4, given.trials
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = _files(root, given.side, given.trials)
        arms: dict[str, Callable[[], float]] = {
            "pair": lambda: _each(files, _pair),
            "script": lambda: _each(files, script),
        }
        for kind in ("identical", "drifted"):
            arms[kind] = lambda kind=kind: _slope(root, kind, counts, given.side)  # type: ignore[misc]
        found: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(given.rounds):
            for name, arm in arms.items():
                found[name].append(arm())
    middle = {name: statistics.median(values) for name, values in found.items()}
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}: {given.side}² PNG, medians of {given.rounds} rounds"
    )
    for name, seconds in middle.items():
        print(f"{name:10} {1000 * seconds:8.2f} ms CPU  {seconds / middle['pair']:6.2f} × the pair")


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


def _slope(root: Path, kind: str, counts: tuple[int, int], side: int) -> float:
    """Return the CPU seconds of one more trial."""
    few, many = (_run(root, kind, count, side) for count in counts)
    return (many - few) / (counts[1] - counts[0])


def _run(root: Path, kind: str, count: int, side: int) -> float:
    if not (root / "baselines").exists():
        _write(
            root, "identical", max(int(path.stem.split("-s")[1]) for path in root.glob("identical/c/*.png")) + 1, side
        )
        _harness(root, "run", "suite.yaml")
        _harness(root, "accept", "--unproven", "--reason", "benchmark", "--who", "benchmark")
    _write(root, kind, count, side)
    before = os.times()
    _harness(root, "run", "suite.yaml")
    after = os.times()
    shutil.rmtree(root / "reports")
    return after.children_user - before.children_user + after.children_system - before.children_system


def _write(root: Path, folder: str, count: int, side: int) -> None:
    seeds = ", ".join(map(str, range(count)))
    (root / "suite.yaml").write_text(SUITE.format(folder=folder, side=side, seeds=seeds))


def _harness(root: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    ended = subprocess.run(
        [sys.executable, "-m", "harness", *arguments], cwd=root, env=environment, capture_output=True
    )
    if ended.returncode not in (0, 1):
        raise SystemExit(f"harness {arguments[0]} ends with {ended.returncode}: {ended.stderr.decode()}")


def _each(files: list[tuple[Path, Path]], function: Callable[[Path, Path], object]) -> float:
    begun = time.process_time()
    for first, second in files:
        function(first, second)
    return (time.process_time() - begun) / len(files)


def _pair(first: Path, second: Path) -> object:
    return compare(EncodedImage(first.read_bytes()).image.pixels, EncodedImage(second.read_bytes()).image.pixels)


if __name__ == "__main__":
    main()
