"""What a client reads of an error."""

import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status

grpc = pytest.importorskip("grpc")


def unpacked(status):
    """Return the details of a rich status by the name of their type; none of an error of the library itself."""
    found = {}
    for detail in () if status is None else status.details:
        for kind in (ErrorInfo, BadRequest, RetryInfo):
            if detail.Is(kind.DESCRIPTOR):
                message = kind()
                detail.Unpack(message)
                found[kind.__name__] = message
    return found


def refused(call, *arguments, **named):
    """Return the code and the details of the error that a call ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, timeout=60, **named)
    return caught.value.code(), unpacked(rpc_status.from_call(caught.value))
