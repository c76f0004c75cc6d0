"""GenerateStream and DownloadImage, and what does not fit into one message."""

import hashlib
import io
import sys
from collections import Counter

import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.gateway.rpc.replies import MOST_CONTENT
from harness.gateway.rpc.streaming import CHUNK
from harness.suite import ProviderSpec
from tests.gateway.rpc.conftest import SECONDS, SMALL, grpc
from tests.gateway.rpc.errors import refused
from tests.gateway.rpc.stub import ImageServiceStub

NOISE = """
import random, sys
from PIL import Image
seed, out = sys.argv[1:]
Image.frombytes("RGB", (1000, 800), random.Random(int(seed)).randbytes(2_400_000)).save(out, compress_level=0)
"""


@pytest.fixture
def large(tmp_path, serve_grpc):
    """Yield a stub of a gateway whose images have 2.4 MB."""
    program = tmp_path / "noise.py"
    program.write_text(NOISE)
    argv = [sys.executable, str(program), "{seed}", "{out}"]
    noise = ProviderSpec("noise", "command", {"argv": argv, "price": 0}, root=str(tmp_path))
    options = GatewayOptions(tmp_path / "gateway", tmp_path / "reports", {"noise": noise}, "noise", drain=5.0)
    with Gateway.open(options) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        yield ImageServiceStub(channel)


def joined(messages):
    """Return the files of a stream by index, checking that their chunks follow each other."""
    files: dict[int, bytes] = {}
    for message in messages:
        chunk = message.chunk
        assert 0 < len(chunk.data) <= CHUNK
        assert chunk.offset == len(files.get(chunk.index, b""))
        files[chunk.index] = files.get(chunk.index, b"") + chunk.data
    return files


def test_a_stream_has_every_event_in_order(images):
    asked = SMALL | {"seed": 3, "quality": "QUALITY_HD", "size": {"width": 256, "height": 256}}
    call = images.GenerateStream(pb.GenerateStreamRequest(parameters=asked, partial_images=True), timeout=SECONDS)
    messages = list(call)
    kinds = [message.WhichOneof("event") for message in messages]
    assert list(dict.fromkeys(kinds)) == ["queued", "started", "partial_image", "image", "chunk", "done"]
    partial = [message.partial_image for message in messages if message.HasField("partial_image")]
    assert [one.step for one in partial] == sorted({one.step for one in partial})
    assert all(one.step < one.steps for one in partial)
    assert Image.open(io.BytesIO(partial[-1].content)).size == (256, 256)
    assert next(message.queued.job for message in messages if message.HasField("queued")).startswith("job_")


def test_partial_images_are_sent_only_on_demand(images):
    asked = SMALL | {"seed": 3, "quality": "QUALITY_HD", "size": {"width": 256, "height": 256}}
    call = images.GenerateStream(pb.GenerateStreamRequest(parameters=asked), timeout=SECONDS)
    assert "partial_image" not in {message.WhichOneof("event") for message in call}


def test_streamed_files_are_those_of_a_unary_reply(images):
    asked = SMALL | {"seed": 5, "n": 3}
    unary = images.Generate(pb.GenerateRequest(parameters=asked), timeout=SECONDS)
    messages = list(images.GenerateStream(pb.GenerateStreamRequest(parameters=asked), timeout=SECONDS))
    files = joined(message for message in messages if message.HasField("chunk"))
    assert files == {image.index: image.content for image in unary.images}
    headers = [message.image for message in messages if message.HasField("image")]
    assert all(header.content_omitted and not header.content for header in headers)
    assert {one.index: one.digest for one in headers} == {one.index: one.digest for one in unary.images}


def test_a_stream_that_fails_ends_with_the_error(images):
    call = images.GenerateStream(pb.GenerateStreamRequest(parameters=SMALL | {"prompt": "qwerty"}), timeout=SECONDS)
    seen = []

    def read():
        seen.extend(call)

    with pytest.raises(grpc.RpcError) as caught:
        read()
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert [message.WhichOneof("event") for message in seen] == ["queued", "started", "failure"]
    assert seen[-1].failure.code == "generation-invalid"


def test_what_does_not_fit_into_a_reply_is_downloaded(large):
    reply = large.Generate(pb.GenerateRequest(parameters={"prompt": "noise", "seed": 1, "n": 2}), timeout=SECONDS)
    first, second = reply.images
    assert not first.content_omitted
    assert second.content_omitted
    assert not second.content
    assert first.content_length + second.content_length > MOST_CONTENT
    parts = list(large.DownloadImage(pb.DownloadImageRequest(job=reply.job, index=1), timeout=SECONDS))
    content = joined(parts)[1]
    assert hashlib.sha256(content).hexdigest() == second.digest
    assert {part.content_length for part in parts} == {len(content)} == {second.content_length}
    assert {part.media_type for part in parts} == {"image/png"}


def test_large_images_are_streamed_in_chunks_that_default_clients_accept(large):
    asked = {"prompt": "noise", "seed": 1, "n": 2}
    messages = list(large.GenerateStream(pb.GenerateStreamRequest(parameters=asked), timeout=SECONDS))
    count = Counter(message.chunk.index for message in messages if message.HasField("chunk"))
    assert all(found > 5 for found in count.values())
    headers = {message.image.index: message.image.digest for message in messages if message.HasField("image")}
    files = joined(message for message in messages if message.HasField("chunk"))
    assert {index: hashlib.sha256(content).hexdigest() for index, content in files.items()} == headers


@pytest.mark.parametrize(("job", "index", "reason"), [("job_0", 0, "job-not-found"), ("", 0, "job-not-found")])
def test_an_image_that_is_not_there_is_not_found(images, job, index, reason):
    code, details = refused(lambda *a, **k: list(images.DownloadImage(*a, **k)), pb.DownloadImageRequest(job=job))
    assert code is grpc.StatusCode.NOT_FOUND
    assert details["ErrorInfo"].reason == reason
