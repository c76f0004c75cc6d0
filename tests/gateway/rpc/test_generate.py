"""Generate, Edit, Ask, Interpret and Compare, against a real server."""

import hashlib
import io
import sys

import numpy as np
import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.rpc.generated import image_service_pb2 as pb
from harness.gateway.rpc.generated.scene_pb2 import StepKind
from harness.image import EncodedImage
from harness.painter import Options, Painter
from harness.prompt import interpret
from harness.suite import ProviderSpec
from harness.vocabulary import PANEL
from tests.gateway.rpc.conftest import SECONDS, SMALL, grpc
from tests.gateway.rpc.errors import refused
from tests.gateway.rpc.stub import ImageServiceStub

ASK = "import sys; print('two of ' + sys.argv[1])"


def test_an_image_is_bit_identical_to_the_painter(images):
    reply = images.Generate(pb.GenerateRequest(parameters=SMALL | {"seed": 7, "n": 2}), timeout=SECONDS)
    assert [image.seed for image in reply.images] == [7, 8]
    painter = Painter()
    for image in reply.images:
        options = Options("draft", (64, 64))
        expected = painter.generate(interpret("a red circle", seed=image.seed), image.seed, options).pixels
        assert np.array_equal(EncodedImage(image.content).image.pixels, expected)
        assert hashlib.sha256(image.content).hexdigest() == image.digest
        assert (image.media_type, image.size.width, image.size.height) == ("image/png", 64, 64)
        assert image.content_length == len(image.content)
        assert not image.content_omitted


def test_a_reply_has_the_format_that_was_asked_for(images):
    asked = SMALL | {"seed": 1, "output_format": "IMAGE_FORMAT_JPEG", "output_compression": 50}
    (image,) = images.Generate(pb.GenerateRequest(parameters=asked), timeout=SECONDS).images
    assert image.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(image.content)).format == "JPEG"


def test_what_is_not_honored_is_reported_and_with_strict_refused(images):
    asked = SMALL | {"settings": {"sampler": "euler"}}
    code, details = refused(images.Generate, pb.GenerateRequest(parameters=asked | {"strict": True}))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["ErrorInfo"].reason == "not-honored"


def test_an_edit_starts_from_its_image(images):
    first = images.Generate(pb.GenerateRequest(parameters=SMALL | {"seed": 1}), timeout=SECONDS).images[0]
    asked = SMALL | {"prompt": "the same with a blue circle", "seed": 1, "image": first.content}
    reply = images.Edit(pb.EditRequest(parameters=asked), timeout=SECONDS)
    assert isinstance(reply, pb.EditResponse)
    assert reply.images[0].content != first.content


def test_a_question_is_answered(tmp_path, serve_grpc, png):
    argv = [sys.executable, "-c", ASK, "{ask}", "{input_image}"]
    viewer = ProviderSpec("viewer", "command", {"argv": argv, "price": 0}, root=str(tmp_path))
    options = GatewayOptions(tmp_path / "gateway", tmp_path / "reports", {"viewer": viewer}, "viewer", drain=5.0)
    with Gateway.open(options) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        stub = ImageServiceStub(channel)
        reply = stub.Ask(pb.AskRequest(question="how many?", image=png), timeout=SECONDS)
        assert reply.answer == "two of how many?"
        code, details = refused(stub.Ask, pb.AskRequest(question=" ", image=png))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert details["BadRequest"].field_violations[0].field == "question"


def test_a_question_to_a_provider_that_has_no_answers_is_unsupported(tmp_path, serve_grpc, png):
    shelf = ProviderSpec("shelf", "folder", {"folder": "."}, root=str(tmp_path))
    options = GatewayOptions(tmp_path / "gateway", tmp_path / "reports", {"shelf": shelf}, "shelf", drain=5.0)
    with Gateway.open(options) as gateway, grpc.insecure_channel(serve_grpc(gateway).address) as channel:
        code, details = refused(ImageServiceStub(channel).Ask, pb.AskRequest(question="how many?", image=png))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert details["ErrorInfo"].reason == "unsupported"


def test_an_interpretation_has_scene_steps_and_what_was_not_understood(images):
    asked = pb.InterpretRequest(prompt="two red circles left of a blorptastic house", negative_prompt="hearts", seed=3)
    reply = images.Interpret(asked, timeout=SECONDS)
    scene = interpret(asked.prompt, negative_prompt=asked.negative_prompt, seed=3)
    assert [(one.shape, one.count) for one in reply.scene.things] == [(one.shape, one.count) for one in scene.things]
    assert [one.kind for one in reply.scene.relations] == ["left_of"]
    assert [one.shape for one in reply.scene.absent] == ["heart"]
    assert [(step.words, step.effect) for step in reply.steps] == [(step.words, step.effect) for step in scene.steps]
    assert {StepKind.Name(step.kind) for step in reply.steps} >= {"STEP_KIND_READ", "STEP_KIND_ASSUME"}
    assert tuple(reply.unknown) == scene.unknown != ()


def test_a_prompt_that_means_nothing_is_a_bad_field(images):
    code, details = refused(images.Interpret, pb.InterpretRequest(prompt="qwerty"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == "prompt"


def test_two_images_are_compared_by_every_metric(images, png):
    other = io.BytesIO()
    Image.open(io.BytesIO(png)).rotate(90).save(other, "PNG")
    reply = images.Compare(pb.CompareRequest(accepted=png, candidate=other.getvalue()), timeout=SECONDS)
    found = {metric.name: metric for metric in reply.metrics}
    assert list(found) == list(PANEL)
    assert found["pixels_equal"].flag is False
    assert 0 < found["changed"].number < 1
    assert found["psnr"].unit == "dB"
    assert reply.blocks


@pytest.mark.parametrize(("accepted", "candidate", "field"), [("", "png", "accepted"), ("png", "text", "candidate")])
def test_what_is_no_image_is_named(images, png, accepted, candidate, field):
    values = {"": b"", "text": b"no image", "png": png}
    asked = pb.CompareRequest(accepted=values[accepted], candidate=values[candidate])
    code, details = refused(images.Compare, asked)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == field


@pytest.fixture
def png() -> bytes:
    image = Image.new("RGB", (64, 64), "white")
    image.paste("red", (0, 0, 20, 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
