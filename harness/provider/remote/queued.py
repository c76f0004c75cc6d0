"""Services that take a job and give its result later: submitted, polled, and cancelled when it is left."""

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import Field

from harness.errors import GenerationError
from harness.http import Call, Deadline, HttpError, Reply, reported_error
from harness.provider.protocol import Job
from harness.provider.remote.decoding import as_map, as_text
from harness.provider.remote.options import BodyOptions
from harness.provider.remote.polling import Poller
from harness.provider.remote.service import Service, unfaulted

STOPPED = frozenset({"canceled", "cancelled", "aborted"})
"""States of a job, in lower case, that ended before its result and without an error."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HINT = "check `base_url`: something else than the service may be answering there"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job that a service took. ``look`` asks for its state, ``cancel`` ends it (None: the service cannot), ``fetch``
    gets the result of one that ended (None: its state has it); ``ended``: it was over when it was taken."""

    look: Call
    cancel: Call | None = None
    fetch: Call | None = None
    ended: bool = False


class QueueOptions(BodyOptions):
    """Options of services that are polled."""

    poll: Annotated[float, Field(ge=0.001)] = 0.5
    """Seconds before the first look at a job; each wait is longer than the one before, up to 3."""


Q = TypeVar("Q", bound=QueueOptions)


class QueuedService(Service[Q], Generic[Q]):
    """Base of the adapters of services with a queue. A job that is left behind is cancelled there."""

    cancel_time = 5.0

    def __init__(self, name: str, options: Q, root: Path) -> None:
        super().__init__(name, options, root)
        self._poller = Poller()

    def close(self) -> None:
        """Cancel what is still running there, and close the connections."""
        poller, self._poller = self._poller, Poller()
        poller.close()
        super().close()

    def queued(
        self,
        call: Call,
        job: Job,
        deadline: Deadline,
        ticket: Callable[[Any], Ticket],
        ended: Callable[[Any], bool],
    ) -> tuple[Any, Reply]:
        """Return the result of a job that ended without an error, and the reply that took the job, with the headers of
        the result.

        ``ticket`` reads what the service answers to ``call``, ``ended`` says of a state whether the job is over.
        Raises HttpError or GenerationError: an error that the job ended with, or one on the way.
        """
        begun = time.perf_counter()
        taken: list[Reply] = []

        def submit() -> Ticket:
            try:
                reply = self.send(call, job, deadline)
            except HttpError as fault:
                if fault.status == 404:
                    fault.problem = f"{fault.problem} (model {self._model(job)})"
                raise
            taken.append(reply)
            return ticket(finished_job(unfaulted(reply.json())))

        def poll(known: Ticket) -> Reply | None:
            if known.ended:
                return taken[0]
            state = self.after(known.look, deadline)
            if not ended(state.json()):
                return None
            if known.fetch is None:
                return state
            failed = reported_error(state.json()) is not None
            result = self.after(replace(known.fetch, resend=not failed), deadline)
            return state if failed else result

        def cancel(known: Ticket) -> None:
            if known.cancel is not None:
                self.transport.request(known.cancel, self.cancelling(deadline))

        last = self._poller.run(submit, poll, cancel, deadline=deadline, interval=self.options.poll)
        first, seconds = taken[0], time.perf_counter() - begun
        document = finished_job(unfaulted(last.json()))
        return document, replace(first, headers={**first.headers, **last.headers}, seconds=seconds)

    def after(self, call: Call, deadline: Deadline) -> Reply:
        """Make a call about a job that was taken; after its failure no other provider may be asked instead."""
        try:
            return self.transport.request(call, deadline)
        except HttpError as fault:
            fault.possibly_billed = True
            late = fault.kind == "timeout" and not deadline.left()
            if fault.kind == "cancelled" or late or self._is_refusal(fault):
                raise
            problem = f"the job was queued, then: {fault}"
            raise GenerationError(self.name, problem, fault.hint, possibly_billed=True, failover=False) from None


def finished_job(document: Any) -> Any:
    """Return the document as it is. Raises HttpError for a job that was stopped on the service's side."""
    state = as_text(as_map(document).get("status"))
    if state.lower() in STOPPED:
        problem = f"the job ended as `{state}`, without an image"
        raise HttpError("server", problem, "generate it again", detail=document, possibly_billed=True)
    return document


def id_of(document: Any, name: str = "id") -> str:
    """Return the id of a job. Raises HttpError where the reply names none."""
    found = as_text(as_map(document).get(name))
    if not _ID.fullmatch(found):
        raise HttpError("body", f"the reply names no job (`{name}`)", _HINT, possibly_billed=True)
    return found


def path_of(url: Any, name: str) -> str:
    """Return path and query of an address in a reply: it is asked at ``base_url``, whose key goes along. Raises
    HttpError where there is none."""
    try:
        parts = urlsplit(as_text(url))
    except ValueError:
        parts = urlsplit("")
    if not parts.path.strip("/"):
        raise HttpError("body", f"the reply names no `{name}`", _HINT, possibly_billed=True)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def texts(values: Any) -> tuple[str, ...]:
    """Return a text, or the texts of a list, as a tuple; anything else is passed over."""
    found: Collection[Any] = values if isinstance(values, list) else [values]
    return tuple(value for value in found if isinstance(value, str) and value)
