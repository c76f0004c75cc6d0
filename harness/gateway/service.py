"""The one service behind every API of a gateway: submit, wait, cancel, read."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from harness.gateway.bus import Bus
from harness.gateway.catalog import Catalog
from harness.gateway.encoding import encoded
from harness.gateway.errors import (
    FaultOnDemandError,
    InvalidRequestError,
    JobNotFoundError,
    PaymentRequiredError,
    UnavailableError,
)
from harness.gateway.exchange import note
from harness.gateway.faults import BEFORE, Faults
from harness.gateway.inputs import Inputs
from harness.gateway.job_store import JobStore
from harness.gateway.recipes import prepare, seeds_of
from harness.gateway.records import Caller, ImageRequest, Job, JobEvent, ServedImage
from harness.gateway.worker import Worker
from harness.generation import Sources
from harness.ledger import inside, read_regular
from harness.records import digest_of
from harness.vocabulary import FaultKind, JobEventKind, JobState

LOOK, MOST_LOOK = 0.25, 2.0
"""Least and most seconds between looks at a job that another process may be working on."""
LOOK_SHARE = 0.1
"""Of the time since its last event, between them: many that wait for long do not keep the database busy."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Service:
    """What REST and gRPC are faces of. ``worker`` is None in a process that only accepts jobs."""

    store: JobStore
    catalog: Catalog
    bus: Bus
    sources: Sources
    inputs: Inputs
    reports: Path
    worker: Worker | None = None
    paid: bool = False
    """Whether it may spend money."""
    deadline: float = 600.0
    """Seconds that a job may take where its caller says nothing."""
    concurrency_of: Callable[[str], int | None] = lambda _: None
    """How many jobs of an API key may be open; None: no limit."""

    seed: int | None = None
    """Of requests without one, from providers whose images repeat; None: random."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set while the gateway is being shut down: nothing new is accepted."""
    faults: Faults = field(default_factory=Faults)
    """Faults on demand."""
    check_webhook: Callable[[str], None] = lambda _: None
    """Raises InvalidRequestError for an address that no webhook is sent to."""

    async def submit(self, request: ImageRequest, caller: Caller) -> Job:
        """Accept a request and return its job, which may be an earlier one of the same idempotency key.

        Raises GatewayError: what is wrong with it, QueueFullError, RateLimitedError, IdempotencyError,
        UnavailableError, FaultOnDemandError.
        """
        if self.stopping.is_set():
            raise UnavailableError("the gateway is being shut down", "send it again later")
        if self.worker is not None and self.worker.fault is not None:
            raise UnavailableError("the worker ended", "see /readyz and the log")
        _check_storable(request, caller)
        model = self.catalog.named(request.model)
        prepared = prepare(request, model)
        if not self.paid and any(self.sources.price(recipe) != 0 for recipe in prepared.recipes):
            raise PaymentRequiredError(
                f"an image of `{request.model}` may cost money", "start the gateway with --live or --budget", "model"
            )
        if caller.webhook is not None:
            self.check_webhook(caller.webhook)
        fault = self.faults.choose(caller.fault, request)
        if fault in BEFORE:
            note(fault=fault)
            if self.worker is not None:
                await in_thread(self.worker.record_fault, prepared.recipes, fault)
            raise FaultOnDemandError(f"the fault {fault} was made on demand", "see --fault", kind=fault)
        job, new = await in_thread(
            self.store.submit,
            request,
            caller,
            seeds=seeds_of(request, model, self.seed),
            default_deadline=self.deadline,
            fault=fault,
            most_open=self.concurrency_of(caller.key),
        )
        note(job=job.id, fault=None if job.fault is None else FaultKind(job.fault))
        if new and self.worker is not None:
            self.worker.wake()
        return job

    async def job(self, job_id: str, *, key: str | None = None) -> Job:
        """Return a job. Raises JobNotFoundError, also where it is another API key's."""
        job = await in_thread(self.store.get, job_id)
        if key is not None and job.caller.key != key:
            raise JobNotFoundError(f"there is no job '{job_id[:60]}'")
        return job

    async def wait(self, job: Job, seconds: float | None = None) -> Job:
        """Return a job when it is final, or after ``seconds`` as it is then."""
        if job.state.is_final:
            return job
        try:
            async with asyncio.timeout(seconds):
                async with aclosing(self.events(job.id)) as events:
                    async for _ in events:
                        pass
        except TimeoutError:
            pass
        return await in_thread(self.store.get, job.id)

    async def events(self, job_id: str, after: int = 0, *, partial_images: bool = False) -> AsyncGenerator[JobEvent]:
        """Yield the stored events of a job after a number, then those that happen, up to the final one; with
        ``partial_images`` partial images between them. Raises JobNotFoundError."""
        with self.bus.listen(job_id, partial=partial_images) as queue:
            is_over = (await in_thread(self.store.get, job_id)).state.is_final
            since = time.monotonic()
            while True:
                stored = await in_thread(self.store.events, job_id, after)
                # the partial images of a stored one are in the queue by now, and come before it
                is_more = False
                while not queue.empty():
                    event = queue.get_nowait()
                    if event.kind is not JobEventKind.PARTIAL:
                        is_more = True
                    elif partial_images:
                        yield event
                for event in stored:
                    after, since = event.number, time.monotonic()
                    yield event
                    if is_final(event):
                        return
                if is_over:
                    return
                while not is_more:
                    try:
                        # asyncio.wait_for of Python 3.11 loses a cancellation that comes together with an event
                        look = min(MOST_LOOK, max(LOOK, LOOK_SHARE * (time.monotonic() - since)))
                        async with asyncio.timeout(look):
                            event = await queue.get()
                    except TimeoutError:
                        break
                    if event.kind is not JobEventKind.PARTIAL:
                        break
                    if partial_images:
                        yield event

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job, and return it as it is then: final where it was queued. Raises JobNotFoundError."""
        job = await in_thread(self.store.cancel, job_id)
        if job.state is JobState.CANCELLED:
            self.bus.publish(JobEvent(job_id, 0, JobEventKind.CANCELLED, time.time()))
        elif self.worker is not None:
            self.worker.cancel(job_id)
        return job

    async def delete(self, job_id: str) -> None:
        """Delete a final job. Raises JobNotFoundError and JobConflictError: see :meth:`JobStore.delete`."""
        await in_thread(self.store.delete, job_id)

    async def image(self, job: Job, image: ServedImage) -> tuple[bytes, str]:
        """Return the bytes of an image in the format that was asked for, and its media type. Raises
        JobNotFoundError where the file is gone."""
        data = await self.original(image)
        request = job.request
        return await in_thread(encoded, data, image.format, request.output_format, request.output_compression)

    async def original(self, image: ServedImage) -> bytes:
        """Return the bytes of an image as the provider sent them. Raises JobNotFoundError."""
        if image.file is None:
            raise JobNotFoundError(f"image {image.index} did not come")
        path = inside(self.reports / image.run, image.file)
        try:
            if path is not None:
                return await in_thread(read_regular, path)
        except OSError as fault:
            raise JobNotFoundError(f"image {image.index} is no longer stored") from fault
        raise JobNotFoundError(f"image {image.index} is no longer stored")

    async def by_digest(self, digest: str) -> tuple[bytes, ServedImage]:
        """Return the bytes of a served image by the SHA-256 of its file. Raises JobNotFoundError."""
        image = await in_thread(self.store.find_image, digest)
        if image is None:
            raise JobNotFoundError(f"there is no image {digest[:64]}")
        return await self.original(image), image

    async def newest(self, count: int = 50, **choice: Any) -> Sequence[Job]:
        """Return the newest jobs: see :meth:`JobStore.newest`."""
        return await in_thread(partial(self.store.newest, count, **choice))


def _check_storable(request: ImageRequest, caller: Caller) -> None:
    """Refuse what Python reads of JSON and nothing else can store. Raises InvalidRequestError."""
    try:
        digest_of({"request": request, "body": caller.body})
    except (ValueError, TypeError, OverflowError, RecursionError) as fault:
        hint = "no halves of surrogate pairs, no NaN, and integers below 2^63"
        raise InvalidRequestError("the request has a value that cannot be stored", hint) from fault


async def in_thread(call: Callable[..., R], *args: Any, **named: Any) -> R:
    """Return what a call gives that may wait for the disk."""
    return await asyncio.to_thread(call, *args, **named)


def is_final(event: JobEvent) -> bool:
    """Return whether an event is the last of its job."""
    return event.kind.value in {state.value for state in JobState if state.is_final}
