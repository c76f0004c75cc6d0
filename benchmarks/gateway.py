"""What a gateway costs beside generating, and how it holds a burst: SQLite beside Postgres.

    python -m benchmarks.gateway               # writes reports/benchmarks/gateway.md
    python -m benchmarks.gateway --no-postgres

Overhead: the same images of the painter by its provider alone, and over REST, each in a fresh process, in turn; CPU
seconds of the whole server process against those of the bare process. Burst: many jobs at once to a provider that
takes 20 ms, four at a time; memory of the server is read while they wait and when all are done.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.gateway.postgres import postgres

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "reports" / "benchmarks" / "gateway.md"
PROMPT, SIDE, QUALITY = "two red circles to the left of a blue square", 256, "standard"
PROGRAM = """\
import time
from pathlib import Path

IMAGE = (Path(__file__).parent / "image.png").read_bytes()


def generate(prompt, seed):
    time.sleep(0.02)
    return IMAGE
"""
PROJECT = """\
[providers.quick]
kind = "python"
function = "quick.py:generate"
price = 0
concurrency = 4
"""
BARE = """\
import json, resource, sys, time
from pathlib import Path
from harness.provider import Job, create
from harness.records import Recipe, Request, Subject, TrialKey

count = int(sys.argv[1])
painter = create("painter", "painter", {}, Path())
for seed in range(count + 1):
    if seed == 1:
        begun, before = time.perf_counter(), time.process_time()
    request = Request("PROMPT", seed=seed, width=SIDE, height=SIDE)
    subject = Subject("painter", "painter", settings={"quality": "QUALITY"})
    painter.generate(Job(Recipe(request, subject), TrialKey("a", "b", seed=seed)))
print(json.dumps({"wall": time.perf_counter() - begun, "cpu": time.process_time() - before}))
"""


@dataclass(frozen=True)
class Server:
    """A ``harness serve`` process and where it listens."""

    process: "subprocess.Popen[str]"
    url: str

    def cpu(self) -> float:
        """User and system seconds of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MiB of the process now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def start(stack: ExitStack, folder: Path, database: str | None, *more: str) -> Server:
    """Start a server that ends with the stack."""
    given = [] if database is None else ["--database", database]
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "serve", "--port", "0", "--json", *given, *more],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    text = ""
    assert process.stdout is not None
    for line in process.stdout:
        text += line
        try:
            return Server(process, json.loads(text)["rest"])
        except ValueError:
            continue
    raise RuntimeError(text)


def bare(count: int) -> dict[str, float]:
    """CPU and wall seconds of the provider alone, in a process of its own."""
    code = BARE.replace("PROMPT", PROMPT).replace("SIDE", str(SIDE)).replace("QUALITY", QUALITY)
    done = subprocess.run(
        [sys.executable, "-c", code, str(count)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def served(count: int, database: str | None) -> dict[str, float]:
    """CPU and wall seconds of the same images over REST, one after another."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = start(stack, folder, database)
        client = stack.enter_context(httpx.Client(base_url=server.url, timeout=120))
        body = {"model": "painter", "prompt": PROMPT, "quality": QUALITY, "size": f"{SIDE}x{SIDE}"}
        client.post("/v1/images/generations", json=body | {"seed": 0}).raise_for_status()
        begun, before = time.perf_counter(), server.cpu()
        for seed in range(1, count + 1):
            client.post("/v1/images/generations", json=body | {"seed": seed}).raise_for_status()
        return {"wall": time.perf_counter() - begun, "cpu": server.cpu() - before}


def burst(jobs: int, database: str | None) -> dict[str, Any]:
    """Submit jobs at once, and wait until all are final; how long each call took and what the server needed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "harness.toml").write_text(PROJECT)
        (folder / "quick.py").write_text(PROGRAM)
        from PIL import Image

        Image.effect_noise((64, 64), 40).save(folder / "image.png")
        server = start(stack, folder, database, "--provider", "quick", "--queue", str(jobs))
        return asyncio.run(_burst(server, jobs))


async def _burst(server: Server, jobs: int) -> dict[str, Any]:
    submits: list[float] = []
    polls: list[float] = []
    idle = server.memory()
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as client:

        async def timed(into: list[float], method: str, path: str, **more: Any) -> Any:
            begun = time.perf_counter()
            reply = await client.request(method, path, **more)
            into.append(time.perf_counter() - begun)
            return reply.raise_for_status().json()

        async def submit(seed: int) -> str:
            async with gate:
                body = {"model": "quick", "prompt": "a circle", "size": "64x64", "seed": seed}
                return str((await timed(submits, "POST", "/v1/jobs", json=body))["id"])

        async def end(job: str) -> str:
            async with gate:
                while True:
                    state = str((await timed(polls, "GET", f"/v1/jobs/{job}"))["state"])
                    if state not in ("queued", "running"):
                        return state
                    await asyncio.sleep(0.5)

        gate, begun, cpu = asyncio.Semaphore(64), time.perf_counter(), server.cpu()
        ids = await asyncio.gather(*map(submit, range(jobs)))
        accepted = time.perf_counter() - begun
        waiting = server.memory()
        states = await asyncio.gather(*map(end, ids))
        seconds = time.perf_counter() - begun
    return {
        "completed": states.count("completed"),
        "submit": _percentiles(submits),
        "poll": _percentiles(polls),
        "accepted": accepted,
        "per_second": jobs / seconds,
        "cpu": (server.cpu() - cpu) * 1000 / jobs,
        "memory": (idle, waiting, server.memory()),
    }


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-postgres", action="store_true")
    given = parser.parse_args()
    with nullcontext(None) if given.no_postgres else postgres() as address:
        stores = {"SQLite": None} | ({} if address is None else {"Postgres": address})
        rows: dict[str, list[dict[str, float]]] = {"provider alone": []} | {name: [] for name in stores}
        for _ in range(given.rounds):
            rows["provider alone"].append(bare(given.images))
            for name, database in stores.items():
                rows[name].append(served(given.images, database))
        bursts = {name: burst(given.jobs, database) for name, database in stores.items()}
    text = report(given, rows, bursts)
    RESULTS.write_text(text)
    print(text)


def report(given: argparse.Namespace, rows: dict[str, list[dict[str, float]]], bursts: dict[str, Any]) -> str:
    """Return the page of results."""

    def median(name: str, what: str) -> float:
        return statistics.median(one[what] for one in rows[name])

    lines = [
        "# What a gateway costs",
        "",
        f"Made by `python -m benchmarks.gateway` on {datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, "
        f"{os.cpu_count()} cores ({platform.machine()}) shared with whatever else ran: read the ratios.",
        "",
        f"## Beside generating: {given.images} images of the painter ({QUALITY}, {SIDE} × {SIDE}), one after another",
        "",
        f"Median of {given.rounds} rounds, all ways in turn, each in a process of its own; CPU is that of the whole "
        "process.",
        "",
        "| way | CPU ms an image | ÷ alone | wall ms an image | ÷ alone |",
        "|---|---|---|---|---|",
    ]
    for name in rows:
        cpu, wall = (median(name, what) * 1000 / given.images for what in ("cpu", "wall"))
        ratios = [
            statistics.median(
                one[what] / base[what] for one, base in zip(rows[name], rows["provider alone"], strict=True)
            )
            for what in ("cpu", "wall")
        ]
        label = name if name == "provider alone" else f"over REST, {name}"
        lines.append(f"| {label} | {cpu:.0f} | {ratios[0]:.2f} | {wall:.0f} | {ratios[1]:.2f} |")
    lines += [
        "",
        f"## A burst: {given.jobs:,} jobs at once, a provider of 20 ms, four at a time",
        "",
        "| store | completed | submit p50, p99 ms | poll p50, p99 ms | all accepted after s | images a second "
        "(ideal 200) | server CPU ms a job | MiB idle, all waiting, done |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in bursts.items():
        submit, poll = (f"{one[what][0]:.0f}, {one[what][1]:.0f}" for what in ("submit", "poll"))
        memory = ", ".join(f"{value:.0f}" for value in one["memory"])
        lines.append(
            f"| {name} | {one['completed']:,} | {submit} | {poll} | {one['accepted']:.1f} | {one['per_second']:.0f} "
            f"| {one['cpu']:.1f} | {memory} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
