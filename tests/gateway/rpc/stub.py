"""A client of the image service, made from its descriptor."""

import pytest

pytest.importorskip("grpc")

import grpc
from google.protobuf.message_factory import GetMessageClass

from harness.gateway.rpc.generated.image_service_pb2 import DESCRIPTOR


class ImageServiceStub:
    """A callable for each RPC, as in the stubs that protoc generates."""

    def __init__(self, channel: "grpc.Channel") -> None:
        service = DESCRIPTOR.services_by_name["ImageService"]
        for rpc in service.methods:
            kind = channel.unary_stream if rpc.server_streaming else channel.unary_unary
            call = kind(
                f"/{service.full_name}/{rpc.name}",
                request_serializer=GetMessageClass(rpc.input_type).SerializeToString,
                response_deserializer=GetMessageClass(rpc.output_type).FromString,
            )
            setattr(self, rpc.name, call)
