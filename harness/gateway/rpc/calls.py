"""What every RPC has in common: who calls, and how it ends with an error."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from harness.errors import HarnessError
from harness.gateway.errors import InvalidRequestError
from harness.gateway.records import Caller
from harness.gateway.rpc.statuses import status, status_of

KEY: ContextVar[str] = ContextVar("key", default="")
"""The name of the API key of the RPC that is being answered."""
LONGEST_IDEMPOTENCY_KEY = 200
"""Characters."""
R = TypeVar("R")
_LOG = logging.getLogger(__name__)


async def refuse(context: Any, found: Status) -> NoReturn:
    """End an RPC with a rich status."""
    rich = rpc_status.to_status(found)
    await context.abort(rich.code, rich.details, rich.trailing_metadata)
    raise AssertionError("abort raises")


def answered(method: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
    """Have an RPC end with the status of the error that it raises."""

    @wraps(method)
    async def answer(self: Any, request: Any, context: Any) -> R:
        try:
            return await method(self, request, context)
        except HarnessError as fault:
            found = status_of(fault, request)
        except grpc.aio.AbortError:
            raise
        except Exception:
            _LOG.exception("%s failed", method.__qualname__)
            found = status(500, "internal", "the gateway failed; its log says why")
        return await refuse(context, found)

    return answer


def caller_of(context: Any, api: str, deadline: float | None = None) -> Caller:
    """Return who calls. Raises InvalidRequestError for an idempotency key that is too long."""
    sent = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
    key = sent.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_IDEMPOTENCY_KEY:
        raise InvalidRequestError(
            f"the idempotency-key has {len(key)} characters", f"1 to {LONGEST_IDEMPOTENCY_KEY}", "idempotency-key"
        )
    return Caller(
        key=KEY.get(),
        request_id=sent.get("x-request-id", "")[:100] or secrets.token_hex(8),
        api=api,
        idempotency_key=key,
        deadline=deadline,
    )
