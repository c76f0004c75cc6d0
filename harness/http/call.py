"""Calls and replies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.http.secret import Secret

MIB = 2**20
File = tuple[str, bytes, str]
"""A file of a form: its name, its bytes, its media type."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service is reached.

    ``base_url`` is checked by :func:`harness.http.checked_url`; ``auth`` is ``Bearer`` (or another scheme word of the
    Authorization header such as ``Key``), ``basic`` (the secret is ``user:password``), the name of a header, or None;
    ``retries`` after the first attempt; ``rate`` calls in ``per`` seconds; ``max_bytes`` of a reply, decompressed.
    """

    base_url: str
    secret: Secret | None = None
    auth: str | None = "Bearer"
    headers: Mapping[str, str] = field(default_factory=dict)
    retries: int = 3
    rate: float | None = None
    per: float = 1.0
    concurrency: int = 8
    max_bytes: int = 64 * MIB
    allow_private: bool = False
    idempotency_header: str = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``path`` is added to the base URL (an absolute URL must be on the same host).

    ``json`` or ``data`` with ``files`` (a form; ``files`` are (field, file) pairs) is the body. ``resend=False``: not
    sent again once the server may have begun to work on it. ``sending`` is called before each time it is sent.
    ``patient=False``: it fails at once, instead of waiting, while no call is sent.
    """

    method: str
    path: str
    json: Any = None
    files: Sequence[tuple[str, File]] | None = None
    data: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    resend: bool = True
    accept: str | None = None
    sending: Callable[[], None] | None = None
    patient: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with status 2xx. ``headers`` by lower-case name, secrets redacted; ``seconds`` of the last attempt."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str | None = None
    attempts: int = 1
    seconds: float = 0.0
    rate_limit: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON. Raises HttpError of kind ``body``."""
        from harness.http.json_base64 import decode_json
        from harness.image import looks_like

        kind, what = self.headers.get("content-type", ""), looks_like(self.body)
        if what != "JSON text" and ("json" not in kind or not self.body):
            from harness.http.errors import HttpError

            problem = f"the reply is {what} ({kind or 'no content type'}), not JSON"
            raise HttpError("body", problem, _CHECK_URL, possibly_billed=True)
        return decode_json(self.body)

    def story(self) -> dict[str, Any]:
        """Return what is specific to this reply, for ``reply`` in the environment of an image."""
        notes = {"request_id": self.request_id, "attempts": self.attempts, "rate_limit": dict(self.rate_limit)}
        return {name: value for name, value in notes.items() if value}


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. ``name`` is ``message`` where the server gives none."""

    name: str
    data: str


_CHECK_URL = "check `base_url`: something else than the service may be answering there"
