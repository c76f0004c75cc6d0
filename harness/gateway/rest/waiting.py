"""Synchronous calls: they wait for their job, which is cancelled when the client goes away."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from fastapi import Request

from harness.errors import HarnessError
from harness.gateway.records import Job, JobEvent
from harness.gateway.service import Service, is_final

_CANCELLING: set[asyncio.Task[None]] = set()
"""A task that nothing refers to may be collected before it ends."""


async def finished(request: Request, service: Service, job: Job) -> Job:
    """Return a job when it is final. Where the client goes away first, the job is cancelled and returned as it is; one
    with an idempotency key goes on, as the client may ask for it again."""
    waiting = asyncio.ensure_future(service.wait(job))
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
    finally:
        is_over = waiting.done()
        for task in (waiting, leaving):
            task.cancel()
        await asyncio.wait({waiting, leaving})
        if not is_over:
            _leave(service, job)
    return job


async def watched(service: Service, job: Job, *, partial_images: bool = False) -> AsyncGenerator[JobEvent]:
    """Yield the events of a job for a streamed reply; the job is cancelled when the client goes away before its end."""
    is_over = False
    try:
        async with aclosing(service.events(job.id, partial_images=partial_images)) as events:
            async for event in events:
                is_over = is_final(event)
                yield event
    finally:
        if not is_over:
            _leave(service, job)


def _leave(service: Service, job: Job) -> None:
    """Cancel a job in a task of its own: what ends the one that waited would end the cancellation too."""
    if job.caller.idempotency_key is not None:
        return
    task = asyncio.ensure_future(_cancel(service, job.id))
    _CANCELLING.add(task)
    task.add_done_callback(_CANCELLING.discard)


async def _cancel(service: Service, job_id: str) -> None:
    # another call may follow its events
    if not service.bus.has_listener(job_id):
        # it may be deleted by now, and a database that fails is reported by readiness
        with suppress(HarnessError):
            await service.cancel(job_id)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
