"""A task of one's own on a Stable Diffusion web UI: its name, and its end without ending another's.

The server has one interrupt, for whatever it is generating. A task that was sent with ``force_task_id`` is known by
that name at ``/internal/progress``, which says whether it is the one that runs. (``current_task`` of
``/sdapi/v1/progress`` is no help: servers read it once, before any task.)
"""

import contextlib
import secrets
from typing import TYPE_CHECKING

from harness.http import Call, Deadline, HttpError
from harness.provider.remote.decoding import decoded
from harness.provider.server.automatic1111_replies import HINT, Progress, TaskState

if TYPE_CHECKING:
    from harness.http import Transport

LOOK = 0.2
"""Seconds between two looks at a task that waits behind others."""


def new_task() -> str:
    """Return a name for a task, in the form of the server's own."""
    return f"task(harness-{secrets.token_hex(8)})"


def interrupt(transport: "Transport", task: str, kind: str, deadline: Deadline) -> None:
    """Interrupt the server while it generates ``task``, and never while it generates anything else.

    A task that waits behind others cannot be taken off the queue: its turn is waited for until the deadline. Where the
    server has no ``/internal/progress`` (one started with --nowebui), it is interrupted when its job is of the same
    ``kind`` of call (txt2img, img2img): that may be another's. Faults are passed over: the generation has failed
    already, whether or not the server was notified.
    """
    with contextlib.suppress(HttpError):
        if _runs(transport, task, kind, deadline):
            transport.request(Call("POST", "sdapi/v1/interrupt", patient=False), deadline)


def _runs(transport: "Transport", task: str, kind: str, deadline: Deadline) -> bool:
    """Return whether the task is the one that runs, as soon as it no longer waits. Raises HttpError."""
    ask = Call("POST", "internal/progress", json={"id_task": task, "live_preview": False}, patient=False)
    try:
        while True:
            state = decoded(transport.request(ask, deadline).json(), TaskState, HINT)
            if not state.queued or deadline.left() <= LOOK:
                return state.active
            deadline.sleep(LOOK)
    except HttpError as fault:
        if fault.status not in (404, 405):
            raise
    call = Call("GET", "sdapi/v1/progress", params={"skip_current_image": "true"}, patient=False)
    now = decoded(transport.request(call, deadline).json(), Progress, HINT).state
    return now is not None and bool(now.job_count) and kind in str(now.job)
