"""Every client against the gateway: runs the tests and writes reports/benchmarks/clients.md.

    python -m tests.extra_clients.matrix

A client that is not installed is listed as such. The exit code is 1 where a test failed or a client has none.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.extra_clients.clients import CLIENTS, NOT_INSTALLED, Client
from tests.extra_clients.serving import ROOT

WRITTEN = ROOT / "reports" / "benchmarks" / "clients.md"
Outcomes = Mapping[str, Counter[str]]
"""By test, without its parameters: how many cases passed, failed and were skipped."""


def outcomes(client: Client) -> Outcomes:
    """Run the tests of a client."""
    tests = list(client.tests())
    if not tests or NOT_INSTALLED in client.versions:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
        subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, check=False)
        return dict(read(report))


def read(report: Path) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the tests of a JUnit file with their outcomes."""
    found: dict[str, Counter[str]] = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.get("name", "").partition("[")[0]
        bad = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcome = "passed" if not bad else "skipped" if bad == {"skipped"} else "failed"
        found.setdefault(name, Counter())[outcome] += 1
    yield from found.items()


def page(results: Mapping[Client, Outcomes]) -> str:
    """Return the page of the outcomes."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    lines = [
        "# Clients of the gateway",
        "",
        f"Made by `python -m tests.extra_clients.matrix` on {datetime.now(UTC):%Y-%m-%d}: Python "
        f"{platform.python_version()}, Node {node}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores.",
        "Unmodified clients call a real server on 127.0.0.1: npm clients and `buf curl` a process of `harness serve`",
        "with the painter, Python clients a server in the process of the tests.",
        "",
        "| client | version | tests | cases passed | failed | skipped |",
        "|---|---|---|---|---|---|",
    ]
    for client, tests in results.items():
        total: Counter[str] = sum(tests.values(), Counter())
        counts = f"{len(tests)} | {total['passed']} | {total['failed']} | {total['skipped']}"
        lines.append(f"| {client.name} | {client.versions} | {counts if tests else 'not run | – | – | –'} |")
    for client, tests in results.items():
        if tests:
            lines += ["", f"## {client.name} {client.versions}", "", "| call | outcome |", "|---|---|"]
            lines += [f"| {sentence(name)} | {shown(counts)} |" for name, counts in sorted(tests.items())]
    return "\n".join(lines) + "\n"


def sentence(name: str) -> str:
    """Return the name of a test as words."""
    words = name.removeprefix("test_").replace("_", " ")
    return re.sub(r"\b(painter|gateway)s\b", r"\1's", words)


def shown(counts: Counter[str]) -> str:
    """Return the outcome of a test; with several cases how many each."""
    if counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.most_common())


def main() -> int:
    """Run every client and write the page."""
    results = {client: outcomes(client) for client in CLIENTS}
    WRITTEN.write_text(page(results), encoding="utf-8")
    print(WRITTEN)
    return int(any(not tests or any(counts["failed"] for counts in tests.values()) for tests in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
