"""The hub's seven vendors of images, each as its own helper asks it and as it answers, over one router on loopback."""

import importlib.util
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import (
    GenerationCancelledError,
    GenerationError,
    GenerationRefusedError,
    GenerationTimeoutError,
    MissingExtraError,
)
from harness.http import Cancellation, HttpError
from harness.provider import BadOptionError, Job, Provider, adapter_of, create
from harness.provider.hosted.huggingface_vendors import VENDORS
from harness.provider.remote.input_images import Sent
from harness.provider.route import may_go_on
from tests.http.waiting import until
from tests.provider.hosting import KEY_ENV
from tests.provider.servers import huggingface
from tests.provider.servers.base import hang, reply, status
from tests.provider.servers.images import PROMPT, encoded, opened, painted, pixels_of

Make = Callable[..., Job]
QUEUED = ("fal-ai", "replicate", "wavespeed", "zai-org")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[huggingface.HuggingFace]:
    monkeypatch.setenv(KEY_ENV, huggingface.KEY)
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)
    with huggingface.HuggingFace() as server:
        yield server
        server.gate.set()


@pytest.fixture
def build(server: Any) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def build(vendor: str, **more: Any) -> Provider:
        options = {
            "base_url": server.url, "hub_url": server.url, "api_key_env": KEY_ENV, "vendor": vendor, "poll": 0.002,
            "model": huggingface.MODEL, **more,
        }  # fmt: skip
        made.append(create("mine", "huggingface", options, Path()))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendor_generates(build: Any, server: Any, job: Make, vendor: str) -> None:
    provider = build(vendor)
    output = provider.generate(job(PROMPT, seed=5, width=96, height=64))
    assert output.data == painted(PROMPT, 5, width=96)
    assert output.cost is None
    assert output.environment["served_model"] == huggingface.IDS[vendor]
    constants = {"object", "data.index", "data.timings"}
    others = set(output.environment["reply"].get("unread", ())) - constants
    assert not others
    assert "clamped" not in output.environment
    provider.generate(job(PROMPT, seed=6))
    assert len(server.hub) == 1, "the hub is asked once"
    assert "authorization" not in server.hub[0].headers
    assert server.requests[0].headers["authorization"] == f"Bearer {huggingface.KEY}"


@pytest.mark.parametrize("vendor", huggingface.EDITORS)
def test_the_vendors_that_edit(build: Any, server: Any, job: Make, tmp_path: Path, vendor: str) -> None:
    path = tmp_path / "in.png"
    path.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    output = build(vendor, model=huggingface.EDITOR).generate(job(PROMPT, seed=5, image=path))
    assert (opened(output.data) == pixels_of(PROMPT, 505)).all()
    body = server.requests[-1].body
    assert (b"image/jpeg" in body) == (vendor == "wavespeed"), "the helper of wavespeed calls every image so"
    unsized = vendor in ("replicate", "wavespeed")
    assert (b'"width"' in body) != unsized
    assert ("size" in output.environment.get("omitted", ())) == unsized


def test_the_others_are_asked_for_no_edit(server: Any) -> None:
    others = set(VENDORS).difference(huggingface.EDITORS)
    for vendor in VENDORS:
        honors = adapter_of("huggingface").capabilities({"vendor": vendor, "model": "a/b"}).honors
        assert ("input_image" in honors) == (vendor not in others)


@pytest.mark.parametrize(
    ("vendor", "omitted"), [("nscale", ["guidance", "steps"]), ("together", []), ("replicate", []), ("zai-org", [])]
)
def test_what_a_helper_leaves_out_is_recorded(
    build: Any, server: Any, job: Make, vendor: str, omitted: list[str]
) -> None:
    # guidance goes to nscale, which refuses it, as some of its models do: only steps is left out by its helper
    asked = {"steps": 8} if vendor == "nscale" else {"steps": 8, "guidance": 3.5}
    output = build(vendor).generate(job(PROMPT, **asked))
    assert output.environment.get("omitted", []) == [word for word in omitted if word in asked]
    sent = server.requests[-1].body
    assert (b"steps" in sent) == (vendor != "nscale")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_refusal_of_each_vendor(build: Any, job: Make, vendor: str) -> None:
    with pytest.raises(GenerationRefusedError) as caught:
        build(vendor, price=0.02).generate(job("something forbidden"))
    assert caught.value.hint


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_model_that_the_vendor_has_no_more(build: Any, job: Make, vendor: str) -> None:
    with pytest.raises(GenerationError) as caught:
        build(vendor, vendor_model="acme/gone").generate(job(PROMPT))
    assert not isinstance(caught.value, GenerationRefusedError)
    assert caught.value.hint


@pytest.mark.parametrize("vendor", QUEUED)
def test_a_job_that_is_left_is_cancelled_where_that_can_be(
    build: Any, server: Any, job: Make, tmp_path: Path, vendor: str
) -> None:
    path = tmp_path / "in.png"
    path.write_bytes(painted())
    server.gate.clear()
    cancellation = Cancellation()

    def cancel() -> None:
        until(lambda: [one for one in server.others if one.method == "GET"])
        cancellation.cancel()

    # fal alone answers a text at once: its queue is for input images
    edits = {"image": path} if vendor == "fal-ai" else {}
    model = huggingface.EDITOR if edits else huggingface.MODEL
    thread = threading.Thread(target=cancel)
    thread.start()
    provider = build(vendor, price=0.02, poll=600.0, model=model)
    with pytest.raises(GenerationCancelledError) as caught:
        provider.generate(replace(job(PROMPT, timeout=60, **edits), cancellation=cancellation))
    thread.join()
    assert caught.value.possibly_billed
    assert len(server.cancelled) == (vendor in ("fal-ai", "replicate"))


def test_no_answer_in_time(build: Any, server: Any, job: Make) -> None:
    server.script(hang())
    with pytest.raises(GenerationTimeoutError) as caught:
        build("hf-inference", price=0.02).generate(job(PROMPT, timeout=1.0))
    assert caught.value.possibly_billed


@pytest.mark.parametrize(
    ("vendor", "document"),
    [
        ("wavespeed", {"data": {"status": "failed", "error": "out of memory", "urls": {"get": "/api/v3/x"}}}),
        ("wavespeed", {"data": {"urls": {"get": "/api/v3/x"}}}),
        ("wavespeed", {"data": {"status": "processing"}}),
        ("wavespeed", {"data": {"status": "completed", "outputs": [], "urls": {"get": "/api/v3/x"}}}),
        ("zai-org", {"id": "a1", "task_status": "FAIL"}),
        ("zai-org", {"task_status": "PROCESSING"}),
        ("zai-org", {"id": "a1", "task_status": "SUCCESS", "image_result": [{}]}),
        ("replicate", {"id": "a1", "status": "succeeded", "output": None}),
        ("fal-ai", {"images": [{"content_type": "image/png"}]}),
    ],
)
def test_ends_without_an_image(build: Any, server: Any, job: Make, vendor: str, document: dict[str, Any]) -> None:
    server.script(reply(document))
    provider = build(vendor, price=0.02)
    with pytest.raises(GenerationError) as caught:
        provider.generate(job(PROMPT))
    assert not isinstance(caught.value, GenerationRefusedError)
    assert caught.value.possibly_billed
    assert caught.value.hint
    assert not may_go_on(provider, caught.value)


@pytest.mark.parametrize(
    ("vendor", "document"),
    [
        ("wavespeed", {"data": {"status": "completed", "outputs": ["/x.png"], "has_nsfw_contents": [True],
                                "urls": {"get": "/api/v3/x"}}}),
        ("fal-ai", {"images": [{"url": "/x.png"}], "has_nsfw_concepts": [True]}),
        ("replicate", {"id": "a1", "status": "succeeded", "output": []}),
    ],
)  # fmt: skip
def test_images_that_were_flagged(build: Any, server: Any, job: Make, vendor: str, document: dict[str, Any]) -> None:
    server.script(reply(document))
    with pytest.raises(GenerationRefusedError):
        build(vendor).generate(job(PROMPT))


def test_another_seed_than_the_one_sent_is_reported(build: Any, server: Any, job: Make) -> None:
    for name in ("fal-ai", "replicate"):
        server.parts[name].used = 77
        clamped = build(name).generate(job(PROMPT, seed=3)).environment["clamped"]
        assert clamped["seed"] == {"asked": 3, "got": 77}


def test_the_hub_is_not_asked_for_a_name_that_is_stated(build: Any, server: Any, job: Make) -> None:
    assert build("together", vendor_model=huggingface.IDS["together"]).generate(job(PROMPT)).data
    assert not server.hub


def test_what_the_hub_does_not_have(build: Any, server: Any, job: Make, tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match=r"status 404.*\(model no/such\)"):
        build("together", model="no/such").generate(job(PROMPT))
    with pytest.raises(GenerationError, match="at nscale") as caught:
        build("nscale", model=huggingface.EDITOR).generate(job(PROMPT))
    assert "together" in caught.value.hint
    with pytest.raises(GenerationError, match="not for `text-to-image`"):
        build("together", model=huggingface.EDITOR).generate(job(PROMPT))
    server.mapping["together"] = {"providerId": 7}
    with pytest.raises(GenerationError, match="lists no"):
        build("together").generate(job(PROMPT))
    assert not server.requests


def test_a_hub_that_is_down_costs_nothing(build: Any, server: Any, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "described", lambda _: status(503))
    with pytest.raises(GenerationError, match="status 503") as caught:
        build("together", price=0.02, retries=1).generate(job(PROMPT))
    assert not caught.value.possibly_billed


def test_the_key_never_reaches_the_helpers(build: Any, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.inference._providers.together import TogetherTextToImageTask

    keys: list[str] = []
    original = TogetherTextToImageTask.prepare_request
    monkeypatch.setattr(
        TogetherTextToImageTask,
        "prepare_request",
        lambda self, **given: (keys.append(given["api_key"]), original(self, **given))[1],
    )
    assert build("together").generate(job(PROMPT)).data
    assert set(keys) == {"hf_"}


def test_a_missing_client_is_said_before_the_run(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.provider.hosted.huggingface_request.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as caught:
        build("together").ready()
    assert caught.value.extra == "huggingface"
    monkeypatch.undo()
    assert importlib.util.find_spec("huggingface_hub") is not None


@pytest.mark.parametrize("options", [{"vendor": "auto"}, {"vendor": "novita"}, {"body": {"seed": 3}}, {"model": None}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(BadOptionError):
        adapter_of("huggingface").capabilities({"vendor": "together", "model": "a/b", **options})


def test_a_body_that_is_no_image_is_a_fault(build: Any, server: Any, job: Make) -> None:
    server.script(reply({"error": "Model acme/painter is currently loading", "estimated_time": 20}))
    with pytest.raises(GenerationError, match="is currently loading"):
        build("hf-inference").generate(job(PROMPT))


def test_a_form_that_no_helper_takes(build: Any) -> None:
    from harness.provider.hosted.huggingface_request import vendor_call

    entry = {"hf_model_id": "a/b", "providerId": "b", "status": "live", "task": "image-to-image"}
    with pytest.raises((GenerationError, HttpError)):
        vendor_call("mine", "nscale", entry, PROMPT, {}, Sent("in.png", painted(), "image/png"))
