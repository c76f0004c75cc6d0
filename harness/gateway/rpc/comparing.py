"""How alike two images are, as a message."""

from harness.comparison import compare_bytes
from harness.gateway.errors import InvalidRequestError
from harness.gateway.rpc.generated.image_service_pb2 import Block, CompareRequest, CompareResponse, Metric
from harness.image import ImageError
from harness.records import Measurement
from harness.vocabulary import METRICS

FIELDS = ("accepted", "candidate")


def reply(request: CompareRequest) -> CompareResponse:
    """Return the metrics of two images. Raises InvalidRequestError where one is none."""
    for name in FIELDS:
        if not getattr(request, name):
            raise InvalidRequestError(f"the {name} image is empty", "send a PNG, JPEG or WebP file", name)
    try:
        found = compare_bytes(request.accepted, request.candidate)
    except ImageError as fault:
        name = "candidate" if fault.where == "b" else "accepted"
        raise InvalidRequestError(str(fault), fault.hint, name) from fault
    return CompareResponse(
        metrics=[_metric(name, measured) for name, measured in found.measurements.items()],
        blocks=[Block(x=x, y=y, width=width, height=height) for x, y, width, height in found.blocks],
    )


def _metric(name: str, measured: Measurement) -> Metric:
    unit = METRICS[name].unit if name in METRICS else ""
    value = measured.value
    if value is None:
        return Metric(name=name, absent=measured.absent, unit=unit)
    return (
        Metric(name=name, flag=value, unit=unit)
        if isinstance(value, bool)
        else Metric(name=name, number=value, unit=unit)
    )
