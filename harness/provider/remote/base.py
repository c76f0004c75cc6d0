"""The base of all adapters that are reached over HTTP: transport, keys, and faults reported as faults of generating."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from harness.errors import GenerationCancelledError, GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.http import (
    Call,
    Deadline,
    HttpError,
    Reply,
    checked_image,
)
from harness.provider.protocol import Job, Output
from harness.provider.remote.options import RemoteOptions
from harness.provider.remote.refusal import REWORD
from harness.provider.remote.server_environment import ServerEnvironment

if TYPE_CHECKING:
    from harness.http import Transport

R = TypeVar("R", bound=RemoteOptions)


class Remote(ABC, Generic[R]):
    """Base of the adapters of systems that are reached over HTTP.

    A subclass sets ``kind`` and gives :meth:`_generate`. The transport is opened at the first generation;
    :meth:`ready` reads the key before that.
    """

    kind = ""
    reports_sending = True
    """Calls ``job.sending`` before each call that may cost money."""
    cancel_time = 0.0
    """Most seconds of the time of an image that are kept for cancelling what was begun."""

    def __init__(self, name: str, options: R, root: Path) -> None:  # noqa: ARG002 - for those that have files
        self.name = name
        self.options = options
        self.capabilities = options.capabilities
        self._guard = threading.Lock()
        self._transport: Transport | None = None
        self._environment: ServerEnvironment | None = None
        self._charged = False

    def ready(self) -> None:
        """Read the key. Raises MissingKeyError, with exit code 2, before anything is generated."""
        _ = self.transport

    @property
    def transport(self) -> "Transport":
        """The client, opened when first asked for. Raises MissingKeyError."""
        with self._guard:
            if self._transport is None:
                from harness.http import Transport

                settings = self.options.with_key()
                source = self.options.environment_from
                if source is not None:
                    self._environment = ServerEnvironment(self.name, source, settings)
                heard = None if self._environment is None else self._environment.heard
                self._transport = Transport(self.name, settings, heard)
            return self._transport

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError,
        GenerationCancelledError."""
        deadline = self._deadline(job)

        def generated() -> Output:
            self._open()
            return self._generate(job, deadline)

        return self._finished(generated, job, deadline)

    def _deadline(self, job: Job) -> Deadline:
        return Deadline.after(job.timeout).reserving(self.cancel_time).ended_by(job.cancellation)

    def _open(self) -> None:
        _ = self.transport
        if self._environment is not None:
            self._environment.begin()

    def _finished(self, generate: Callable[[], Output], job: Job, deadline: Deadline) -> Output:
        """Return what ``generate`` makes, when it is an image or an answer. Raises GenerationError."""
        begun = time.perf_counter()
        with self._as_faults(job, deadline):
            generated = generate()
            self._charged |= bool(generated.cost)
            if generated.answer is None:
                checked_image(generated.data)
        generated = replace(generated, seconds=generated.seconds or time.perf_counter() - begun)
        return generated if self._environment is None else self._environment.added(generated, deadline)

    @contextmanager
    def _as_faults(self, job: Job, deadline: Deadline) -> Iterator[None]:
        """Report what a call raises as a fault of generating. Raises GenerationError."""
        try:
            yield
        except HttpError as fault:
            raise self._fault(fault, job, deadline) from None
        except GenerationError as fault:
            fault.possibly_billed &= not self.is_free
            raise

    @property
    def is_free(self) -> bool:
        """Whether calls cost nothing: they are declared free, and no reply said otherwise."""
        return self.capabilities.price == 0 and not self._charged

    def close(self) -> None:
        """Close the connections."""
        with self._guard:
            transport, self._transport = self._transport, None
            environment, self._environment = self._environment, None
        for opened in (transport, environment):
            if opened is not None:
                opened.close()

    def send(self, call: Call, job: Job, deadline: Deadline) -> Reply:
        """Send a call that may cost money: ``job.sending`` is called before each time it is sent."""
        return self.transport.request(self.paid(call, job), deadline)

    def cancelling(self, deadline: Deadline) -> Deadline:
        """Return the deadline of cancelling what was begun: soon, where the image has more time too."""
        return min(Deadline.after(self.cancel_time), deadline.reserved(), key=Deadline.left)

    @staticmethod
    def paid(call: Call, job: Job) -> Call:
        """Return the call as one that may cost money, for ``transport.events``."""
        return replace(call, sending=job.sending, patient=job.patient)

    @abstractmethod
    def _generate(self, job: Job, deadline: Deadline) -> Output:
        """Generate one image by this service's API. Raises HttpError, GenerationError."""

    def _is_refusal(self, fault: HttpError) -> bool:
        """Return whether the service refused what the prompt asks to show; a subclass may know more signs."""
        return fault.content_policy

    def _fault(self, fault: HttpError, job: Job, deadline: Deadline) -> GenerationError:
        billed = fault.possibly_billed and not self.is_free
        if fault.kind == "cancelled":
            return GenerationCancelledError(self.name, possibly_billed=billed)
        if self._is_refusal(fault):
            return GenerationRefusedError(self.name, str(fault), fault.hint or REWORD, possibly_billed=billed)
        if fault.kind == "timeout" and not deadline.left():
            return GenerationTimeoutError(self.name, job.timeout, possibly_billed=billed)
        return GenerationError(
            self.name, str(fault), fault.hint, possibly_billed=billed, failover=_before_a_reply(fault)
        )


def _before_a_reply(fault: HttpError) -> bool:
    """Return whether nothing of a reply had come: not reached, turned away for its rate, or a failure of the server."""
    if fault.status is None:
        return fault.kind in ("connect", "dns", "tls", "proxy", "open")
    return fault.kind in ("rate", "server", "timeout")
