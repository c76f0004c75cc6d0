"""Jobs of calls that wait for them: they end with their call."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from harness.errors import HarnessError
from harness.gateway.records import Caller, ImageRequest, Job
from harness.gateway.service import Service

_LEAVING: set["asyncio.Task[None]"] = set()
"""A task that nothing refers to may be collected before it ends."""


@asynccontextmanager
async def attended(service: Service, request: ImageRequest, caller: Caller) -> AsyncGenerator[Job]:
    """Submit a request and yield its job. Where the block does not end well, the job is cancelled; one with an
    idempotency key goes on, as the client may ask for it again. Raises what :meth:`Service.submit` raises."""
    submission = asyncio.ensure_future(service.submit(request, caller))
    try:
        yield await asyncio.shield(submission)
    except BaseException:
        if caller.idempotency_key is not None:
            raise
        task = asyncio.ensure_future(_leave(service, submission))
        _LEAVING.add(task)
        task.add_done_callback(_LEAVING.discard)
        raise


async def _leave(service: Service, submission: "asyncio.Future[Job]") -> None:
    # nothing was submitted, or the job is deleted by now
    with suppress(HarnessError):
        job = await submission
        # another call may follow its events
        if not service.bus.has_listener(job.id):
            await service.cancel(job.id)
