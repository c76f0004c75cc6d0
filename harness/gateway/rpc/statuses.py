"""Every error as a rich gRPC status, derived from its HTTP status."""

from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from harness.errors import HarnessError, excerpt
from harness.gateway.errors import GatewayError
from harness.gateway.job_status import job_status
from harness.gateway.records import JobError

DOMAIN = "image-harness"
"""Of the reasons in ErrorInfo."""
BY_HTTP = {
    400: StatusCode.INVALID_ARGUMENT,
    401: StatusCode.UNAUTHENTICATED,
    402: StatusCode.FAILED_PRECONDITION,
    403: StatusCode.PERMISSION_DENIED,
    404: StatusCode.NOT_FOUND,
    408: StatusCode.DEADLINE_EXCEEDED,
    409: StatusCode.FAILED_PRECONDITION,
    413: StatusCode.RESOURCE_EXHAUSTED,
    415: StatusCode.INVALID_ARGUMENT,
    422: StatusCode.INVALID_ARGUMENT,
    429: StatusCode.RESOURCE_EXHAUSTED,
    499: StatusCode.CANCELLED,
    500: StatusCode.INTERNAL,
    501: StatusCode.UNIMPLEMENTED,
    # not UNAVAILABLE: clients repeat that by themselves, and the call may have been billed
    502: StatusCode.ABORTED,
    503: StatusCode.UNAVAILABLE,
    504: StatusCode.DEADLINE_EXCEEDED,
}
"""The gRPC status code of each HTTP status."""
LONGEST = 300
"""Most characters of a message: all of a status has to fit into 8 KiB of trailing metadata, percent-encoded."""


class JobFailedError(Exception):
    """A job ended without what was asked for."""

    def __init__(self, error: JobError, job: str) -> None:
        """``job`` is its id."""
        super().__init__(error, job)
        self.error, self.job = error, job


def http_of(fault: HarnessError | JobFailedError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(fault, JobFailedError):
        return job_status(fault.error)
    return fault.status if isinstance(fault, GatewayError) else 500


def status_of(fault: HarnessError | JobFailedError, request: Message | None = None) -> Status:
    """Return the status of an error; ``request`` is the message that it is about."""
    if isinstance(fault, JobFailedError):
        error = fault.error
        billed = "true" if error.possibly_billed else ""
        return status(http_of(fault), error.code, error.message, hint=error.hint, job=fault.job, possibly_billed=billed)
    details: list[Message] = []
    if isinstance(fault, GatewayError) and fault.param:
        field = field_path(request, fault.param)
        details.append(BadRequest(field_violations=[{"field": field, "description": excerpt(str(fault), LONGEST)}]))
    if isinstance(fault, GatewayError) and fault.retry_after is not None:
        details.append(RetryInfo(retry_delay=_duration(fault.retry_after)))
    return status(http_of(fault), fault.code, str(fault), *details, hint=fault.hint)


def status(http: int, code: str, message: str, *details: Message, **metadata: str) -> Status:
    """Return a status; ``metadata`` go into its ErrorInfo where they are not empty."""
    given = {name: excerpt(value, LONGEST) for name, value in metadata.items() if value}
    info = ErrorInfo(reason=code, domain=DOMAIN, metadata=given)
    return Status(
        code=BY_HTTP[http].value[0],
        message=excerpt(message, LONGEST),
        details=[_packed(detail) for detail in (info, *details)],
    )


def field_path(request: Message | None, param: str) -> str:
    """Return the path of a field in a request message; ``param`` itself where the message has no such field."""
    if request is None or param in request.DESCRIPTOR.fields_by_name:
        return param
    parameters = getattr(request, "parameters", None)
    if parameters is None:
        return param
    if param in parameters.DESCRIPTOR.fields_by_name:
        return f"parameters.{param}"
    return f"parameters.settings.{param}" if param in parameters.settings.fields else param


def _packed(detail: Any) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(int(seconds * 1e9))
    return duration
