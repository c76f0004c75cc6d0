"""How time and memory grow with the number of trials: plan, run, accept, resume, merge and report.

    python -m benchmarks.growth                     # 1,000 and 10,000 trials
    python -m benchmarks.growth 1000 10000 100000
    python -m benchmarks.growth --recorded 100000   # beside these, 100,000: planned, merged and reported only

Each step is a ``harness`` command in a process of its own, over images of a folder. The first run finds nothing
accepted; after ``accept`` a second run is interrupted when 98 of 100 trials are recorded, and resumed. The shards are
the lines of the first run in four folders. With ``--recorded`` these lines are written again under other names of
cases, until there are enough: nothing of it is generated. The report is written after each step, so that a benchmark
that is stopped has what it measured.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as counted
from multiprocessing import get_context
from pathlib import Path

from benchmarks.identical import FOLDER, HERE, write

REPORT = HERE / "reports" / "benchmarks" / "growth.md"
SUITE = "suites/many.yaml"
SHARDS = 4
LEFT, LEAST = 0.02, 200
"""The part of the trials that is left when a run is resumed, and how many at least: fewer are under way already."""
CASE = re.compile(rb'"case":"(case\d+)"')
MEGABYTE = 1024 * (1024 if sys.platform == "darwin" else 1)


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds, CPU seconds, and megabytes at most."""

    seconds: float
    cpu: float
    peak: float


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command of the harness in a project."""
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
    command = (sys.executable, "-m", "harness", *arguments)
    with (folder / "printed.txt").open("wb") as printed:
        return subprocess.Popen(
            command, cwd=folder, env=env | {"PYTHONPATH": str(HERE)}, stdout=printed, stderr=subprocess.STDOUT
        )


def ended(process: subprocess.Popen[bytes], begun: float, folder: Path, ends: tuple[int, ...]) -> Cost:
    """Wait for a command, and return what it took."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends:
        raise SystemExit(f"ends with {process.returncode}: {(folder / 'printed.txt').read_text()[-2000:]}")
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / MEGABYTE)


def measured(folder: Path, *arguments: str, ends: tuple[int, ...] = (0,)) -> Cost:
    """Run a command to its end."""
    begun = time.perf_counter()
    return ended(start(folder, *arguments), begun, folder, ends)


def runs(folder: Path) -> list[Path]:
    """Return the runs of a project, the oldest first."""
    return sorted(path.parent for path in folder.glob("reports/*/run.json"))


def interrupted(folder: Path, trials: int) -> bool:
    """Start a run, and interrupt it when little is left; says whether it was, and had not ended before."""
    known, begun = set(runs(folder)), time.perf_counter()
    process = start(folder, "run", SUITE)
    lines, read = 0, 0
    while process.poll() is None and lines < trials - max(trials * LEFT, LEAST):
        time.sleep(0.01)
        if new := [run for run in runs(folder) if run not in known]:
            with (new[0] / "trials.jsonl").open("rb") as file:
                file.seek(read)
                text = file.read()
            lines, read = lines + text.count(b"\n"), read + len(text)
    process.send_signal(signal.SIGINT)
    ended(process, begun, folder, (0, 130))
    return process.returncode == 130


def lines_of(run: Path, trials: int) -> Iterator[bytes]:
    """Yield this many lines of a run, those beyond its own with other names of cases."""
    for turn in counted():
        with (run / "trials.jsonl").open("rb") as file:
            for line in file:
                if trials <= 0:
                    return
                yield CASE.sub(rb'"case":"\1-%d"' % turn, line) if turn else line
                trials -= 1


def split(run: Path, folder: Path, trials: int) -> list[Path]:
    """Write the lines of a run as shards, and return these."""
    record = json.loads((run / "run.json").read_text())
    lines, shards = lines_of(run, trials), []
    for number in range(1, SHARDS + 1):
        shard = folder / "reports" / f"shard-{number}"
        shutil.copytree(run / "images", shard / "images", copy_function=os.link)
        own = record | {"run": shard.name, "shard": f"{number}/{SHARDS}"}
        (shard / "run.json").write_text(json.dumps(own))
        with (shard / "trials.jsonl").open("wb") as file:
            for _ in range(trials // SHARDS):
                file.write(next(lines))
        shards.append(shard)
    return shards


def merged(run: Path, folder: Path, trials: int) -> Iterator[tuple[str, Cost]]:
    """Merge the shards of a run, and write the reports of the whole again."""
    shards = split(run, folder, trials)
    known = set(runs(folder))
    cost = measured(folder, "report", "--merge", *map(str, shards), ends=(0, 1))
    yield f"merge of {SHARDS} shards, with report", cost
    [whole] = set(runs(folder)) - known
    yield "report", measured(folder, "report", str(whole), ends=(0, 1))
    for path in (*shards, whole):
        shutil.rmtree(path)


def project(folder: Path, trials: int) -> None:
    """Write a project; in another process, since a child begins with the memory of its parent."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(write, folder, trials, "files", FOLDER).result()


def steps(folder: Path, trials: int) -> Iterator[tuple[str, Cost]]:
    """Measure every step in a project of this size."""
    project(folder, trials)
    yield "plan (dry run)", measured(folder, "run", SUITE, "--dry-run")
    yield "run, all new", measured(folder, "run", SUITE, ends=(0, 1))
    [first] = runs(folder)
    reason = ("--unproven", "--reason", "benchmark", "--who", "benchmark")
    yield "accept all", measured(folder, "accept", *reason)
    yield from merged(first, folder, trials)
    if not any(interrupted(folder, trials) for _ in range(5)):
        raise SystemExit("a run of so few trials ends before it is interrupted")
    yield f"resume, {LEFT:.0%} (at least {LEAST}) left", measured(folder, "run", SUITE, "--resume")


def recorded(folder: Path, trials: int, run: Path) -> Iterator[tuple[str, Cost]]:
    """Measure what reads a plan or a run of this size, its lines taken from a smaller one."""
    project(folder, trials)
    yield "plan (dry run)", measured(folder, "run", SUITE, "--dry-run")
    yield from merged(run, folder, trials)


def table(found: dict[int, dict[str, Cost]]) -> str:
    """Return the table: the last columns are what a trial adds between a size and the one before, and what a million
    of them would take if each further one added as much."""
    rows = [
        "| step | trials | s | CPU ms a trial | peak MB | bytes a trial more | so 1,000,000: MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for step in dict.fromkeys(step for costs in found.values() for step in costs):
        before: tuple[int, Cost] | None = None
        for trials, costs in found.items():
            if (cost := costs.get(step)) is None:
                continue
            more = million = ""
            if before is not None:
                slope = (cost.peak - before[1].peak) / (trials - before[0])
                more, million = f"{slope * 2**20:,.0f}", f"{cost.peak + slope * (1_000_000 - trials):,.0f}"
            each = f"{1000 * cost.cpu / trials:.2f}"
            rows.append(f"| {step} | {trials:,} | {cost.seconds:.1f} | {each} | {cost.peak:.0f} | {more} | {million} |")
            before = trials, cost
    return "\n".join(rows)


def write_report(found: dict[int, dict[str, Cost]]) -> None:
    """Write what is measured so far."""
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    command = " ".join(("python -m benchmarks.growth", *sys.argv[1:]))
    head = f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}: {where}."
    notes = (
        "Images of 32 × 32 pixels from a folder; each step is a command in a process of its own. The first run finds "
        "nothing accepted; the one that is resumed finds what was accepted. The last column is a line through the two "
        "largest sizes, no measurement."
    )
    text = f"# How time and memory grow with the trials\n\n{head}\n\n{table(found)}\n\n{notes}\n"
    REPORT.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure, print the table, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", type=int, default=[1_000, 10_000])
    parser.add_argument("--recorded", type=int, metavar="TRIALS", help="a size that is not generated")
    given = parser.parse_args()
    found: dict[int, dict[str, Cost]] = {}

    def measure(trials: int, made: Iterator[tuple[str, Cost]]) -> None:
        for step, cost in made:
            found.setdefault(trials, {})[step] = cost
            write_report(found)
        print(table(found), flush=True)

    with tempfile.TemporaryDirectory(prefix="growth-") as scratch:
        root = Path(scratch)
        for trials in given.trials:
            measure(trials, steps(root / str(trials), trials))
        if given.recorded:
            [run, *_] = runs(root / str(given.trials[-1]))
            measure(given.recorded, recorded(root / "recorded", given.recorded, run))


if __name__ == "__main__":
    main()
