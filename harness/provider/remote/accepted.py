"""Jobs that a service accepted (status 202) to answer later: its address is polled until the result is there."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from harness.http import Call, Deadline, HttpError, Reply, error_text
from harness.provider.remote.decoding import as_map, as_text
from harness.provider.remote.refusal import first_line

ADDRESSES = ("poll_url", "polling_url", "status_url", "location", "operation-location")
"""Fields, then headers, that name where a job is polled."""
WAITING = frozenset(
    {"queued", "pending", "starting", "running", "processing", "generating", "in_progress", "in_queue", "notstarted"}
)
"""States of a job that has not ended, in lower case."""
ENDED = frozenset({"failed", "error", "cancelled", "canceled", "expired"})
"""States of a job that ended without a result."""
FIRST, LONGEST, BACKOFF = 0.25, 3.0, 1.5
"""Seconds before the first look and at most between two; how much longer each wait is than the one before."""


def followed(
    reply: Reply, request: Callable[[Call, Deadline], Reply], base: str, deadline: Deadline
) -> tuple[Any, Reply]:
    """Return the document of a job's result and the reply that held it. Raises HttpError: no address, a job that
    failed, or ``timeout``. ``base`` is where relative addresses start."""
    wait, address, document = FIRST, "", _document(reply)
    while reply.status == 202 or as_text(document.get("status")).lower() in WAITING:
        address = _address(document, reply.headers) or address
        if not address:
            problem = "the service accepted the job (status 202) and names no address where it can be polled"
            raise HttpError("body", problem, "set the server to answer at once", possibly_billed=True)
        if wait >= deadline.left():
            problem = f"the job at {address} was not done within {deadline.seconds:g} s"
            raise deadline.fault_of(HttpError("timeout", problem, "raise `timeout:`", possibly_billed=True))
        deadline.sleep(wait)
        wait = min(wait * BACKOFF, LONGEST)
        try:
            reply = request(Call("GET", urljoin(base + "/", address)), deadline)
        except HttpError as fault:
            fault.possibly_billed = True
            raise
        document = _document(reply)
    if as_text(document.get("status")).lower() in ENDED:
        problem = f"the job ended as `{document['status']}`: {first_line(error_text(document)) or 'it gives no reason'}"
        raise HttpError("server", problem, detail=document, possibly_billed=True)
    return _result(document), reply


def _document(reply: Reply) -> Mapping[str, Any]:
    return as_map(reply.json()) if reply.body.strip() else {}


def _address(document: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    return next((found for name in ADDRESSES if (found := as_text(document.get(name)) or headers.get(name, ""))), "")


def _result(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an images API would have answered at once: the ``result`` of a job, its ``images`` as ``data``."""
    result = as_map(document.get("result")) or document
    return {**result, "data": result["images"]} if "images" in result and "data" not in result else result
