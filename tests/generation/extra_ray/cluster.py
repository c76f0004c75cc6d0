"""A Ray cluster of real nodes: a head without slots on this machine, and two nodes that can be killed.

Where it may (root, iproute2), each node is in a network namespace of its own, at 10.99.0.1 and 10.99.0.2, behind a
bridge at 10.99.0.254; elsewhere all are processes of one host.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

PORT = 6390
MEMORY = 80_000_000
"""Bytes of each object store: else Ray takes 30 % of the machine's memory."""
SLOTS = 4
ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONPATH": str(ROOT),
}


def can_have_namespaces() -> bool:
    """Return whether network namespaces can be made here."""
    if sys.platform != "linux" or os.getuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "harness-try"], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", "harness-try"], check=False, capture_output=True)
    return made.returncode == 0


def run(*command: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program. Raises CalledProcessError."""
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=env)


class Namespaces:
    """Nodes in network namespaces."""

    head = "10.99.0.254"
    slots = SLOTS

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
        self.head_pids: set[int] = set()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self._remove()  # what a run that was killed has left
        run("ip", "link", "add", "harness-br", "type", "bridge")
        run("ip", "addr", "add", f"{self.head}/24", "dev", "harness-br")
        run("ip", "link", "set", "harness-br", "up")
        for node in (1, 2):
            space = f"harness-{node}"
            run("ip", "netns", "add", space)
            run("ip", "link", "add", f"harness-v{node}", "type", "veth", "peer", "name", "eth0", "netns", space)
            run("ip", "link", "set", f"harness-v{node}", "master", "harness-br", "up")
            run("ip", "-n", space, "addr", "add", f"10.99.0.{node}/24", "dev", "eth0")
            run("ip", "-n", space, "link", "set", "eth0", "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
        before = _pids(self.folder)
        place = (f"--node-ip-address={self.head}", f"--port={PORT}", f"--temp-dir={self.folder}")
        _start("--head", *place, "--num-cpus=0", "--include-dashboard=false")
        self.head_pids = _pids(self.folder) - before
        self.address = f"{self.head}:{PORT}"

    def start(self, node: int, **env: str) -> None:
        """Start a node."""
        place = (f"--address={self.address}", f"--node-ip-address=10.99.0.{node}", f"--num-cpus={self.slots}")
        _start(*place, before=("ip", "netns", "exec", f"harness-{node}"), **env)

    def kill(self, node: int) -> None:
        """Kill every process of a node, as when its machine loses power."""
        found = subprocess.run(["ip", "netns", "pids", f"harness-{node}"], check=True, capture_output=True, text=True)
        _kill(map(int, found.stdout.split()))

    def close(self) -> None:
        """End everything that was started."""
        self._remove()
        _kill(_pids(self.folder) & self.head_pids)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove(self) -> None:
        """Remove the nodes and their network, as far as there are any."""
        for node in (1, 2):
            with suppress(subprocess.CalledProcessError):
                self.kill(node)
            subprocess.run(["ip", "netns", "del", f"harness-{node}"], check=False, capture_output=True)
            subprocess.run(["ip", "link", "del", f"harness-v{node}"], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", "harness-br"], check=False, capture_output=True)


class OneHost:
    """Nodes that are processes of one host, of one address."""

    slots = SLOTS

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
        self.address = f"127.0.0.1:{PORT}"
        place = ("--node-ip-address=127.0.0.1", f"--port={PORT}", f"--temp-dir={self.folder}")
        _start("--head", *place, "--num-cpus=0", "--include-dashboard=false")

    def start(self, node: int, **env: str) -> None:
        """Start a node."""
        place = (f"--address={self.address}", "--node-ip-address=127.0.0.1", f"--node-name=harness-{node}")
        _start(*place, f"--num-cpus={self.slots}", **env)

    def kill(self, node: int) -> None:
        """Kill the process of a node that starts all others."""
        _kill(_pids(f"node-name=harness-{node}") | _pids(f"node_name=harness-{node}"))

    def close(self) -> None:
        """End the cluster."""
        _kill(_pids(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)


def cluster() -> Namespaces | OneHost:
    """Start a head."""
    return Namespaces() if can_have_namespaces() else OneHost()


def _start(*arguments: str, before: tuple[str, ...] = (), **env: str) -> None:
    ray = str(Path(sys.executable).with_name("ray"))
    memory = f"--object-store-memory={MEMORY}"
    run(*before, ray, "start", *arguments, memory, "--disable-usage-stats", env={**ENVIRONMENT, **env})


def _pids(folder: str) -> set[int]:
    """Return the processes whose command line names a folder."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if folder.encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
