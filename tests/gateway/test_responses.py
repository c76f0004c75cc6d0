"""The Responses API with openai's own client, its replies validated strictly."""

import base64
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.records import Caller, ImageRequest
from tests.gateway.lab import Lab, final

TOOL: dict[str, Any] = {"type": "image_generation", "quality": "low", "size": "64x64"}
ASKED: dict[str, Any] = {"model": "gpt-5", "input": "a red circle", "tools": [TOOL]}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    ours = {"lab": lab.provider, "shelf": lab.shelf}
    return replace(gateway_options, providers={**gateway_options.providers, **ours})


def client_of(server: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, _strict_response_validation=True)


@pytest.fixture
def client(server: str) -> Iterator[openai.OpenAI]:
    with client_of(server) as opened:
        yield opened


def image_of(response: Any) -> Image.Image:
    (call,) = response.output
    assert (call.type, call.status) == ("image_generation_call", "completed")
    return decoded(call.result)


def decoded(b64: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64)))


def data_url(color: str = "white", size: tuple[int, int] = (64, 64), mode: str = "RGB") -> str:
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def about(url: str | None, **more: Any) -> list[dict[str, Any]]:
    image = {"type": "input_image", "image_url": url, **more}
    return [{"role": "user", "content": [{"type": "input_text", "text": "a red circle"}, image]}]


def polled(client: openai.OpenAI, response: Any) -> Any:
    end = time.monotonic() + 30
    while response.status in ("queued", "in_progress"):
        assert time.monotonic() < end
        time.sleep(0.05)
        response = client.responses.retrieve(response.id)
    return response


def test_an_image_is_generated(client: openai.OpenAI, gateway: Gateway) -> None:
    response = client.responses.create(**ASKED, metadata={"for": "me"}, extra_body={"seed": 7})
    assert response.status == "completed"
    assert image_of(response).size == (64, 64)
    assert response.output[0].quality == "low"
    assert response.metadata == {"for": "me"}
    assert response.usage is not None
    assert response.usage.input_tokens_details.cache_write_tokens == 0
    assert response.usage.total_tokens > 3
    assert response.harness["seeds"] == [7]
    assert response.harness["not_honored"] == []
    assert response.id == "resp_" + response.harness["job"].removeprefix("job_")
    assert gateway.store.get(response.harness["job"]).request.prompt == "a red circle"


def test_the_seed_is_taken_from_either_place(client: openai.OpenAI) -> None:
    one = client.responses.create(**ASKED, extra_body={"seed": 7})
    two = client.responses.create(**ASKED | {"tools": [TOOL | {"seed": 7}]})
    three = client.responses.create(**ASKED | {"tools": [TOOL | {"seed": 8}]})
    assert one.output[0].result == two.output[0].result != three.output[0].result


def test_an_image_is_edited_with_and_without_a_mask(client: openai.OpenAI, gateway: Gateway) -> None:
    tool = TOOL | {"input_image_mask": {"image_url": data_url("white")}}
    for tools in ([TOOL], [tool]):
        asked = ASKED | {"input": about(data_url()), "tools": tools}
        response = client.responses.create(**asked)
        assert image_of(response).size == (64, 64)
        request = gateway.store.get(response.harness["job"]).request
        assert request.operation == "edit"
        assert (request.mask is not None) == ("input_image_mask" in tools[0])


def test_an_earlier_image_is_edited(client: openai.OpenAI, gateway: Gateway) -> None:
    first = client.responses.create(**ASKED, extra_body={"seed": 7})
    night = "the same at night"
    ways: list[dict[str, Any]] = [
        {"previous_response_id": first.id, "input": night},
        {"input": [first.output[0].to_dict(), {"role": "user", "content": night}]},
        {
            "input": [
                {"type": "image_generation_call", "id": first.output[0].id},
                {"role": "user", "content": night},
            ]
        },
    ]
    digests = set()
    for way in ways:
        response = client.responses.create(**ASKED | way, extra_body={"seed": 7})
        request = gateway.store.get(response.harness["job"]).request
        assert request.input_image is not None
        digests.add(request.input_image.digest)
        assert request.operation == "edit"
        left_out = ["previous_response_id.input"] if "previous_response_id" in way else []
        assert response.harness["not_honored"] == left_out
    assert len(digests) == 1


def test_a_stream_has_the_events_of_the_api(client: openai.OpenAI) -> None:
    events = list(client.responses.create(**ASKED, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "image_generation_call.in_progress",
        "image_generation_call.generating",
        "image_generation_call.completed",
        "output_item.done",
        "completed",
    ]
    response = events[-1].response
    assert image_of(response).size == (64, 64)
    assert response.to_dict() == client.responses.retrieve(response.id).to_dict()


def test_partial_images_are_as_many_as_are_asked_for(client: openai.OpenAI, lab: Lab, gateway: Gateway) -> None:
    asked = ASKED | {"model": "lab", "input": "wait", "tools": [TOOL | {"partial_images": 2}]}
    with client.responses.create(**asked, stream=True) as stream:
        events = iter(stream)
        first = next(events)
        while not gateway.bus.has_partial_listener(first.response.harness["job"]):
            time.sleep(0.01)
        lab.go()
        partial = [event for event in events if event.type == "response.image_generation_call.partial_image"]
    assert [event.partial_image_index for event in partial] == [0, 1]
    assert [decoded(event.partial_image_b64).size for event in partial] == [(64, 64)] * 2


def test_the_stream_helper_of_the_client_works(client: openai.OpenAI) -> None:
    with client.responses.stream(**ASKED) as stream:
        response = stream.get_final_response()
    assert image_of(response).size == (64, 64)


def test_a_background_response_is_queued_at_once_and_polled(client: openai.OpenAI, lab: Lab) -> None:
    response = client.responses.create(**ASKED | {"model": "lab", "input": "wait"}, background=True)
    assert response.status in ("queued", "in_progress")
    assert response.background is True
    assert client.responses.retrieve(response.id).output == []
    lab.go()
    assert image_of(polled(client, response)).size == (64, 64)


def test_a_background_response_is_cancelled(client: openai.OpenAI, lab: Lab) -> None:
    response = client.responses.create(**ASKED | {"model": "lab", "input": "wait"}, background=True)
    while not lab.begun:
        time.sleep(0.02)
    assert client.responses.cancel(response.id).status == "cancelled"
    assert client.responses.retrieve(response.id).status == "cancelled"
    assert client.responses.cancel(response.id).status == "cancelled"
    assert lab.cancelled == ["wait"]


def test_a_background_stream_goes_on_without_its_client(client: openai.OpenAI, lab: Lab, gateway: Gateway) -> None:
    asked = ASKED | {"model": "lab", "input": "wait"}
    with client.responses.create(**asked, background=True, stream=True) as stream:
        response = next(iter(stream)).response
    job = "job_" + response.id.removeprefix("resp_")
    while gateway.bus.has_listener(job):
        time.sleep(0.02)
    lab.go()
    assert final(gateway, job).state == "completed"
    events = list(client.responses.retrieve(response.id, stream=True))
    assert image_of(events[-1].response).size == (64, 64)


def test_a_client_that_goes_away_cancels_its_response(server: str, lab: Lab, gateway: Gateway) -> None:
    body = ASKED | {"model": "lab", "input": "wait"}
    for stream in (False, True):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server}/v1/responses", json=body | {"stream": stream}, timeout=1.0)
    assert [final(gateway, job.id).state for job in gateway.store.newest(10)] == ["cancelled", "cancelled"]
    assert lab.cancelled == ["wait", "wait"]


def test_a_question_is_answered(client: openai.OpenAI) -> None:
    parts = [
        {"type": "input_text", "text": "what is it?"},
        {"type": "input_image", "image_url": data_url(size=(64, 32)), "detail": "auto"},
    ]
    asked: dict[str, Any] = {"model": "lab", "input": [{"role": "user", "content": parts}]}
    response = client.responses.create(**asked)
    assert response.output_text == "asked: what is it?; image: (64, 32)"
    assert response.harness["not_honored"] == []
    events = list(client.responses.create(**asked, stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == response.output_text == events[-1].response.output_text
    with client.responses.stream(**asked) as stream:
        assert stream.get_final_response().output_text == text


def test_what_is_not_honored_is_reported_or_refused(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = ASKED | {
        "tools": [TOOL | {"model": "lab", "moderation": "low", "partial_images": 1}, {"type": "web_search"}],
        "input": [
            {"role": "developer", "content": "you are an artist"},
            {"role": "user", "content": "a blue square"},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"role": "user", "content": "a red circle"},
        ],
        "instructions": "be brief",
        "temperature": 0.5,
    }
    raw = client.responses.with_raw_response.create(**asked)
    expected = ["input[0]", "input[1]", "input[2]", "instructions", "model", "temperature"]
    reported = raw.parse().harness["not_honored"]
    assert [name for name in reported if not name.startswith("tools")] == expected
    assert {"tools.partial_images", "tools[1]"} <= set(reported)
    assert raw.parse().instructions == "be brief"
    assert raw.headers["x-harness-not-honored"] == ", ".join(reported)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**asked, extra_headers={"x-harness-strict": "true"})
    assert caught.value.code == "not-honored"


def test_responses_hold_after_a_restart(gateway_options: GatewayOptions, serve: Any) -> None:
    with Gateway.open(gateway_options) as first, client_of(serve(first)) as client:
        response = client.responses.create(**ASKED)
    with Gateway.open(gateway_options) as second, client_of(serve(second)) as client:
        assert client.responses.retrieve(response.id).to_dict() == response.to_dict()


def test_a_response_is_deleted(client: openai.OpenAI, lab: Lab, gateway: Gateway) -> None:
    done = client.responses.create(**ASKED)
    running = client.responses.create(**ASKED | {"model": "lab", "input": "wait"}, background=True)
    for response in (done, running):
        client.responses.delete(response.id)
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(response.id)
    assert gateway.store.newest(10) == []
    assert gateway.worker is not None
    assert gateway.worker.fault is None


def test_a_failure_is_an_error_or_a_status(client: openai.OpenAI) -> None:
    asked = ASKED | {"model": "lab", "input": "fail"}
    with pytest.raises(openai.APIStatusError) as caught:
        client.responses.create(**asked)
    assert (caught.value.status_code, caught.value.code) == (502, "generation")
    response = polled(client, client.responses.create(**asked, background=True))
    assert response.status == "failed"
    assert (response.error.code, response.error.type) == ("server_error", "generation")
    *_, last = client.responses.create(**asked, stream=True)
    assert (last.type, last.response.status) == ("response.failed", "failed")


def test_an_expired_response_has_failed(gateway_options: GatewayOptions, serve: Any) -> None:
    with Gateway.open(replace(gateway_options, deadline=0.5)) as gateway, client_of(serve(gateway)) as client:
        asked = ASKED | {"model": "lab", "input": "wait"}
        response = polled(client, client.responses.create(**asked, background=True))
        assert (response.status, response.error.type) == ("failed", "generation-timeout")
        with pytest.raises(openai.APIStatusError) as caught:
            client.responses.create(**asked)
        assert (caught.value.status_code, caught.value.code) == (504, "generation-timeout")


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"input": "  "}, "invalid-request", "input"),
        ({"input": []}, "invalid-request", "input.items"),
        ({"input": 5}, "invalid-request", "input.items"),
        ({"input": [{"role": "boss", "content": "be"}]}, "invalid-request", "input.items.0.role"),
        ({"input": [{"role": "system", "content": "be"}]}, "invalid-request", "input"),
        ({"model": "shelf", "tools": []}, "unsupported", "tools"),
        ({"model": "shelf", "tools": [TOOL], "tool_choice": "none"}, "unsupported", "tools"),
        ({"tools": [], "tool_choice": {"type": "image_generation"}}, "invalid-request", "tool_choice"),
        ({"tools": [TOOL | {"quality": "best"}]}, "invalid-request", "tools.0.image_generation.quality"),
        ({"tools": [TOOL | {"size": "big"}]}, "invalid-request", "tools.0.image_generation.size"),
        ({"tools": [TOOL | {"partial_images": 4}]}, "invalid-request", "tools.0.image_generation.partial_images"),
        ({"tools": [TOOL | {"seed": 1}], "seed": 2}, "invalid-request", "seed"),
        ({"tools": [TOOL | {"action": "edit"}]}, "invalid-request", "image"),
        ({"tools": [TOOL | {"input_image_mask": {"image_url": data_url()}}]}, "invalid-request", "mask"),
        ({"tools": [TOOL | {"input_image_mask": {"file_id": "f"}}]}, "unsupported", "tools.input_image_mask.image_url"),
        ({"seed": -1}, "invalid-request", "seed"),
        ({"background": "yes"}, "invalid-request", "background"),
        ({"metadata": {"a": 5}}, "invalid-request", "metadata.a"),
        ({"input": about("data:,x")}, "invalid-request", "input[0].content[1]"),
        ({"input": about("https://[::1]/x.png")}, "invalid-request", "input[0].content[1]"),
        ({"input": about(None, file_id="f")}, "unsupported", "input[0].content[1].file_id"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(server: str, fields: dict[str, Any], code: str, param: str) -> None:
    reply = httpx.post(f"{server}/v1/responses", json=ASKED | fields)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["param"]) == (400, code, param)


def test_unknown_ids_are_404(server: str, client: openai.OpenAI, gateway: Gateway) -> None:
    job = httpx.post(f"{server}/v1/jobs", json={"model": "painter", "prompt": "it", "size": "64x64"}).json()["id"]
    others = ["resp_1", "resp_" + "0" * 32, "resp_" + job.removeprefix("job_"), job]
    for other in others:
        for call in (client.responses.retrieve, client.responses.cancel, client.responses.delete):
            with pytest.raises(openai.NotFoundError) as caught:
                call(other)
            assert caught.value.code == "job-not-found"
        with pytest.raises(openai.NotFoundError):
            client.responses.create(**ASKED, previous_response_id=other)
    other = gateway.store.submit(ImageRequest("lab", "it"), Caller(key="other", api="openai.responses"))[0].id
    old = client.responses.create(**ASKED).id
    gateway.store.purge(time.time() + 1)
    for gone in (old, "resp_" + other.removeprefix("job_")):
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(gone)
    item = {"type": "image_generation_call", "id": "ig_1"}
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(**ASKED | {"input": [item, {"role": "user", "content": "it"}]})
    assert caught.value.param == "input[0]"
