"""Start-up: CPU time of ``harness --help`` beside ``import rich.console``, interleaved; prints the ratio.

python -m benchmarks.startup
"""

import os
import statistics
import subprocess
import sys

ROUNDS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import rich.console": [sys.executable, "-c", "import rich.console"],
    "harness --help": [sys.executable, "-m", "harness", "--help"],
}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one process."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            found[name].append(cpu_seconds(command))
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, seconds in medians.items():
        print(f"{name:<22}{seconds * 1000:7.0f} ms CPU, median of {ROUNDS}")
    ratio = medians["harness --help"] / medians["import rich.console"]
    print(f"ratio harness --help / import rich.console: {ratio:.2f}")


if __name__ == "__main__":
    main()
