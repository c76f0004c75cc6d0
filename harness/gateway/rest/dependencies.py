"""What every operation is given: the gateway, and who calls."""

import secrets
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from harness.gateway import faults
from harness.gateway.errors import ContentTypeError
from harness.gateway.gateway import Gateway
from harness.gateway.records import Caller
from harness.gateway.service import Service


def gateway_of(request: Request) -> Gateway:
    """Return the gateway of the app."""
    return cast(Gateway, request.app.state.gateway)


def service_of(request: Request) -> Service:
    """Return the service of the app."""
    return gateway_of(request).service


def caller_of(
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Caller:
    """Return who calls; its key was checked before."""
    state = request.state
    request_id = getattr(state, "request_id", None) or secrets.token_hex(8)
    return Caller(
        getattr(state, "key", ""),
        request_id,
        idempotency_key=idempotency_key,
        fault=request.headers.get(faults.HEADER),
    )


def json_only(request: Request) -> None:
    """Refuse a body that is not JSON. Raises ContentTypeError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ContentTypeError(f"the body is {kind[:60] or 'of no media type'}", "send application/json")


AGateway = Annotated[Gateway, Depends(gateway_of)]
AService = Annotated[Service, Depends(service_of)]
ACaller = Annotated[Caller, Depends(caller_of)]
