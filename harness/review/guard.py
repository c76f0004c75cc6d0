"""Which requests are answered. A browser lets any page send requests to 127.0.0.1; only the served page may."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe

TOKEN_HEADER = "X-Review-Token"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is not answered; ``status`` is that of HTTP."""

    status: int
    why: str


class Guard:
    """The secrets of one server: ``room`` is part of the address (reading), ``token`` of its fragment (writing)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.room = token_hex(8)
        self.token = token_urlsafe(32)
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    @property
    def address(self) -> str:
        """The address of the page, with the token behind ``#``: no browser sends that anywhere."""
        return f"http://127.0.0.1:{self.port}/{self.room}/#token={self.token}"

    def refused(self, method: str, path: str, headers: Mapping[str, str]) -> Refused | None:
        """Return why a request is refused, or None: by the name it was sent to, by where it comes from, by its address,
        and, where it decides, by type and token."""
        if headers.get("Host", "").lower() not in self._hosts:
            return Refused(421, "it was sent to another name")
        origin = headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return Refused(403, "it comes from another page")
        # a link may lead to the page, where the address is known; nothing else may be had by another page
        opens = (method, path, headers.get("Sec-Fetch-Dest")) == ("GET", f"/{self.room}/", "document")
        if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none") and not opens:
            return Refused(403, "it comes from another page")
        if not hmac.compare_digest(path.split("/")[1].encode(), self.room.encode()):
            return Refused(404, "there is nothing here: open the address that harness review printed")
        if method in ("GET", "HEAD"):
            return None
        if method != "POST":
            return Refused(405, "only GET and POST are answered")
        if headers.get("Content-Type", "").split(";")[0].strip().lower() != "application/json":
            return Refused(415, "it is not application/json")
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return Refused(401, "it has no valid token: open the address that harness review printed")
        return None
