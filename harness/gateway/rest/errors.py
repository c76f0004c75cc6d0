"""Every fault in the shape that OpenAI's clients read: ``{"error": {message, type, code, param}}``; below ``/api/`` in
OpenRouter's: ``{"error": {code, message, metadata}}``."""

import json
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from harness.errors import HarnessError, described
from harness.gateway.errors import GatewayError
from harness.gateway.job_status import job_status
from harness.gateway.records import Job, JobError
from harness.gateway.rest.reporting import harness_headers

TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    429: "rate_limit_error",
}
SERVER = "server_error"
REQUEST = "invalid_request_error"


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


class OpenRouterErrorDetail(BaseModel):
    """What is wrong; ``code`` is the status."""

    code: int
    message: str
    metadata: dict[str, Any] = Field(default_factory=dict)


class OpenRouterErrorBody(BaseModel):
    """An error, in OpenRouter's shape."""

    error: OpenRouterErrorDetail


STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 499, 500, 502, 503, 504)
RESPONSES: dict[int | str, dict[str, Any]] = {status: {"model": ErrorBody} for status in STATUSES}
"""What every operation may answer in place of its own."""
OPENROUTER_RESPONSES: dict[int | str, dict[str, Any]] = {status: {"model": OpenRouterErrorBody} for status in STATUSES}
"""What every operation below ``/api/`` may answer in place of its own."""

EXAMPLES = {"size": "such as 256x256", "aspect_ratio": "such as 16:9", "resolution": "such as 1K"}
"""Of fields whose text has a form."""


def error_body(status: int, message: str, code: str | None = None, param: str = "", hint: str = "") -> dict[str, Any]:
    """Return the body of an error."""
    detail = {
        "message": message,
        "type": TYPES.get(status, SERVER if status >= 500 else REQUEST),
        "code": code,
        "param": param or None,
    }
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


def in_shape_of(request: Request, response: JSONResponse) -> JSONResponse:
    """Return an error in the shape of the API that was called."""
    if not request.url.path.startswith("/api/"):
        return response
    error = json.loads(bytes(response.body))["error"]
    metadata = {"error_type": error["code"] or error["type"], "param": error["param"], "hint": error.get("hint")}
    document = {
        "code": response.status_code,
        "message": error["message"],
        "metadata": {name: value for name, value in metadata.items() if value is not None},
    }
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return JSONResponse({"error": document}, response.status_code, headers)


def job_error_response(request: Request, job: Job, error: JobError) -> JSONResponse:
    """Return the error of a job that failed, in the shape of the API that was called."""
    response = in_shape_of(request, error_response(job_status(error), error.message, error.code, hint=error.hint))
    # what was possibly billed, or refused, is not to be sent again by a client's own retries
    response.headers.update({"x-should-retry": "false", **harness_headers(job)})
    return response


def _methods(request: Request) -> set[str]:
    """Return the methods of a path; each route knows its own only."""
    found = [route for route in request.app.state.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in found for method in getattr(route, "methods", None) or ()}


def add_handlers(app: FastAPI) -> None:
    """Have an app answer every fault in the shape of the API that was called."""

    @app.exception_handler(GatewayError)
    def gateway_error(request: Request, fault: GatewayError) -> JSONResponse:
        response = error_response(fault.status, str(fault), fault.code, fault.param, fault.hint, fault.retry_after)
        return in_shape_of(request, response)

    @app.exception_handler(HarnessError)
    def harness_error(request: Request, fault: HarnessError) -> JSONResponse:
        return in_shape_of(request, error_response(500, str(fault), fault.code, hint=fault.hint))

    @app.exception_handler(RequestValidationError)
    def validation_error(request: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        # of text that is no JSON the place is a position, not a field
        place = () if first["type"] == "json_invalid" else first["loc"][1:]
        param = ".".join(str(part) for part in place)
        message, hint = described(first, param) if param else ("the body is not the JSON of a request", "")
        if first["type"] == "string_pattern_mismatch":
            hint = EXAMPLES.get(param.rpartition(".")[2], "")
        return in_shape_of(request, error_response(400, message, "invalid-request", param, hint))

    @app.exception_handler(HTTPException)
    def http_error(request: Request, fault: HTTPException) -> JSONResponse:
        response = in_shape_of(request, error_response(fault.status_code, str(fault.detail), None))
        response.headers.update(fault.headers or {})
        if fault.status_code == 405:
            response.headers["allow"] = ", ".join(sorted(_methods(request)))
        return response
