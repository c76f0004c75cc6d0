"""A real Postgres of its own on loopback, for a test session."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PLACES = ("/usr/lib/postgresql", "/usr/local/opt/postgresql", "/opt/homebrew/opt/postgresql")
START = 30.0


def program(name: str) -> Path | None:
    """The newest installed program of Postgres of this name."""
    found = shutil.which(name)
    if found:
        return Path(found)
    everywhere = [path for place in PLACES for path in Path(place).glob(f"*/bin/{name}")]
    return max(everywhere, default=None)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a fresh server, which ends with the block; skips where none is installed and none is required."""
    if program("initdb") is None:
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail("REQUIRE_POSTGRES is set, and no Postgres is installed")
        pytest.skip("no Postgres is installed")
    folder = Path(tempfile.mkdtemp(prefix="postgres-test-"))
    # Postgres refuses to run as root
    user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = folder / "data"
    make = [str(program("initdb")), "-D", str(data), "-U", "harness", "-A", "trust", "--no-sync"]
    subprocess.run(make, check=True, **quiet, **as_user)  # type: ignore[call-overload]
    command = [str(program("postgres")), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    server = subprocess.Popen(command, **quiet, **as_user)  # type: ignore[call-overload]
    try:
        _await(port, server)
        yield f"postgresql://harness@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(START)
        shutil.rmtree(folder, ignore_errors=True)


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    import psycopg

    end = time.monotonic() + START
    while True:
        assert server.poll() is None, "Postgres ended"
        try:
            psycopg.connect(f"postgresql://harness@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            assert time.monotonic() < end, "Postgres did not start"
            time.sleep(0.1)
        else:
            return
