"""The server of the review page: 127.0.0.1 only, a fixed list of addresses, nothing by path."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness.baseline import MOST_BYTES, OutdatedMarksError, UndoRefusedError, WritesRefusedError
from harness.errors import HarnessError, UsageError
from harness.image import FORMATS, file_digest
from harness.ledger import LockedError, read_regular
from harness.records import decode_json
from harness.report import ServedPage
from harness.review.answers import conflicts_shown
from harness.review.desk import Desk, NewerRunError
from harness.review.guard import Guard

TYPES = {suffix: one.media for one in FORMATS.values() for suffix in one.suffixes}
TYPES |= {f".{name}": one.media for name, one in FORMATS.items()}
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Of all that is not the page: opened by itself, it may do nothing."""
STATUS: Mapping[type[HarnessError], int] = {
    OutdatedMarksError: 409, UndoRefusedError: 409, NewerRunError: 409, WritesRefusedError: 403, LockedError: 423,
}  # fmt: skip
"""The HTTP status of a fault; of all others 422."""
SECONDS = 30.0
"""How long a connection may say nothing."""


class ReviewServer:
    """Serves one desk until :meth:`close`, or until it was idle for ``idle`` seconds (0: for ever).

    ``log`` takes a line for each refused request. Raises UsageError where the port cannot be used.
    """

    def __init__(
        self, desk: Desk, page: ServedPage, *, port: int = 0, idle: float = 0.0, log: Callable[[str], None] = print
    ) -> None:
        self.desk, self.page, self.log, self.idle = desk, page, log, idle
        try:
            self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"port {port} cannot be used: {error}", "choose another --port, or leave it out"
            ) from error
        self._http.daemon_threads = True
        self.guard = Guard(self._http.server_address[1])
        self._last = time.monotonic()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return self.guard.address

    def touch(self) -> None:
        """Note that a request came."""
        self._last = time.monotonic()

    def serve(self) -> None:
        """Answer requests until closed, or until no request came for too long."""
        if self.idle:
            threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._http.serve_forever(poll_interval=0.2)
        finally:
            self._http.server_close()

    def close(self) -> None:
        """Stop :meth:`serve`; called by another thread."""
        self._http.shutdown()

    def _watch(self) -> None:
        while (left := self._last + self.idle - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
        self._http.shutdown()


def _handler(server: ReviewServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "image-harness", ""
        timeout = SECONDS

        def do_GET(self) -> None:
            self._answer(b"" if self._refused() else self._static)

        def do_POST(self) -> None:
            self._answer(b"" if self._refused() else self._decide)

        def do_OPTIONS(self) -> None:
            self._refused()

        do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            """Log nothing of what is answered."""

        def _refused(self) -> bool:
            method = self.command if self.command != "HEAD" else "PUT"
            refused = server.guard.refused(method, self.path.partition("?")[0], _Headers(self.headers))
            if refused is None:
                server.touch()
                return False
            origin = self.headers.get("Origin") or self.headers.get("Sec-Fetch-Site") or "unknown"
            path = self.path.replace(server.guard.room, "…")
            server.log(f"refused {self.command} {path:.80} from {origin:.80}: {refused.status}, {refused.why}")
            self.close_connection = True
            self._send(refused.status, "application/json", _error("refused", refused.why, ""))
            return True

        def _answer(self, act: Any) -> None:
            if not callable(act):
                return
            try:
                self._send(*act())
            except HarnessError as fault:
                status = next((code for kind, code in STATUS.items() if isinstance(fault, kind)), 422)
                more = {"conflicts": conflicts_shown(fault)} if isinstance(fault, OutdatedMarksError) else {}
                self._send(status, "application/json", _error(fault.code, str(fault), fault.hint, **more))
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                self.close_connection = True
            except Exception as error:
                server.log(f"internal error: {type(error).__name__}: {error}")
                self.close_connection = True
                message = "internal error: what was written before is kept"
                self._send(500, "application/json", _error("internal", message, "look at the terminal"))

        def _static(self) -> tuple[int, str, bytes]:
            name = self.path.partition("?")[0].split("/", 2)[2] if self.path.count("/") > 1 else None
            if name == "":
                return 200, "text/html; charset=utf-8", server.page.document
            if name == "data.js":
                return 200, "text/javascript; charset=utf-8", server.page.data
            path, digest = server.page.files.get(name or "", (None, None))
            if path is None or path.suffix.lower() not in TYPES:
                return 404, "application/json", _error("not-found", "there is nothing here", "")
            try:
                data = read_regular(path)
            except OSError:
                return 404, "application/json", _error("lost", "the file is not there any more", "")
            if digest is not None and file_digest(data) != digest:
                return 404, "application/json", _error("altered", "it is not the image that was recorded", "")
            return 200, TYPES[path.suffix.lower()], data

        def _decide(self) -> tuple[int, str, bytes]:
            name = self.path.split("/", 2)[2]
            desk = server.desk
            actions: dict[str, Any] = {"api/state": desk.state, "api/preview": desk.preview, "api/submit": desk.submit}
            actions["api/undo"] = desk.undo
            act = actions.get(name)
            body = self._body()
            if act is None:
                return 404, "application/json", _error("not-found", "there is nothing here", "")
            return 200, "application/json", json.dumps(act(body)).encode()

        def _body(self) -> Mapping[str, Any]:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
                self.close_connection = True
                raise UsageError(f"a request has a length of at most {MOST_BYTES} bytes")
            try:
                body = decode_json(object, self.rfile.read(int(length)))
            except (ValueError, RecursionError) as error:
                raise UsageError(f"the request is not JSON: {error}") from error
            if not isinstance(body, dict):
                raise UsageError("the request is not an object")
            return body

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            own = "frame-ancestors 'none'" if kind.startswith("text/html") else POLICY
            more = {"Content-Security-Policy": own, "Content-Type": kind, "Content-Length": str(len(body))}
            for name, value in {**HEADERS, **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


class _Headers(dict[str, str]):
    """The headers of a request; one that is sent twice has no valid value."""

    def __init__(self, headers: Any) -> None:
        super().__init__({name: value for name, value in headers.items() if len(headers.get_all(name)) == 1})
        self._twice = {name.lower() for name in headers if len(headers.get_all(name)) > 1}

    def get(self, name: str, default: Any = None) -> Any:
        if name.lower() in self._twice:
            return "sent twice"
        return next((value for own, value in self.items() if own.lower() == name.lower()), default)


def _error(code: str, message: str, hint: str, **more: Any) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "hint": hint, **more}}).encode()
