"""Run benchmarks, and write the page that lists all of them: ``reports/benchmarks/index.md``.

    python -m benchmarks                 # the page again, from the reports as they are
    python -m benchmarks drifted query   # these, then the page
    python -m benchmarks short           # all that end within minutes, then the page

A benchmark that writes no report of its own has what it prints stored as one. Each report names its command, its day
and the machine; only ratios of one run mean anything on another one.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

REPORTS = Path(__file__).parents[1] / "reports" / "benchmarks"
PRINTED = {
    "decoders": "Which decoders give the pixels of Pillow",
    "drifted": "What a drifted trial costs in a run",
    "explaining": "What it costs to explain a drift",
    "query": "What questions over many runs cost",
    "records": "What reading and writing a line of the ledger costs",
    "scale": "Threads and workers of one machine",
    "startup": "What starting a command costs",
}
"""Benchmarks that print a few lines, each with the title of its report."""
WRITTEN = {
    "asking": 10, "audit": 20, "checking": 5, "compare": 5, "detection": 60, "gateway": 5, "growth": 15,
    "monitor": 10, "probing": 30, "server_changes": 10, "simulated": 20, "throughput": 5, "verdicts": 60,
}  # fmt: skip
"""Benchmarks that write their own report, with about how many minutes they take on two quiet cores."""
SHORT = 5
MADE = re.compile(r"Made by `([^`]+)`.*? on (\d{4}-\d\d-\d\d)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = ", ".join(("short", *PRINTED, *WRITTEN))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {known}")
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in ("short", *PRINTED, *WRITTEN)]:
        parser.error(f"no benchmark {unknown[0]}; one or more of {known}")
    if "short" in names:
        names = [*PRINTED, *(name for name, minutes in WRITTEN.items() if minutes <= SHORT)]
    for name in names:
        print(f"== {name}", flush=True)
        if name in PRINTED:
            _store(name)
        else:
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
    _index()


def _store(name: str) -> None:
    """Run a benchmark that prints, and store what it prints as its report."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(printed, flush=True)
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    made = f"Made by `python -m benchmarks.{name}` on {datetime.now(UTC):%Y-%m-%d}: {where}."
    body = printed.strip() if "|---" in printed else f"```\n{printed.strip()}\n```"
    (REPORTS / f"{name}.md").write_text(f"# {PRINTED[name]}\n\n{made}\n\n{body}\n", encoding="utf-8")


def _index() -> None:
    rows = []
    for path in sorted(REPORTS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found = MADE.search(text)
        if path.name == "index.md":
            continue
        if found is None:
            raise SystemExit(f"{path.name} does not say by which command it was made, and when")
        rows.append(f"| [{text.splitlines()[0].lstrip('# ')}]({path.name}) | `{found[1]}` | {found[2]} |")
    head = (
        "# Benchmarks\n\nMade by `python -m benchmarks` of the reports beside it. Each names the machine and the "
        "versions of its peers. All were measured on shared machines: read the ratios of one report, not its "
        "milliseconds, and compare no two reports.\n\n<!-- made: pages-beside -->\n\n"
        "| report | command | made on |\n|---|---|---|\n"
    )
    (REPORTS / "index.md").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
