"""What every RPC has in common: who calls, how it ends with an error, and its line in the log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, NoReturn, Protocol, TypeVar

from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from harness.errors import HarnessError
from harness.gateway import faults
from harness.gateway.access_log import Access
from harness.gateway.errors import FaultOnDemandError, InvalidRequestError
from harness.gateway.exchange import CURRENT, Exchange
from harness.gateway.gateway import Gateway
from harness.gateway.records import Caller
from harness.gateway.rpc.statuses import JobFailedError, http_of, status, status_of
from harness.vocabulary import FaultKind

METHOD = "POST"
"""Of every RPC, in the log and in metrics."""
LONGEST_IDEMPOTENCY_KEY = 200
"""Characters."""
KEY: ContextVar[str] = ContextVar("key", default="")
"""The name of the API key of the RPC that is being answered."""
_ACCESS: ContextVar[Access] = ContextVar("access")
R = TypeVar("R")
_LOG = logging.getLogger("harness.gateway")


class Servicer(Protocol):
    """What answers RPCs."""

    gateway: Gateway
    name: str
    """The full name of the service."""


async def refuse(context: Any, found: Status) -> NoReturn:
    """End an RPC with a rich status."""
    rich = rpc_status.to_status(found)
    await context.abort(rich.code, rich.details, rich.trailing_metadata)
    raise AssertionError("abort raises")


def answered(method: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
    """Have an RPC end with the status of the error that it raises, and write its line in the log."""

    @wraps(method)
    async def answer(self: Servicer, request: Any, context: Any) -> R:
        path = f"/{self.name}/{method.__name__}"
        access = Access.begun_as(METHOD, path, sent(context).get("x-request-id", ""))
        access.key, access.status = KEY.get(), 499
        exchange = Exchange()
        CURRENT.set(exchange)
        _ACCESS.set(access)
        try:
            reply = await method(self, request, context)
            access.status = 200
            return reply
        except (HarnessError, JobFailedError) as fault:
            if isinstance(fault, FaultOnDemandError) and fault.kind is FaultKind.TIMEOUT:
                await asyncio.sleep(self.gateway.options.deadline)
            access.status, found = http_of(fault), status_of(fault, request)
        except Exception:
            _LOG.exception("request %s failed", access.request_id)
            access.status, found = 500, status(500, "internal", "an error of the gateway itself", hint="see its log")
        finally:
            log(self.gateway, access, job=exchange.job, fault=exchange.fault)
        return await refuse(context, found)

    return answer


def log(gateway: Gateway, access: Access, **more: Any) -> None:
    """Count an RPC that ended, and write its line."""
    gateway.metrics.request(access.method, access.path, access.status, access.seconds)
    access.log(**more)


def caller_of(context: Any, api: str, deadline: float | None = None) -> Caller:
    """Return who calls. Raises InvalidRequestError for an idempotency key that is too long."""
    metadata, access = sent(context), _ACCESS.get()
    key = metadata.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequestError(
            f"the idempotency-key has {len(key)} characters", f"1 to {LONGEST_IDEMPOTENCY_KEY}", "idempotency-key"
        )
    return Caller(
        key=access.key,
        request_id=access.request_id,
        api=api,
        idempotency_key=key,
        deadline=deadline,
        fault=metadata.get(faults.HEADER),
    )


def sent(context: Any) -> dict[str, str]:
    """Return the textual metadata of a call."""
    return {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
