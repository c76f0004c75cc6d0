"""What a check in a test costs, beside ``numpy.allclose`` and scikit-image's SSIM of the same arrays.

``python -m benchmarks.checking [--rounds N]`` writes ``reports/benchmarks/checking.md``. One pytest session checks
images with the fixture, a test a round; in each test every way is tried in turn on every pair (interleaved), measured
in CPU time of the process. Only ratios within one run mean anything on another machine.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.compare import changed, sources
from harness.comparison import kernel_name
from harness.image import decoder_name

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "checking.md"
SIDES = (256, 512, 1024)
CHANGES = {"equal": "nowhere", "one place": "one place", "different": "everywhere"}
TEST = """
import os
import pytest
from benchmarks.checking import measure

@pytest.mark.parametrize("turn", range(int(os.environ["ROUNDS"]) + 1))
def test_checks(image_harness, turn):
    measure(image_harness, turn)
"""


def pairs() -> Iterator[tuple[int, str, int, np.ndarray, np.ndarray]]:
    for side in SIDES:
        for number, base in enumerate(sources(side)):
            for name, kind in CHANGES.items():
                yield side, name, number, base, changed(base, kind, number)


def measure(image_harness: Any, turn: int) -> None:
    """Check every pair once with every way; the first turn counts for nothing."""
    from skimage.metrics import structural_similarity

    first = "ACCEPT" in os.environ
    rows = []
    for side, change, number, a, b in pairs():
        if first:
            image_harness.check(a, f"{side}-{change}-{number}")
            continue

        def check(image: np.ndarray = b, name: str = f"{side}-{change}-{number}") -> None:
            try:
                image_harness.check(image, name)
            except pytest.fail.Exception:
                assert "-equal-" not in name

        ways: dict[str, Callable[[], Any]] = {
            "allclose": lambda a=a, b=b: np.allclose(a, b),
            "ssim": lambda a=a, b=b: structural_similarity(a, b, channel_axis=-1),
            "check": check,
        }
        spent = {}
        for name, way in ways.items():
            begun = time.process_time()
            way()
            spent[name] = 1000 * (time.process_time() - begun)
        rows.append({"side": side, "change": change} | spent)
    if turn:
        with Path(os.environ["TIMES"]).open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


def run(folder: Path, rounds: int, **more: str) -> None:
    environment = os.environ | {"ROUNDS": str(rounds), "TIMES": str(folder / "times"), "CI": ""} | more
    root = str(Path(__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "image_harness", "test_checks.py"]
    command += ["--harness-update=missing"] if "ACCEPT" in more else []
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr)


def rows_of(lines: list[dict[str, Any]]) -> Iterator[str]:
    for side in SIDES:
        for change in CHANGES:
            own = [line for line in lines if (line["side"], line["change"]) == (side, change)]
            ssim, check, allclose = (
                statistics.median(line[way] for line in own) for way in ("ssim", "check", "allclose")
            )
            ratio = statistics.median(line["check"] / line["ssim"] for line in own)
            yield f"| {side} × {side} | {change} | {allclose:.2f} | {ssim:.1f} | {check:.2f} | {ratio:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_checks.py").write_text(TEST)
        run(folder, rounds, ACCEPT="1")
        run(folder, rounds)
        lines = [json.loads(line) for line in (folder / "times").read_text().splitlines()]
    made = f"{datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, {decoder_name()}, kernel {kernel_name()}"
    RESULTS.write_text(
        "# What a check in a test costs\n\n"
        f"Made by `python -m benchmarks.checking --rounds {rounds}` on {made}. Four photos a row, checked as uint8 "
        "arrays by `image_harness.check(array, name)` with `drift` exact; recording the result, and for what differs "
        "the PNG, the heat map and the message are included. CPU ms an image (median), every way in turn on each pair, "
        "on a machine that others use too: read the ratios.\n\n"
        "| size | images | `numpy.allclose` | scikit-image SSIM | check | check ÷ SSIM |\n|---|---|---|---|---|---|\n"
        + "\n".join(rows_of(lines))
        + "\n"
    )
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
