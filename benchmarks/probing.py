"""What ``harness probe`` says of programs whose fault is known, beside what is right.

``python -m benchmarks.probing`` writes ``reports/benchmarks/probe.md``; names of faults as arguments probe only those,
and print. Each program of ``benchmarks/probes`` is probed once as a person would do it, with one case and every option
at its default. The first thing that a probe says beyond "exact" counts.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.probes.faults import FAULTS, GIVEN, Fault

FOLDER = Path(__file__).with_name("probes")
REPORT = Path("reports/benchmarks/probe.md")
AT_A_TIME = 2
SUITE = """\
suite: faulty
provider: mine
providers:
  mine: {{{provider}, price: 0{more}}}
defaults: {{size: 96x96, seeds: [0]}}
cases:
  - {{id: waves, prompt: some waves}}
"""
SAYS = {
    "diagnosis.broken-images": "broken",
    "diagnosis.seed-ignored": "seed ignored",
    "diagnosis.modes": "modes",
    "diagnosis.unsteady": "modes",
    "diagnosis.continuous-noise": "noise",
    "diagnosis.exact": "exact",
    "diagnosis.encoding": "encoder",
    "diagnosis.inconclusive": "not determined",
    "diagnosis.unclear": "not determined",
    "diagnosis.change-point": "change point",
    "diagnosis.trend": "trend",
    "diagnosis.period": "period",
    "diagnosis.runs": "runs",
    "diagnosis.first-only": "first",
    "diagnosis.one-seed": "one seed varies",
    "seed.neighbors": "neighbors",
    "seed.shared": "seeds shared",
}
"""What the codes of a diagnosis say of a program."""
SEEDS = {"ignored": "seed ignored", "constant": "constant", "cached": "cache", "rejected": "seed rejected"}


@dataclass(frozen=True, slots=True)
class Said:
    """What a probe said: the first thing and all, from how many images within how many seconds."""

    all: tuple[str, ...]
    images: int
    seconds: float

    @property
    def first(self) -> str:
        """What a reader takes away."""
        return next((one for one in self.all if one != "exact"), "exact" if self.all else "nothing")


def said(report: Any, seconds: float) -> Said:
    """Return what the JSON of a probe says."""
    found: list[str] = []
    for cause in report["diagnosis"]["causes"]:
        code, data = cause["code"], cause.get("data") or {}
        if code == "diagnosis.depends":
            found.append({"hash": "hash seed"}.get(data["probe"], data["probe"]))
        elif code == "diagnosis.seed-lost":
            found += [SEEDS[data["outcome"]]] if data["outcome"] in SEEDS else []
        elif code == "seed.modulus":
            found.append(f"modulus {data['modulus']}")
        elif code in SAYS:
            found.append(SAYS[code])
    return Said(tuple(dict.fromkeys(found)), report["generated"], seconds)


def probe(fault: Fault) -> Said:
    """Probe a program in a process and folder of its own, and print what was said."""
    programs = FOLDER / fault.file
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        argv = json.dumps([sys.executable, str(programs), fault.name, "{out}", "{seed}", "{prompt}"])
        provider = f"kind: command, argv: {argv}, env: [FAULTY_STATE]"
        if fault.python:
            provider = f'kind: python, function: "{programs}:generate"'
        more = f", concurrency: {fault.concurrency}" if fault.concurrency > 1 else ""
        (folder / "faulty.yaml").write_text(SUITE.format(provider=provider, more=more))
        (folder / "harness.toml").touch()
        state = {"FAULTY_STATE": str(folder / "state.json"), "FAULTY_FAULT": fault.name}
        path = os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH"))))
        command = (sys.executable, "-m", "harness", "probe", "faulty.yaml", "--no-store", "--json")
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | state | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if not done.stdout:
            raise RuntimeError(done.stderr)
        answer = said(json.loads(done.stdout)["probes"][0], time.monotonic() - begun)
        print(row(fault, answer), flush=True)
        return answer


def probed(faults: Iterable[Fault]) -> list[tuple[Fault, Said]]:
    """Probe programs, a few at a time."""
    chosen = tuple(faults)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(zip(chosen, pool.map(probe, chosen), strict=True))


def right(fault: Fault, answer: Said) -> str:
    """Return ``right``, ``false exact`` or ``wrong``."""
    if answer.first in fault.right:
        return "right"
    return "false exact" if answer.first == "exact" else "wrong"


def row(fault: Fault, answer: Said) -> str:
    """Return a row of the table in Markdown."""
    name = fault.name if fault.file == "programs.py" else f"{fault.file} {fault.name}"
    cells = (name, fault.mechanism, " or ".join(fault.right), ", ".join(answer.all), right(fault, answer))
    return f"| {' | '.join(cells)} | {answer.images} | {answer.seconds:.0f} |"


def table(rows: Sequence[tuple[Fault, Said]]) -> str:
    """Return the table in Markdown."""
    head = ["| program | mechanism | true | the probe says | | images | seconds |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *(row(*one) for one in rows)])


def report(rows: Sequence[tuple[Fault, Said]]) -> str:
    """Return the report."""
    own = [right(*one) for one in rows if one[0] in FAULTS]
    given = [right(*one) for one in rows if one[0] in GIVEN]
    falsely = (own + given).count("false exact")
    machine = f"{platform.machine()}, {platform.system()}, {os.cpu_count()} shared cores"
    return f"""\
# What a probe says of faulty programs

Made by `python -m benchmarks.probing` on {datetime.now(UTC):%Y-%m-%d} ({machine}, Python {platform.python_version()}).

Each program is probed once with one case and every option at its default, {AT_A_TIME} at a time. The first thing that
the probe says beyond "exact" counts; the seconds depend on what else the machine does. Programs and right answers were
written before the probe was changed for them: the probe before named 19 of these 46 right, and called 15 exact falsely.

Now {own.count("right")} of {len(own)} are named right, and of those that others wrote {given.count("right")} of
{len(given)}; {falsely} are called exact falsely.

{table(rows)}
"""


def main(names: Sequence[str]) -> None:
    """Probe all programs and write the report, or those named and print."""
    rows = probed(fault for fault in (*FAULTS, *GIVEN) if not names or fault.name in names)
    if not names:
        REPORT.write_text(report(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
