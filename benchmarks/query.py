"""What a question over many runs costs: reading lines, the first question (it makes the tables), and the next ones.

    python -m benchmarks.query [--trials 1000000] [--runs 100]

The lines are those of one real run, under other names of cases, each run in a folder of its own. Prints seconds.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harness.ledger import iter_results
from harness.report import query
from harness.study import history_of

QUESTIONS = {
    "count by verdict": "select verdict, count(*) from trials group by all",
    "one case over all runs": "select run, verdict, ssim from trials where \"case\" = 'case-1'",
    "p90 of seconds by run": "select run, quantile_cont(seconds, 0.9) from trials group by all",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports = _written(Path(folder), given.trials // given.runs, given.runs)
        lines = sum(path.stat().st_size for path in reports.glob("*/trials.jsonl"))
        print(
            f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}: {given.trials:,} trials of "
            f"{given.runs} runs, {lines / 1e6:.0f} MB of lines"
        )
        one = next(reports.iterdir())
        whole = _seconds(lambda: sum(1 for _ in iter_results(one)))
        print(f"decode one run                 {whole:8.3f} s")
        print(f"one case of it (its key first) {_seconds(lambda: list(iter_results(one, _is_first))):8.3f} s")
        print(f"harness history case-1         {_seconds(lambda: history_of(reports, 'case-1')):8.3f} s")
        for name, sql in {"first question, makes tables": next(iter(QUESTIONS.values())), **QUESTIONS}.items():
            print(f"{name:30} {_seconds(lambda sql=sql: query(reports, sql)):8.3f} s")  # type: ignore[misc]
        tables = sum(path.stat().st_size for path in reports.glob("*/*.parquet"))
        print(f"tables: {tables / 1e6:.0f} MB")


def _is_first(key: object) -> bool:
    return getattr(key, "case", "") == "case-1"


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _written(root: Path, trials: int, runs: int) -> Path:
    subprocess.run([sys.executable, "-m", "harness", "init", str(root / "p")], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "harness", "run"], cwd=root / "p", check=False, capture_output=True)
    made = next((root / "p" / "reports").glob("*/run.json")).parent
    (line, *_) = (made / "trials.jsonl").read_text().splitlines()
    case = json.loads(line)["key"]["case"]
    record, reports = (made / "run.json").read_text(), root / "reports"
    for run in range(runs):
        folder = reports / f"run-{run:04}"
        folder.mkdir(parents=True)
        text = re.sub(r'"run": *"[^"]*"', f'"run": "run-{run:04}"', record, count=1)
        (folder / "run.json").write_text(text)
        with (folder / "trials.jsonl").open("w") as stream:
            stream.writelines(line.replace(f'"case":"{case}"', f'"case":"case-{n}"') + "\n" for n in range(trials))
    shutil.rmtree(root / "p")
    return reports


if __name__ == "__main__":
    main()
