"""Gateways killed at random moments under load, and started again, until every job is final.

    python -m tests.proofs.gateway_storm --kills 50                       # SQLite, two processes
    python -m tests.proofs.gateway_storm --kills 50 --postgres            # Postgres, two processes

One line of JSON is printed at the end. ``lost`` counts jobs that were accepted and are unknown or not final at the end,
``paid_twice`` calls of the provider beyond one an image, ``unexplained`` jobs that neither completed nor failed as
possibly billed, ``webhooks_missed`` final jobs whose end was not reported, ``not_recorded`` completed images that no
run has.
"""

import argparse
import base64
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.gateway.postgres import postgres
from tests.proofs.counted.project import PROGRAMS
from tests.proofs.counted.recorded import calls, ledgers, results

PROJECT = """\
[providers.mine]
kind = "python"
function = "paid.py:generate"
price = 0.01
concurrency = 2
"""
SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"
DELAY = "0.05"
"""Seconds that an image takes."""
PATIENCE = 120.0
"""Seconds that the last jobs have to end."""


@dataclass
class Receiver:
    """Collects webhooks; every fifth is answered by an error first."""

    received: Counter[str] = field(default_factory=Counter)
    server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Receiver":
        receiver, count, guard = self, iter(range(10**9)), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with guard:
                    fails = next(count) % 5 == 4
                    if not fails:
                        receiver.received[json.loads(body)["data"]["id"]] += 1
                self.send_response(500 if fails else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.shutdown()

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}/hook"


class Server:
    """One process of ``harness serve``."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder, self.database = folder, database
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it listens."""
        more = [] if self.database is None else ["--database", self.database]
        words = ["serve", "--port", "0", "--json", "--provider", "mine", "--budget", "1000", "--lease", "1"]
        words += ["--webhook-private", "--webhook-retries", "0,0.2,0.5,1,2,4,8"]
        root = str(Path(__file__).resolve().parents[2])
        environment = os.environ | {"HARNESS_WEBHOOK_SECRET": SECRET, "PAID_DELAY": DELAY, "PYTHONPATH": root}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", *words, *more],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "printed.txt").open("a"),
            text=True,
        )
        assert self.process.stdout is not None
        text = ""
        for line in self.process.stdout:
            text += line
            try:
                document = json.loads(text)
            except ValueError:
                continue
            if "rest" in document:
                self.url = document["rest"]
                return
        raise RuntimeError(text + (self.folder / "printed.txt").read_text()[-2000:])

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@dataclass
class Load:
    """Submits jobs to whichever server answers, each with an idempotency key, until it is accepted."""

    servers: list[Server]
    receiver: Receiver
    stop: threading.Event = field(default_factory=threading.Event)
    accepted: dict[str, int] = field(default_factory=dict)

    def run(self, rest: float) -> None:
        """Submit one job after another."""
        number = 0
        while not self.stop.is_set():
            number += 1
            self.submit(number)
            self.stop.wait(rest)

    def submit(self, number: int) -> None:
        """Submit one job until it is accepted."""
        body = {"model": "mine", "prompt": f"number {number}", "size": "64x64", "seed": number, "n": 1 + number % 2}
        while True:
            server = random.choice(self.servers)
            try:
                reply = httpx.post(
                    f"{server.url}/v1/jobs",
                    json=body | {"webhook": self.receiver.url},
                    headers={"Idempotency-Key": f"job {number}"},
                    timeout=10,
                )
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if reply.status_code == 429:
                time.sleep(0.2)
                continue
            assert reply.status_code == 202, reply.text
            self.accepted[reply.json()["id"]] = number
            return


def storm(folder: Path, database: str | None, kills: int, seed: int) -> dict[str, Any]:
    """Kill and restart until there were ``kills``, then wait for all jobs; returns what was counted."""
    chance = random.Random(seed)
    begun = time.monotonic()
    (folder / "harness.toml").write_text(PROJECT)
    shutil.copy(PROGRAMS / "paid.py", folder)
    with Receiver() as receiver, ExitStack() as stack:
        servers = [Server(folder, database) for _ in range(2)]
        for server in servers:
            stack.callback(server.kill)
        load = Load(servers, receiver)
        thread = threading.Thread(target=load.run, args=(0.03,), daemon=True)
        thread.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 1.2))
            server = chance.choice(servers)
            server.kill()
            server.start()
        load.stop.set()
        thread.join()
        final = dict(_final(servers[0].url, load.accepted))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and any(not receiver.received[job] for job in final):
            time.sleep(0.2)
        exits = [server.stop() for server in servers]
    paid = calls(folder)
    images = [image for job in final.values() for image in job["images"] if image["state"] == "done"]
    recorded = {
        (ledger.parent.name, data["image"]["file_digest"])
        for ledger in ledgers(folder / "reports")
        for data in results(ledger).values()
        if data.get("image")
    }
    billed = [job for job in final.values() if (job.get("error") or {}).get("code") == "possibly-billed"]
    completed = [job for job in final.values() if job["state"] == "completed"]
    return {
        "store": "sqlite" if database is None else "postgres",
        "kills": kills,
        "jobs": len(load.accepted),
        "completed": len(completed),
        "possibly_billed": len(billed),
        "lost": len(load.accepted) - len(final),
        "unexplained": len(final) - len(completed) - len(billed),
        "calls": sum(paid.values()),
        "paid_twice": sum(count - 1 for count in paid.values()),
        "webhooks_missed": sum(not receiver.received[job] for job in final),
        "webhooks_repeated": sum(count - 1 for count in receiver.received.values() if count > 1),
        "not_recorded": sum((image["run"], image["digest"]) not in recorded for image in images),
        "exits": exits,
        "seed": seed,
        "seconds": round(time.monotonic() - begun, 1),
    }


def _final(url: str, jobs: dict[str, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the jobs that become final in time."""
    end = time.monotonic() + PATIENCE
    for job in jobs:
        while True:
            left = max(0.0, end - time.monotonic())
            reply = httpx.get(f"{url}/v1/jobs/{job}", params={"wait": min(20.0, left)}, timeout=60)
            document = reply.json()
            if reply.status_code == 200 and document["state"] not in ("queued", "running"):
                yield job, document
            elif reply.status_code == 200 and left > 0:
                continue
            break


def main() -> int:
    """Run the storm and print one line of JSON; 1 where something was lost, paid twice or missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-storm-") as folder, _database(given.postgres) as database:
        counted = storm(Path(folder), database, given.kills, given.seed)
    print(json.dumps(counted))
    faults = ("lost", "unexplained", "paid_twice", "webhooks_missed", "not_recorded")
    return int(any(counted[name] for name in faults) or any(counted["exits"]))


def _database(is_postgres: bool) -> Any:
    return postgres() if is_postgres else nullcontext(None)


if __name__ == "__main__":
    sys.exit(main())
