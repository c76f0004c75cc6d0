"""What a run costs when nothing changed: 10,000 images as accepted, of one or two trees, beside the ideal loop.

    python -m benchmarks.identical --before /path/to/other/checkout    # CPU and peak memory
    python -m benchmarks.identical --count 800 --side 512
    python -m benchmarks.identical --pytest                            # slow images: harness run, pytest, pytest -n 2

All arms take turns in every round. Another tree is run by its own ``.venv`` where it has one. The ideal loop hashes
each file, compares with the recorded digest, and leaves what the run leaves with as many waits for the disk: the image
as a file, and the very line of the run. "One more" is the difference between all images and a quarter of them, so that
neither start-up is in it. TMPDIR says on which disk all of it lies: a run waits for the disk after each image, so wall
seconds are comparable only on one that is quiet, or in memory (TMPDIR=/dev/shm).
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
SIDE = 32
SEEDS = 100
"""Seeds of a case, or fewer."""
SUITE = """\
suite: many
provider: {name}
providers:
  {name}: {{{provider}}}
defaults: {{size: {side}x{side}, drift: exact, seeds: [{seeds}]}}
cases:
{cases}
"""
FOLDER = 'kind: folder, folder: ../images, pattern: "{case}/{variant}-s{seed}.png", promise: exact'
SLOW = 'kind: python, function: "../slow.py:generate", promise: exact, price: 0, concurrency: 16'
PROGRAM = """\
import time
from pathlib import Path

def generate(prompt, seed):
    time.sleep(0.5)
    return (Path(__file__).parent / "images" / prompt / f"base-s{seed}.png").read_bytes()
"""
PLUGINS = ("-p", "harness.pytest_plugin", "-p", "xdist")
"""pytest is started without what else is installed here for the development of the harness."""
IDEAL = """\
import hashlib, json, os, sys
from pathlib import Path

recorded = json.loads(Path("recorded.json").read_text())
written = Path("written.jsonl").read_bytes().splitlines(keepends=True)
os.makedirs("reports/images")
with open("reports/trials.jsonl", "wb", buffering=0) as lines:
    for (name, digest), line in zip(list(recorded.items())[: int(sys.argv[1])], written):
        data = Path(name).read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != digest:
            raise SystemExit(name)
        Path(f"reports/images/{found}.png").write_bytes(data)
        lines.write(line)
        os.fsync(lines.fileno())
"""


@dataclass(frozen=True)
class Tree:
    """A checkout, and the Python that runs it."""

    name: str
    root: Path

    @property
    def python(self) -> str:
        own = self.root / ".venv" / "bin" / "python"
        return str(own) if self.root != HERE and own.exists() else sys.executable


@dataclass(frozen=True)
class Arm:
    """A command in a folder that must succeed; ``few`` does the same for a quarter of the images."""

    name: str
    folder: Path
    command: tuple[str, ...]
    tree: Tree | None = None
    few: tuple[str, ...] | None = None

    def measure(self) -> tuple[float, float, float, float]:
        """CPU seconds, seconds and peak MB of one process and its children, and the CPU seconds of three quarters."""
        whole = self._measure(self.command)
        less = 0.0 if self.few is None else self._measure(self.few)[0]
        return *whole, whole[0] - less

    def _measure(self, command: tuple[str, ...]) -> tuple[float, float, float]:
        begun = time.perf_counter()
        process = _start(self.folder, command, self.tree)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{self.name} ends with {process.returncode}: {(self.folder / 'printed.txt').read_text()}")
        shutil.rmtree(self.folder / "reports", ignore_errors=True)
        scale = 1024 * (1024 if sys.platform == "darwin" else 1)
        return used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / scale


def _start(folder: Path, command: tuple[str, ...], tree: Tree | None) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if tree is not None:
        env["PYTHONPATH"] = str(tree.root)
    with (folder / "printed.txt").open("wb") as printed:
        return subprocess.Popen(command, cwd=folder, env=env, stdout=printed, stderr=subprocess.STDOUT)


def write(folder: Path, count: int, name: str, provider: str, side: int = SIDE) -> None:
    """Write a project of ``count`` images of ``side`` × ``side`` pixels, each different from the others."""
    import numpy as np
    from PIL import Image

    cases = [f"few{number}" for number in range(_few(count))]
    cases += [f"case{number}" for number in range(len(cases), -(-count // SEEDS))]
    seeds = range(min(count, SEEDS))
    dice = np.random.default_rng(7)
    for case in cases:
        (folder / "images" / case).mkdir(parents=True)
        for seed in seeds:
            pixels = dice.integers(0, 256, (side // 4, side // 4, 3), np.uint8).repeat(4, 0).repeat(4, 1)
            # as in a photo, half of it is left of what is packed
            pixels ^= dice.integers(0, 16, pixels.shape, np.uint8)
            Image.fromarray(pixels).save(folder / "images" / case / f"base-s{seed}.png")
    rows = "\n".join(f"  - {{id: {case}, prompt: {case}}}" for case in cases)
    text = SUITE.format(name=name, provider=provider, side=side, seeds=", ".join(map(str, seeds)), cases=rows)
    (folder / "suites").mkdir()
    (folder / "suites" / "many.yaml").write_text(text)
    (folder / "slow.py").write_text(PROGRAM)
    (folder / "ideal.py").write_text(IDEAL)
    (folder / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
    files = [folder / "images" / case / f"base-s{seed}.png" for case in cases for seed in seeds]
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (folder / "recorded.json").write_text(json.dumps(digests))


def _few(count: int) -> int:
    """Return how many cases are a quarter of all."""
    return -(-count // SEEDS) // 4


def accepted(tree: Tree, template: Path, folder: Path) -> Path:
    """Return a copy of a project in which a tree has accepted every image; the template gets the lines of a run."""
    shutil.copytree(template, folder)
    run = ("run", "suites/many.yaml")
    for arguments, ends in (
        (run, (0, 1)),
        (("accept", "--unproven", "--reason", "benchmark", "--who", "benchmark"), (0,)),
        (run, (0,)),
    ):
        if arguments == run:
            shutil.rmtree(folder / "reports", ignore_errors=True)
        process = _start(folder, (tree.python, "-m", "harness", *arguments), tree)
        if process.wait() not in ends:
            raise SystemExit(f"{tree.name}: {arguments} fails: {(folder / 'printed.txt').read_text()}")
    (written,) = folder.glob("reports/*/trials.jsonl")
    shutil.copy(written, template / "written.jsonl")
    shutil.rmtree(folder / "reports")
    return folder


def table(arms: list[Arm], rounds: int, count: int) -> None:
    """Measure the arms in turn, and print the medians beside those of the first arm."""
    found: dict[str, list[tuple[float, ...]]] = {arm.name: [] for arm in arms}
    for turn in range(rounds):
        shift = turn % len(arms)
        for arm in (*arms[shift:], *arms[:shift]):
            found[arm.name].append(arm.measure())
    print(f"{count:,} images, median of {rounds} rounds, the arms taking turns; {os.cpu_count()} processors\n")
    print("| arm | CPU s | ratio | one more, CPU ms | ÷ the last arm | wall s | ratio | peak MB | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    first, last = medians[arms[0].name], medians[arms[-1].name]
    more = count - _few(count) * SEEDS
    for name, (cpu, wall, peak, slope) in medians.items():
        cells = f"{cpu:.2f} | {cpu / first[0]:.2f} | {1000 * slope / more:.3f} | {slope / last[3]:.2f}"
        print(f"| {name} | {cells} | {wall:.2f} | {wall / first[1]:.2f} | {peak:.0f} | {peak / first[2]:.2f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="another checkout, measured in the same rounds")
    parser.add_argument("--pytest", action="store_true", help="64 slow images by harness run, pytest and pytest -n 2")
    parser.add_argument("--count", type=int, help="how many images (10,000; with --pytest 64)")
    parser.add_argument("--side", type=int, default=SIDE, help="pixels of a side, a multiple of 4")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    count = given.count or (64 if given.pytest else 10_000)
    trees = [Tree("now", HERE)] if given.before is None else [Tree("before", given.before), Tree("now", HERE)]
    with tempfile.TemporaryDirectory(prefix="identical-") as scratch:
        template = Path(scratch) / "template"
        write(template, count, *(("slow", SLOW) if given.pytest else ("files", FOLDER)), given.side)
        arms = []
        for tree in trees:
            folder = accepted(tree, template, Path(scratch) / tree.name)
            run = (tree.python, "-m", "harness", "run", "suites/many.yaml")
            few = (*run, "--case", "few*") if _few(count) else None
            arms.append(Arm(f"{tree.name}: harness run", folder, run, tree, few))
            if given.pytest:
                test = (tree.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGINS, "suites")
                arms.append(Arm(f"{tree.name}: pytest", folder, test, tree))
                arms.append(Arm(f"{tree.name}: pytest -n 2", folder, (*test, "-n", "2"), tree))
        if not given.pytest:
            loop = (sys.executable, "ideal.py")
            some = (*loop, str(_few(count) * SEEDS)) if _few(count) else None
            arms.append(Arm("ideal loop", template, (*loop, str(count)), few=some))
        table(arms, given.rounds, count)


if __name__ == "__main__":
    main()
