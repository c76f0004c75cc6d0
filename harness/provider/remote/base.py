"""What all adapters of hosted systems share: their options, their transport, and faults reported as faults of
generating."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError, UsageError
from harness.http import (
    MIB,
    Call,
    Deadline,
    HttpError,
    Reply,
    Settings,
    checked_image,
    checked_url,
    redacted,
    secret_from,
)
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.provider.remote.refusal import REWORD

if TYPE_CHECKING:
    from harness.http import Transport


@dataclass(frozen=True, slots=True)
class Reach:
    """How a hosted provider is reached, as its options say; ``key_env`` names the key's variable or is None."""

    settings: Settings
    key_env: str | None


def hosted_settings(
    options: Options,
    *,
    base_url: str | None,
    key_env: str | None,
    auth: str | None = "Bearer",
    key_needed: bool = True,
    concurrency: int = 4,
) -> Reach:
    """Take the options of the transport. ``base_url`` and ``key_env`` are the defaults of the kind.

    The key's value is not read here: promises are known without it. ``key_needed=False``: a key is used only where
    ``api_key_env`` names one. Raises BadOptionError.
    """
    url = options.text("base_url", base_url)
    if url is None:
        raise options.fault("`base_url` is missing", "such as base_url: http://127.0.0.1:8080/v1")
    try:
        url = checked_url(url)
    except UsageError as fault:
        raise options.fault(f"`base_url`: {fault}", fault.hint) from None
    named = options.text("api_key_env")
    headers = options.anything("headers") or {}
    if not isinstance(headers, Mapping) or not all(_plain(k) and _plain(v) for k, v in headers.items()):
        raise options.fault("`headers` takes names and texts", "such as headers: {X-Title: my suite}")
    private = options.anything("allow_private")
    if private not in (None, True, False):
        raise options.fault(f"`allow_private` is true or false, not {private!r:.60}")
    settings = Settings(
        base_url=url,
        auth=auth,
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        retries=options.whole("retries", 3, least=0, most=20),
        rate=options.number("rate", least=0.001),
        concurrency=options.concurrency(concurrency),
        max_bytes=options.whole("max_bytes", 64 * MIB, least=1024),
        allow_private=bool(private),
    )
    return Reach(settings, named or (key_env if key_needed else None))


class Hosted(ABC):
    """Base of the adapters of hosted systems.

    A subclass sets ``kind``, hands over its options' ``reach`` and ``capabilities``, and gives :meth:`_generate`. The
    transport is opened at the first generation; :meth:`ready` reads the key before that.
    """

    kind = ""
    reports_sending = True
    """Calls ``job.sending`` before each call that may cost money."""

    def __init__(self, name: str, reach: Reach, capabilities: Capabilities, root: Path | None = None) -> None:
        self.name = name
        self.capabilities = capabilities
        self.reach = reach
        self.root = root or Path()
        self._guard = threading.Lock()
        self._transport: Transport | None = None

    def ready(self) -> None:
        """Read the key. Raises MissingKeyError, with exit code 2, before anything is generated."""
        _ = self.transport

    @property
    def transport(self) -> "Transport":
        """The client, opened when first asked for. Raises MissingKeyError."""
        with self._guard:
            if self._transport is None:
                from harness.http import Transport

                settings = self.reach.settings
                if self.reach.key_env is not None:
                    settings = replace(settings, secret=secret_from(self.reach.key_env))
                self._transport = Transport(self.name, settings)
            return self._transport

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError."""
        deadline = Deadline.after(job.timeout)
        begun = time.perf_counter()
        try:
            generated = self._generate(job, deadline)
            if generated.answer is None:
                checked_image(generated.data)
        except HttpError as fault:
            raise self._fault(fault, job, deadline) from None
        return replace(
            generated,
            environment=redacted(generated.environment),
            answer=redacted(generated.answer),
            seconds=generated.seconds or time.perf_counter() - begun,
        )

    def close(self) -> None:
        """Let go of the connections."""
        with self._guard:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def send(self, call: Call, job: Job, deadline: Deadline) -> Reply:
        """Send a call that may cost money: ``job.sending`` is called before each time it is sent."""
        return self.transport.request(self.paid(call, job), deadline)

    @staticmethod
    def paid(call: Call, job: Job) -> Call:
        """The call as one that may cost money, for ``transport.events``."""
        return replace(call, sending=job.sending, patient=job.patient)

    @abstractmethod
    def _generate(self, job: Job, deadline: Deadline) -> Output:
        """Generate one image by this service's API. Raises HttpError, GenerationError."""

    def _is_refusal(self, fault: HttpError) -> bool:
        """Whether the service refused what the prompt asks to show; a subclass may know more signs."""
        return fault.content_policy

    def _fault(self, fault: HttpError, job: Job, deadline: Deadline) -> GenerationError:
        billed = fault.possibly_billed and self.capabilities.price != 0
        if self._is_refusal(fault):
            return GenerationRefusedError(self.name, str(fault), fault.hint or REWORD, possibly_billed=billed)
        if fault.kind == "timeout" and not deadline.left():
            return GenerationTimeoutError(self.name, job.timeout, possibly_billed=billed)
        return GenerationError(
            self.name, str(fault), fault.hint, possibly_billed=billed, failover=_before_a_reply(fault)
        )


def _before_a_reply(fault: HttpError) -> bool:
    """Whether nothing of a reply had come: not reached, turned away for its rate, or a failure of the server."""
    if fault.status is None:
        return fault.kind in ("connect", "dns", "tls", "proxy", "open")
    return fault.kind in ("rate", "server", "timeout")


def _plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and str(value).isascii() and str(value).isprintable() and value != ""
