"""Every fault in the shape that OpenAI's clients read: ``{"error": {message, type, code, param}}``."""

import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from harness.errors import HarnessError
from harness.gateway.errors import GatewayError
from harness.gateway.job_status import job_status
from harness.gateway.records import JobError

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}
SERVER = "server_error"


class ErrorDetail(BaseModel):
    """What is wrong."""

    message: str
    type: str
    code: str | None = None
    param: str | None = None
    hint: str | None = None


class ErrorBody(BaseModel):
    """An error, in OpenAI's shape."""

    error: ErrorDetail


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody} for status in (400, 401, 402, 404, 409, 413, 422, 429, 499, 500, 502, 503, 504)
}
"""What every operation may answer in place of its own."""


def error_body(status: int, message: str, code: str | None = None, param: str = "", hint: str = "") -> dict[str, Any]:
    """Return the body of an error."""
    detail = {"message": message, "type": TYPES.get(status, SERVER), "code": code, "param": param or None}
    return {"error": detail | ({"hint": hint} if hint else {})}


def error_response(
    status: int,
    message: str,
    code: str | None = None,
    param: str = "",
    hint: str = "",
    retry_after: float | None = None,
) -> JSONResponse:
    """Return an error with its headers."""
    headers = {}
    if retry_after is not None:
        headers = {"Retry-After": str(math.ceil(retry_after)), "retry-after-ms": str(math.ceil(retry_after * 1000))}
    return JSONResponse(error_body(status, message, code, param, hint), status, headers)


def job_error_response(error: JobError) -> JSONResponse:
    """Return the error of a job that failed."""
    response = error_response(job_status(error), error.message, error.code, hint=error.hint)
    # what was possibly billed, or refused, is not to be sent again by a client's own retries
    response.headers["x-should-retry"] = "false"
    return response


def add_handlers(app: FastAPI) -> None:
    """Have an app answer every fault in this shape."""

    @app.exception_handler(GatewayError)
    def gateway_error(_: Request, fault: GatewayError) -> JSONResponse:
        return error_response(fault.status, str(fault), fault.code, fault.param, fault.hint, fault.retry_after)

    @app.exception_handler(HarnessError)
    def harness_error(_: Request, fault: HarnessError) -> JSONResponse:
        return error_response(500, str(fault), fault.code, hint=fault.hint)

    @app.exception_handler(RequestValidationError)
    def validation_error(_: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        param = ".".join(str(part) for part in first["loc"][1:])
        message = f"{param}: {first['msg']}" if param else str(first["msg"])
        return error_response(400, message, "invalid-request", param)

    @app.exception_handler(HTTPException)
    def http_error(_: Request, fault: HTTPException) -> JSONResponse:
        response = error_response(fault.status_code, str(fault.detail), None)
        response.headers.update(fault.headers or {})
        return response
