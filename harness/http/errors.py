"""Faults of talking to a server, without secrets."""

from typing import Any, ClassVar, Self

from harness.errors import EXIT_NO_IMAGE, HarnessError, excerpt, redact, redacted

_HINTS = {
    "body": "generate it again; if it stays so, see what answers at `base_url`: the service, or a proxy before it",
    "server": "see whether the service is up, and run again",
    "unsafe-url": "have the service send the image itself, not its address",
}
"""The hint of a fault that has none of its own."""


class HttpError(HarnessError):
    """A call that gave no usable reply.

    ``kind`` is ``auth``, ``refused`` (the server will not do what was asked: 400, 404, content policy …), ``rate``,
    ``server``, ``timeout``, ``connect``, ``tls``, ``dns``, ``proxy``, ``body`` (the reply is not what it should be),
    ``too-large``, ``unsafe-url``, ``open`` (not sent, because the last calls all failed) or ``cancelled`` (by the
    caller). ``status`` is that of the reply or None, ``detail`` the JSON document of an error reply or None;
    ``possibly_billed`` is true when the server may have done the work all the same; ``retry_after`` the seconds that
    the server asked for. Secrets are redacted from ``problem``, ``detail`` and ``hint``.
    """

    exit_code: ClassVar[int] = EXIT_NO_IMAGE

    def __init__(
        self,
        kind: str,
        problem: str,
        hint: str = "",
        *,
        status: int | None = None,
        detail: Any = None,
        possibly_billed: bool = False,
        retry_after: float | None = None,
        request_id: str | None = None,
        content_policy: bool = False,
    ) -> None:
        self.kind = kind
        self.problem = excerpt(problem)
        super().__init__(kind, self.problem)
        self.status = status
        self.detail = redacted(detail)
        self.possibly_billed = possibly_billed
        self.retry_after = retry_after
        self.request_id = request_id
        self.content_policy = content_policy
        self.attempts = 1
        self._hint = redact(hint or _HINTS.get(kind, ""))

    def __str__(self) -> str:
        tries = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return self.problem + tries

    def advised(self, hint: str) -> Self:
        """Return this fault with another hint, for callers that know the service better."""
        self._hint = redact(hint)
        return self
