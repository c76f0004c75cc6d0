"""Every RPC with random messages: never an error of the gateway itself, and the server lives."""

import io
from typing import Any

import pytest
from google.longrunning import operations_pb2 as lro
from google.longrunning.operations_pb2_grpc import OperationsStub
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.gateway.rpc.generated import image_service_pb2 as pb
from tests.gateway.rpc.conftest import SECONDS, SMALL, grpc
from tests.gateway.rpc.stub import ImageServiceStub

METHODS = [
    *((ImageServiceStub, method) for method in pb.DESCRIPTOR.services_by_name["ImageService"].methods),
    *((OperationsStub, method) for method in lro.DESCRIPTOR.services_by_name["Operations"].methods),
]
KIND = FieldDescriptor
INTEGERS = {
    KIND.TYPE_INT32: (-(2**31), 2**31 - 1),
    KIND.TYPE_UINT32: (0, 2**32 - 1),
    KIND.TYPE_INT64: (-(2**63), 2**63 - 1),
    KIND.TYPE_UINT64: (0, 2**64 - 1),
    KIND.TYPE_ENUM: (0, 9),
}
WORDS = ("", "painter", "a red circle", "how many?", "operations", "operations/job_0", "job_0", "state=failed", "\x00")


def image_files():
    for size, kind in (((64, 64), "PNG"), ((64, 80), "JPEG"), ((1, 1), "WEBP")):
        buffer = io.BytesIO()
        Image.new("RGB", size, "white").save(buffer, kind)
        yield buffer.getvalue()


IMAGES = tuple(image_files())


def values_of(field):
    """Return a strategy for the values of a field."""
    if field.type in INTEGERS:
        low, high = INTEGERS[field.type]
        usual = [number for number in (0, 1, 2, 64, 2**53) if number <= high]
        return st.sampled_from(usual) | st.integers(low, high)
    if field.type == KIND.TYPE_BOOL:
        return st.booleans()
    if field.type == KIND.TYPE_DOUBLE:
        return st.floats()
    if field.type == KIND.TYPE_STRING:
        return st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
    if field.type == KIND.TYPE_BYTES:
        return st.sampled_from(IMAGES) | st.binary(max_size=50)
    assert field.type == KIND.TYPE_MESSAGE, field.type
    return messages(GetMessageClass(field.message_type))


def messages(kind):
    """Return a strategy for messages of a kind, any of whose fields may not be set."""
    name = kind.DESCRIPTOR.full_name
    if name == "google.protobuf.Struct":
        keys = st.sampled_from(["style", "steps", "guidance", "sampler", "background", ""])
        leaves = st.none() | st.booleans() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
        return st.dictionaries(keys, leaves | st.lists(leaves, max_size=2), max_size=3).map(struct)
    fields = {field.name: values_of(field) for field in kind.DESCRIPTOR.fields}
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: kind(**given))


def near(base):
    """Return a strategy for messages that differ from a valid one in few fields, at any depth."""

    @st.composite
    def changed(draw):
        message = type(base)()
        message.CopyFrom(base)
        names = st.lists(st.sampled_from([field.name for field in base.DESCRIPTOR.fields]), max_size=2, unique=True)
        for name in draw(names):
            field = base.DESCRIPTOR.fields_by_name[name]
            set_before = field.has_presence and base.HasField(name)
            value = draw(near(getattr(base, name)) if field.message_type and set_before else values_of(field))
            message.ClearField(name)
            message.MergeFrom(type(base)(**{name: value}))
        return message

    return changed()


def valid(kind, job):
    """Return a message of a kind that is carried out; ``job`` is a completed one."""
    fields = kind.DESCRIPTOR.fields_by_name
    given = {
        "parameters": SMALL | ({"image": IMAGES[0]} if kind is pb.EditRequest else {}),
        "job": job,
        "name": "operations" if kind is lro.ListOperationsRequest else f"operations/{job}",
        "question": "how many?",
        "prompt": "a red circle",
        "image": IMAGES[0],
        "accepted": IMAGES[0],
        "candidate": IMAGES[1],
    }
    return kind(**{name: value for name, value in given.items() if name in fields})


def struct(values):
    from google.protobuf.struct_pb2 import Struct

    made = Struct()
    made.update(values)
    return made


@pytest.mark.parametrize(("stub", "method"), METHODS, ids=[method.name for _, method in METHODS])
def test_random_messages_are_answered(channel, stub, method):
    call = getattr(stub(channel), method.name)
    kind = GetMessageClass(method.input_type)
    job = ImageServiceStub(channel).Generate(pb.GenerateRequest(parameters=SMALL), timeout=SECONDS).job
    codes: dict[Any, int] = {}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @example(valid(kind, job))
    @given(near(valid(kind, job)) | messages(kind))
    def send(message):
        try:
            reply = call(message, timeout=5)
            list(reply) if method.server_streaming else reply
            code = grpc.StatusCode.OK
        except grpc.RpcError as fault:
            code = fault.code()
        assert code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), message
        codes[code] = codes.get(code, 0) + 1

    send()
    assert codes.keys() & {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
    # the painter answers no questions, and jobs are not deleted
    assert grpc.StatusCode.OK in codes or method.name in ("Ask", "DeleteOperation")
    assert ImageServiceStub(channel).Generate(pb.GenerateRequest(parameters=SMALL), timeout=SECONDS).images
