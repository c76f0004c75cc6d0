"""One process of a server, below its supervisor."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.http import Cancellation
from harness.provider.local.subprocesses import Ended, kill
from harness.provider.started import supervisor
from harness.provider.started.log import ServerLog

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
REPORT_TIME = 2.0
"""Most seconds to wait for the end of the log of a server that ended."""


class ServerProcess:
    """A server that was started in ``folder``; what it prints goes to ``log``. Raises OSError where no process can be
    started."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: ServerLog) -> None:
        self.pid: int | None = None
        """Of the program itself."""
        self.ended = threading.Event()
        """Set when the server has ended, with everything that it started."""
        self.how = ""
        """How it ended."""
        self.unstartable = ""
        """Why there is no such program."""
        self._over = Cancellation()
        self._process = subprocess.Popen(  # noqa: S603 - the user's own server, without a shell
            [sys.executable, "-I", supervisor.__file__, str(GRACE), *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",
        )
        assert self._process.stderr is not None
        self._reading = threading.Thread(target=log.read, args=(self._process.stderr,), daemon=True)
        self._reading.start()
        threading.Thread(target=self._listen, daemon=True).start()

    @contextmanager
    def on_end(self, callback: Callable[[], object]) -> Iterator[None]:
        """Around a block: ``callback`` is called when the server ends, at once where it has."""
        with self._over.on_cancel(callback):
            yield

    def stop(self) -> None:
        """End the server and everything that it started, and wait for that."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(GRACE + supervisor.KILL_TIME + REPORT_TIME)
        except subprocess.TimeoutExpired:
            self._kill()
        self.ended.wait(REPORT_TIME)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        exited: str | None = None
        with self._process.stdout as reports:
            for line in reports:
                word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                if word == "started":
                    self.pid = int(rest)
                elif word == "failed":
                    self.unstartable = rest
                elif word == "ended":
                    exited = rest
        if exited is None and not self.unstartable:
            self._kill()
        self._process.wait()
        self._reading.join(REPORT_TIME)
        self.how = Ended(int(exited), "").how if exited else "it was stopped"
        self.ended.set()
        self._over.cancel()

    def _kill(self) -> None:
        """Kill what is known of a server whose supervisor does not do it."""
        kill(self._process)
        if self.pid is not None and os.name == "posix":
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
