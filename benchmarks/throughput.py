"""What asking a hosted system costs: many images through a server of 50 ms latency, beside bare clients.

    python -m benchmarks.throughput            # writes reports/benchmarks/throughput.md

The server is a process of its own; it answers each request after the latency with one prepared reply of the images
API (JSON, an image of the painter as base64). Each way runs in a fresh process: ours through ``generate_all`` and the
``openai-compatible`` kind with every check, the others as a bare loop over threads that decodes JSON and base64.
"""

import argparse
import asyncio
import base64
import json
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "throughput.md"
BODY = {"model": "m", "prompt": "two red circles", "n": 1, "size": "256x256", "response_format": "b64_json"}
SIZE = 256
ROUNDS = 5


def serve(latency: float) -> None:
    """Answer on a free port, which is printed, until killed."""
    from harness.provider import Job, create
    from harness.records import Recipe, Request, Subject, TrialKey

    request = Request("two red circles to the left of a blue square", seed=0, width=SIZE, height=SIZE)
    job = Job(Recipe(request, Subject("painter", "painter")), TrialKey("suite", "case", "base", 0))
    image = create("painter", "painter", {}, Path()).generate(job).data
    usage = {"input_tokens": 10, "output_tokens": 272, "total_tokens": 282}
    data = [{"b64_json": base64.b64encode(image).decode()}]
    body = json.dumps({"created": 1, "data": data, "usage": usage}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = head.encode() + body

    class Answer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: Any = transport
            self.read = b""

        def data_received(self, data: bytes) -> None:
            self.read += data
            while (end := self.read.find(b"\r\n\r\n")) >= 0:
                lines = self.read[:end].lower().split(b"\r\n")
                length = next((int(x.partition(b":")[2]) for x in lines if x.startswith(b"content-length:")), 0)
                if len(self.read) < end + 4 + length:
                    return
                self.read = self.read[end + 4 + length :]
                asyncio.get_running_loop().call_later(latency, self.transport.write, whole)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], len(body), flush=True)
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def server(latency: float) -> Iterator[tuple[str, int]]:
    """Start a server; yield its base URL, and the bytes of a reply."""
    argv = [sys.executable, "-m", "benchmarks.throughput", "--serve", "--latency", str(latency)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port, size = process.stdout.readline().split()
        yield f"http://127.0.0.1:{port}/v1", int(size)
    finally:
        process.kill()
        process.wait()


def ours(url: str, count: int, concurrency: int) -> None:
    """Through the Session that a run generates with."""
    from harness.generation import Generated, Session, Sources
    from harness.records import Recipe, Request, RunRecord, Subject, Trial, TrialKey
    from harness.suite import ProviderSpec

    spec = ProviderSpec("m", "openai-compatible", {"base_url": url, "concurrency": concurrency, "price": 0}, ".")
    subject = Subject("m", "openai-compatible", "m")

    def trials() -> Iterator[Trial]:
        for seed in range(count):
            key = TrialKey("suite", "case", "base", seed)
            yield Trial(key, Recipe(Request("two red circles", seed=seed, width=SIZE, height=SIZE), subject))

    record = RunRecord("throughput", (), "", "")
    with tempfile.TemporaryDirectory() as folder, Session.open(Sources({"m": spec}), record, Path(folder)) as session:
        generated = sum(isinstance(result, Generated) for result in session.generate(trials()))
    assert generated == count, f"{count - generated} were not generated"


def bare(post: Callable[[str, bytes], bytes]) -> Callable[[str, int, int], None]:
    """Return a loop over threads, as one writes it at first."""

    def loop(url: str, count: int, concurrency: int) -> None:
        def one(_: int) -> int:
            reply = json.loads(post(f"{url}/images/generations", json.dumps(BODY).encode()))
            return len(base64.b64decode(reply["data"][0]["b64_json"]))

        with ThreadPoolExecutor(concurrency) as threads:
            assert all(size > 1000 for size in threads.map(one, range(count)))

    return loop


def with_httpx(name: str, connections: int) -> Callable[[str, bytes], bytes]:
    """One client for all threads."""
    from importlib import import_module

    httpx: Any = import_module(name)
    client = httpx.Client(limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections))
    return lambda url, body: client.post(url, content=body, headers={"content-type": "application/json"}).content


def with_pyreqwest_below(connections: int) -> Callable[[str, bytes], bytes]:
    """httpx with another transport underneath."""
    import httpx
    from pyreqwest.client import SyncClientBuilder
    from pyreqwest.compatibility.httpx import SyncHttpxTransport

    client = httpx.Client(transport=SyncHttpxTransport(SyncClientBuilder().max_connections(connections).build()))
    return lambda url, body: client.post(url, content=body, headers={"content-type": "application/json"}).content


def with_urllib3(connections: int) -> Callable[[str, bytes], bytes]:
    """Another client altogether."""
    import urllib3

    pool = urllib3.PoolManager(maxsize=connections)
    return lambda url, body: pool.request("POST", url, body=body, headers={"content-type": "application/json"}).data


WAYS: dict[str, tuple[str | None, Callable[[int], Callable[[str, int, int], None]]]] = {
    "ours": (None, lambda _: ours),
    "bare httpx": ("httpx", lambda n: bare(with_httpx("httpx", n))),
    "bare httpx2": ("httpx2", lambda n: bare(with_httpx("httpx2", n))),
    "bare httpx over pyreqwest": ("pyreqwest", lambda n: bare(with_pyreqwest_below(n))),
    "bare urllib3": ("urllib3", lambda n: bare(with_urllib3(n))),
}
"""Name → the package it needs beside ours, and what runs it."""


def measure(way: str, url: str, count: int, concurrency: int) -> None:
    """Run one way in this process and print its numbers; one call before brings the imports, and is not counted."""
    run = WAYS[way][1](concurrency)
    run(url, 1, 1)
    wall, cpu = time.perf_counter(), time.process_time()
    run(url, count, concurrency)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu / count, "peak": peak, "threads": threading.active_count()}))


def measured(way: str, url: str, count: int, concurrency: int) -> dict[str, float]:
    """Return the numbers of one way, from a process of its own."""
    argv = [sys.executable, "-m", "benchmarks.throughput", "--measure", way, "--url", url]
    argv += ["--count", str(count), "--concurrency", str(concurrency)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report(count: int, concurrency: int, latency: float) -> str:
    """Measure everything in turn, ROUNDS times, and tell the best of each."""
    ways = {name: package for name, (package, _) in WAYS.items() if package is None or _version(package)}
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with server(latency) as (url, size):
        few = measured("ours", url, count // 4, concurrency)
        for _ in range(ROUNDS):
            for way in ways:
                found[way].append(measured(way, url, count, concurrency))
    ideal = count * latency / concurrency
    packages = ", ".join(f"{p} {_version(p)}" for p in ("httpx", *filter(None, ways.values())) if _version(p))
    lines = [
        "# What asking a hosted system costs",
        "",
        f"Made by `python -m benchmarks.throughput` on {datetime.now(UTC):%Y-%m-%d}: "
        f"Python {platform.python_version()}, {', '.join(dict.fromkeys(packages.split(', ')))}. {count:,} images "
        f"through a server on the same machine that answers after {latency * 1000:g} ms with {size / 1024:.0f} KiB (a "
        f"image of the painter, {SIZE} × {SIZE}, as base64 in JSON), {concurrency} at a time. "
        f"Ideal = count × latency ÷ concurrency = {ideal:.3f} s. Median of {ROUNDS} rounds, all ways in turn, each in "
        "a process of its own (lowest and highest behind it); client and server share the machine's cores with "
        "whatever else ran, so read the ratios of one run.",
        "",
        "| way | total s | ÷ ideal | client CPU ms an image | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for way, rounds in found.items():
        wall, cpu = _middle(rounds, "wall"), _middle(rounds, "cpu")
        peak = max(one["peak"] for one in rounds)
        ratios = [one["wall"] / ideal for one in rounds]
        spread = f"{wall / ideal:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        lines.append(f"| {way} | {wall:.3f} | {spread} | {cpu * 1000:.2f} | {peak:.0f} |")
    most = max(one["peak"] for one in found["ours"])
    lines += [
        "",
        "Ours goes through the pool, the retries, the limits and deadlines, the adapter, and the redaction; the "
        "bare loops only post, decode and count.",
        "",
        f"Peak memory of ours: {few['peak']:.0f} MiB after {count // 4} images, {most:.0f} MiB after {count:,}.",
        "",
    ]
    return "\n".join(lines)


def _middle(rounds: list[dict[str, float]], name: str) -> float:
    return sorted(one[name] for one in rounds)[len(rounds) // 2]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.05, metavar="SECONDS")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.serve:
        serve(a.latency)
    elif a.measure:
        measure(a.measure, a.url, a.count, a.concurrency)
    else:
        reported = report(a.count, a.concurrency, a.latency)
        RESULTS.write_text(reported)
        print(reported)


if __name__ == "__main__":
    main()
