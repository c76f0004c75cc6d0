"""A line of JSON for each request: no prompts, no keys, no query."""

import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Self

from harness.records import encode_json

LOG = logging.getLogger("harness.gateway.access")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""What a client may give as the id of its request."""
LONGEST = 300
"""Most characters of a path."""


@dataclass(slots=True)
class Access:
    """A request and how it ended, while it is carried out."""

    method: str
    path: str
    request_id: str = field(default_factory=lambda: f"req_{secrets.token_hex(12)}")
    key: str = ""
    status: int = 0
    """Of the response; 0: none was sent."""
    begun: float = field(default_factory=time.perf_counter)

    @classmethod
    def begun_as(cls, method: str, path: str, asked: str) -> Self:
        """Return a request that begins now; ``asked`` is the id that its client gave, used where it can be one."""
        return cls(method, path, asked) if REQUEST_ID.fullmatch(asked) else cls(method, path)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.begun

    def log(self, **more: Any) -> None:
        """Write its line; what is empty is left out."""
        line = {
            "time": round(time.time(), 3),
            "event": "request",
            "request": self.request_id,
            "key": self.key,
            "method": self.method,
            "path": self.path[:LONGEST],
            "status": self.status,
            "ms": round(self.seconds * 1000, 1),
            **more,
        }
        LOG.info("%s", encode_json({name: value for name, value in line.items() if value not in ("", None)}).decode())
