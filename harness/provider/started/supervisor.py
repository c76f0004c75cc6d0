"""Runs one server or worker, and ends it with everything that it started. A program of the standard library alone:

    python -I supervisor.py GRACE PROGRAM ARGUMENT…
    python -I supervisor.py --worker GRACE PROGRAM ARGUMENT…

Standard input is a pipe that only the starter holds: its end, also by ``kill -9`` of the starter, ends the server.
Standard output reports ``started PID``, ``failed REASON`` and ``ended STATUS``, a line each. A worker has both for
itself; its exit status, or 128 and the signal that ended it, is the supervisor's. On Linux processes that
leave the server become children of the supervisor (PR_SET_CHILD_SUBREAPER, prctl(2)), so that a daemon is found too;
elsewhere the process group of the server is ended.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
POLL = 0.05
"""Seconds between two looks at the server."""
KILL_TIME = 5.0
"""Most seconds to wait for processes that were killed."""
SIGNALED = 128
"""Added to the signal that ended a worker, in the exit status."""
LINUX = sys.platform.startswith("linux")


class Supervised:
    """The server and its descendants."""

    def __init__(self, command: list[str], *, worker: bool = False) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - the user's own server, without a shell
            command,
            stdin=None if worker else subprocess.DEVNULL,
            stdout=None if worker else sys.stderr,
            stderr=sys.stderr,
            start_new_session=os.name == "posix",
        )
        self.status: int | None = None

    def look(self) -> None:
        """Note the status of the server when it has ended."""
        if not LINUX:
            self.status = self.process.poll()
            return
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.process.pid:
                    self.status = os.waitstatus_to_exitcode(ended[1])

    def alive(self) -> set[int]:
        """Return the processes that are alive."""
        self.look()
        return descendants(os.getpid()) if LINUX else self._group()

    def end(self, grace: float) -> None:
        """Ask every process to end, once, and kill those that are alive ``grace`` seconds later."""
        asked: set[int] = set()
        until = time.monotonic() + grace
        while (alive := self.alive()) and time.monotonic() < until:
            self._signal(alive - asked, signal.SIGTERM)
            asked |= alive
            time.sleep(0.02)
        until = time.monotonic() + KILL_TIME
        while (alive := self.alive()) and time.monotonic() < until:
            self._signal(alive, getattr(signal, "SIGKILL", signal.SIGTERM))
            time.sleep(0.02)

    def _group(self) -> set[int]:
        if os.name != "posix":
            return {self.process.pid} if self.status is None else set()
        try:
            os.killpg(self.process.pid, 0)
        except OSError:
            return set()
        return {self.process.pid}

    def _signal(self, pids: set[int], number: int) -> None:
        for pid in pids:
            with suppress(OSError):
                if LINUX:
                    os.kill(pid, number)
                elif os.name == "posix":
                    os.killpg(pid, number)
                else:
                    self.process.terminate()


def descendants(root: int) -> set[int]:
    """Return the processes below ``root`` that are alive, from /proc."""
    children: dict[int, list[int]] = {}
    with os.scandir("/proc") as processes:
        for process in processes:
            if process.name.isdigit():
                with suppress(OSError):
                    # the name of the program, in brackets, may hold anything
                    text = Path(process.path, "stat").read_bytes().rpartition(b")")[2]
                    state, parent = text.split()[:2]
                    if state not in (b"Z", b"X"):
                        children.setdefault(int(parent), []).append(int(process.name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        new = set(children.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def report(line: str) -> None:
    """Report to the starter, which may be gone."""
    with suppress(OSError):
        os.write(1, f"{line}\n".encode())


def main(grace: float, command: list[str], *, worker: bool = False) -> int:
    """Run the server until it has ended, or standard input has; return its exit status where it is a worker."""
    stop = threading.Event()
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def wait_for_the_starter() -> None:
        if worker:
            # what comes is for the worker: only that nothing can come any more is looked at
            ended = select.poll()
            ended.register(0, 0)
            ended.poll()
        else:
            while os.read(0, 4096):
                pass
        stop.set()

    try:
        server = Supervised(command, worker=worker)
    except OSError as error:
        report(f"failed {error.strerror or error}")
        return 1
    if worker:
        # its own end is seen by the end of its output
        os.close(1)
    else:
        report(f"started {server.process.pid}")
    threading.Thread(target=wait_for_the_starter, daemon=True).start()
    # one that ended well may have left the work to a daemon
    while not stop.wait(POLL):
        server.look()
        if server.status is not None and (server.status or not server.alive()):
            break
    server.end(grace)
    if worker:
        status = 1 if server.status is None else server.status
        return status if status >= 0 else SIGNALED - status
    report(f"ended {server.status if server.status is not None else ''}")
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    of_worker = given[0] == "--worker"
    given = given[of_worker:]
    sys.exit(main(float(given[0]), given[1:], worker=of_worker))
