"""Start-up: CPU time of commands that generate nothing, as ratios to a bare interpreter; all interleaved in one run.

python -m benchmarks.startup
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 15
BARE = "python -c pass"
WITHOUT, WITH = "pytest --co, one test, no plugins", "pytest --co, one test, this plugin alone"
HARNESS = [sys.executable, "-m", "harness"]
DRY_RUN = ["run", "suites/quickstart.yaml", "--dry-run"]
COLLECT = [sys.executable, "-m", "pytest", "--co", "-q", "-p", "no:cacheprovider"]


def commands(folder: Path) -> dict[str, tuple[list[str], Path]]:
    """Return the commands by name, each with the folder that it runs in; ``folder`` is an empty one."""
    (folder / "test_one.py").write_text("def test_one():\n    pass\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    return {
        BARE: ([sys.executable, "-c", "pass"], folder),
        "harness --help": ([*HARNESS, "--help"], folder),
        "harness --version": ([*HARNESS, "--version"], folder),
        "harness run suites/quickstart.yaml --dry-run": (
            [*HARNESS, "run", "suites/quickstart.yaml", "--dry-run"],
            ROOT,
        ),
        WITHOUT: (COLLECT, folder),
        WITH: ([*COLLECT, "-p", "harness.pytest_plugin"], folder),
    }


def cpu_seconds(command: list[str], folder: Path, environment: Mapping[str, str]) -> float:
    """User and system time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        folder.mkdir()
        # the bytecode of this tree, written by a first round that does not count
        own = {
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(Path(name) / "bytecode"),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        environment = {**os.environ, **own}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        all_of_them = commands(folder)
        found: dict[str, list[float]] = {name: [] for name in all_of_them}
        for turn in range(ROUNDS + 1):
            for name, (command, where) in all_of_them.items():
                seconds = cpu_seconds(command, where, environment)
                if turn:
                    found[name].append(seconds)
    least = {name: min(times) for name, times in found.items()}
    print(f"| command | CPU ms, least of {ROUNDS} | median | least ÷ {BARE} |")
    print("|---|--:|--:|--:|")
    for name, times in found.items():
        median = statistics.median(times) * 1000
        print(f"| `{name}` | {least[name] * 1000:.0f} | {median:.0f} | {least[name] / least[BARE]:.1f} |")
    print(f"\nThe plugin adds {(least[WITH] / least[WITHOUT] - 1) * 100:.0f} % to collecting one test.")


if __name__ == "__main__":
    main()
