"""A server under test: started when it is needed, shared by all who use the same one, ended with the last of them."""

import random
import shlex
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from harness.errors import HarnessError, excerpt
from harness.provider.errors import ServerEndedError, ServerNotStartedError, ServerUnreadyError
from harness.provider.started.commit import commit_of, printed
from harness.provider.started.definition import PORT, ServerDefinition
from harness.provider.started.log import ServerLog
from harness.provider.started.process import ServerProcess
from harness.records import canonical_json

PORTS = 3
"""How many free ports are tried where another program takes one first."""
_OWN_PORTS = range(20_000, 32_000)
_ANSWER_TIME = 5.0
_PAUSES = (0.05, 0.5)
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Never through a proxy: the server is on this machine."""
_shared: dict[str, "Server"] = {}
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready: its process, its port, and what is recorded of it with each image."""

    process: ServerProcess
    port: int
    environment: Mapping[str, Any]


class Server:
    """One server of a definition; :func:`shared` returns it. ``name`` is that of the provider that needed it first."""

    def __init__(self, name: str, definition: ServerDefinition, root: Path, base_url: str) -> None:
        self.name, self.definition, self.base_url = name, definition, base_url
        self.folder = root.absolute() / definition.cwd
        self.log = ServerLog()
        self.users = 0
        self._restarts = definition.restart
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._running: Running | None = None
        self._failed: HarnessError | None = None

    def running(self) -> Running:
        """Return the server, started where it is not running and may be.

        Raises ServerNotStartedError, ServerUnreadyError, and ServerEndedError for one that has crashed too often; a
        later call raises the same at once.
        """
        with self._lock:
            if self._running is not None and not self._running.process.ended.is_set():
                return self._running
            if self._failed is not None:
                raise self._failed
            try:
                if self._running is not None:
                    if self._restarts == 0:
                        raise self.crashed(self._running.process)
                    self._restarts -= 1
                    self._running.process.stop()
                self._running = self._started()
            except HarnessError as fault:
                self._failed = fault
                raise
            return self._running

    def crashed(self, process: ServerProcess) -> ServerEndedError:
        """Return the error of a server that ended by itself."""
        return ServerEndedError(self.name, f"its server ended ({process.how}); {self._end_of_log()}")

    def release(self) -> None:
        """Give up one use of it; the last one ends the server."""
        with _guard:
            self.users -= 1
            if self.users:
                return
            for key in [key for key, server in _shared.items() if server is self]:
                del _shared[key]
        self._closing.set()
        with self._lock:
            if self._running is not None:
                self._running.process.stop()
        self.log.close()

    def _started(self) -> Running:
        if not self.folder.is_dir():
            problem = f"there is no folder {self.folder} to start its server in"
            raise ServerNotStartedError(self.name, problem, "see `cwd` of the server")
        fixed = PORT not in self.base_url
        port = _port_of(self.base_url) if fixed else 0
        if fixed and _is_open(self.base_url):
            hint = "end that program, or let the harness choose a free port: write {port} in `base_url` and `command`"
            problem = f"another program listens at {self.base_url} already, where its server is to"
            raise ServerNotStartedError(self.name, problem, hint)
        for left in reversed(range(1 if fixed else PORTS)):
            port = port if fixed else _free_port()
            process = self._process(port)
            try:
                self._await(process, port)
                return Running(process, port, self._environment(port))
            except BaseException as fault:
                ended = process.ended.is_set()
                process.stop()
                # everything of the server has ended: who listens there is another program, which was faster
                if left and isinstance(fault, ServerUnreadyError) and ended and _is_open(self._address(port)):
                    continue
                raise
        raise AssertionError("the last port was tried")

    def _process(self, port: int) -> ServerProcess:
        definition = self.definition
        begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.log.add(f"[{begun} {shlex.join(definition.arguments(port))}]\n", said=False)
        try:
            return ServerProcess(definition.arguments(port), self.folder, definition.variables(port), self.log)
        except OSError as fault:
            raise self._unstartable(fault.strerror or str(fault)) from None

    def _await(self, process: ServerProcess, port: int) -> None:
        """Return when the server is ready. Raises ServerNotStartedError or ServerUnreadyError."""
        until = time.monotonic() + self.definition.timeout
        pause, longest = _PAUSES
        while True:
            problem = self._trouble(port)
            ended = process.ended.wait(pause if problem else 0)
            if process.unstartable:
                raise self._unstartable(process.unstartable)
            if ended:
                problem = f"its server ended before it was ready ({process.how})"
                raise ServerUnreadyError(self.name, f"{problem}; {self._end_of_log()}")
            if not problem:
                return
            if self._closing.is_set() or time.monotonic() > until:
                process.stop()
                problem = f"its server was not ready within {self.definition.timeout:g} s: {problem}"
                raise ServerUnreadyError(self.name, f"{problem}; {self._end_of_log()}")
            pause = min(pause * 1.5, longest)

    def _trouble(self, port: int) -> str:
        """Return why the server is not ready; empty where it is."""
        address = self._address(port)
        if self.definition.ready is None:
            return "" if _is_open(address) else f"nothing listens at {address}"
        url = urljoin(address + "/", self.definition.ready.replace(PORT, str(port)))
        try:
            with _DIRECT.open(url, timeout=_ANSWER_TIME) as reply:
                return "" if 200 <= reply.status < 300 else f"{url} answers {reply.status}"
        except urllib.error.HTTPError as fault:
            return f"{url} answers {fault.code}"
        except (OSError, ValueError, ssl.SSLError) as fault:
            return f"{url}: {getattr(fault, 'reason', fault)}"
        except Exception as fault:  # http.client raises several kinds for what is not HTTP
            return f"{url}: {type(fault).__name__}"

    def _environment(self, port: int) -> dict[str, Any]:
        """Return what is recorded of the server: its command, version and commit. Raises ServerNotStartedError."""
        definition = self.definition
        variables = definition.variables(port)
        found = {"command": shlex.join(map(str, definition.command)).replace(f"'{PORT}'", PORT)}
        if definition.version is not None:
            try:
                found["version"] = printed(definition.version, self.folder, variables)
            except (OSError, ValueError) as fault:
                problem = f"the `version` command of its server failed: {fault}"
                raise ServerNotStartedError(self.name, problem, f"run it in {self.folder}") from None
        if commit := commit_of(self.folder, variables):
            found["commit"] = commit
        return {"server": found}

    def _address(self, port: int) -> str:
        return self.base_url.replace(PORT, str(port))

    def _end_of_log(self) -> str:
        tail = self.log.tail
        return f"its log ends: {tail}" if tail else "its log is empty"

    def _unstartable(self, why: str) -> ServerNotStartedError:
        hint = "see `command` of the server: the program is looked for in PATH, or from `cwd` where it has a /"
        problem = f"its server {self.definition.command[0]} cannot be started: {excerpt(why)}"
        return ServerNotStartedError(self.name, problem, hint)


def shared(name: str, definition: ServerDefinition, root: Path, base_url: str) -> Server:
    """Return the server of a definition, the same one for all who use it at the same address; each calls
    :meth:`Server.release`."""
    parts = urlsplit(base_url)
    folder = str(root.absolute() / definition.cwd)
    key = canonical_json([definition.model_dump(mode="json"), folder, parts.scheme, parts.netloc])
    with _guard:
        server = _shared.get(key)
        if server is None:
            server = _shared[key] = Server(name, definition, root, base_url)
        server.users += 1
        return server


def _free_port() -> int:
    """Return a port on which nothing listens, if possible below those that systems give to outgoing connections: one of
    these may be taken before the server listens."""
    for port in random.sample(_OWN_PORTS, len(_OWN_PORTS)):
        with suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_open(url: str) -> bool:
    try:
        with socket.create_connection((urlsplit(url).hostname or "", _port_of(url)), timeout=1):
            return True
    except OSError:
        return False
