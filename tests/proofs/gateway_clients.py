"""Clients that misbehave: how a gateway serves others meanwhile, and what it takes.

    python -m tests.proofs.gateway_clients                  # one line of JSON

``leaving``: seconds from a client's end to that of its generation. ``idle``: many connections that send nothing.
``endless``: a body that never ends. ``slow_body``: one byte a second. ``slow_reader``: replies that are not read.
Latencies are of ``/readyz`` by another client, in milliseconds: before, and the longest meanwhile.
"""

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
HD = {"prompt": "a blue house at night with five yellow stars", "quality": "high", "size": "1024x1024", "n": 8}


class Gateway:
    """A ``harness serve`` process."""

    def __init__(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", "serve", "--port", "0", "--json", "--log", "log.jsonl"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(self.process.wait)
        stack.callback(self.process.terminate)
        text = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text += line
            with suppress(ValueError):
                self.url = json.loads(text)["rest"]
                break
        self.address = ("127.0.0.1", int(self.url.rpartition(":")[2]))
        self.client = stack.enter_context(httpx.Client(base_url=self.url, timeout=60))

    def memory(self) -> int:
        """MiB of the process now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024

    def latency(self, count: int = 20) -> tuple[float, float]:
        """Median and longest milliseconds of a small request."""
        taken = []
        for _ in range(count):
            begun = time.perf_counter()
            self.client.get("/readyz").raise_for_status()
            taken.append((time.perf_counter() - begun) * 1000)
        return round(sorted(taken)[count // 2], 1), round(max(taken), 1)

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(self.address, 60)

    def post(self, path: str, body: dict[str, Any]) -> socket.socket:
        """Send a request and return the connection, nothing read."""
        connection, data = self.connect(), json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return connection


def leaving(gateway: Gateway) -> dict[str, Any]:
    """Go away while images are generated."""
    connection = gateway.post("/v1/images/generations", HD)
    while not (job := _newest(gateway)) or job["state"] != "running":
        time.sleep(0.05)
    time.sleep(0.5)
    connection.close()
    begun = time.perf_counter()
    while _newest(gateway)["state"] == "running":
        time.sleep(0.02)
    return {"state": _newest(gateway)["state"], "seconds": round(time.perf_counter() - begun, 2)}


def idle(gateway: Gateway, count: int) -> dict[str, Any]:
    """Open many connections that send nothing."""
    before, memory = gateway.latency(), gateway.memory()
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(gateway.connect())
        return {
            "connections": count,
            "before": before,
            "meanwhile": gateway.latency(),
            "mib": [memory, gateway.memory()],
        }


def endless(gateway: Gateway) -> dict[str, Any]:
    """Send a body that never ends, in chunks."""
    memory, sent = gateway.memory(), 0
    with gateway.connect() as connection:
        head = "POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
        with suppress(OSError):
            while sent < 2**30:
                connection.sendall(chunk)
                sent += 2**20
        status = _status(connection)
    return {"status": status, "mib_sent": sent // 2**20, "mib": [memory, gateway.memory()]}


def slow_body(gateway: Gateway) -> dict[str, Any]:
    """Send one byte a second."""
    begun = time.perf_counter()
    with gateway.connect() as connection:
        head = "POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode())
        connection.settimeout(1.0)
        while time.perf_counter() - begun < 300:
            try:
                connection.sendall(b" ")
                status = _status(connection)
            except TimeoutError:
                continue
            except OSError:
                status = 0
            return {"status": status, "seconds": round(time.perf_counter() - begun, 1)}
    return {"status": None, "seconds": 300}


def slow_reader(gateway: Gateway, count: int = 20) -> dict[str, Any]:
    """Ask for large replies and read none of them."""
    body = {"prompt": "a red circle", "seed": 1, "quality": "low", "size": "1024x1024", "n": 10}
    gateway.client.post("/v1/images/generations", json=body).raise_for_status()
    memory, before = gateway.memory(), gateway.latency()
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(gateway.post("/v1/images/generations", body))
        end = time.monotonic() + 20
        longest = 0.0
        while time.monotonic() < end:
            longest = max(longest, gateway.latency(3)[1])
            time.sleep(0.2)
        held = gateway.memory()
    return {"readers": count, "before": before, "longest": longest, "mib": [memory, held]}


def _newest(gateway: Gateway) -> dict[str, Any]:
    document = gateway.client.get("/v1/jobs", params={"limit": 1}).raise_for_status().json()
    return dict(document["data"][0]) if document["data"] else {}


def _status(connection: socket.socket) -> int:
    line = connection.recv(4096).split(b"\r\n")[0].split()
    return int(line[1]) if len(line) > 1 else 0


def main() -> None:
    """Run all, and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=int, default=10_000)
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        gateway = Gateway(stack)
        gateway.client.post("/v1/images/generations", json={"prompt": "a red circle"}).raise_for_status()
        found["leaving"] = leaving(gateway)
        found["idle"] = idle(gateway, given.idle)
        found["endless"] = endless(gateway)
        found["slow_body"] = slow_body(gateway)
        found["slow_reader"] = slow_reader(gateway)
        found["after"] = {"latency": gateway.latency(), "mib": gateway.memory()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
