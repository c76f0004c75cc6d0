"""Replicate and fal: what is sent, what is read of a job, and that none is left behind."""

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
)
from harness.http import Cancellation
from harness.provider import BadOptionError, Job, Provider, adapter_of, create
from harness.provider.route import may_go_on
from tests.http.waiting import until
from tests.provider.hosting import KEY_ENV, ROWS
from tests.provider.servers import fal, replicate
from tests.provider.servers.base import Act, hang, raw, reply, reset, status
from tests.provider.servers.images import PROMPT, data_url, encoded, painted
from tests.provider.servers.jobs import Jobs

Make = Callable[..., Job]
KINDS = ("replicate", "fal")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv(KEY_ENV, str(ROWS[kind].key))
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)
    with ROWS[kind].server() as server:
        yield server
        server.gate.set()


@pytest.fixture
def build(kind: str, server: Jobs) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def build(**more: Any) -> Provider:
        made.append(create("mine", kind, ROWS[kind].settings(server, **more), Path()))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


def inputs(server: Jobs, kind: str) -> dict[str, Any]:
    """What the last submission gave the model."""
    body = server.requests[-1].json()
    return body["input"] if kind == "replicate" else body


def looks(server: Jobs) -> list[str]:
    return [one.path for one in server.others if one.method == "GET" and "/files/" not in one.path]


def test_an_image_comes_by_its_address_after_a_few_looks(build: Any, server: Jobs, job: Make, kind: str) -> None:
    output = build().generate(job(PROMPT, seed=3))
    assert output.data == painted(PROMPT, 3)
    assert len(looks(server)) == {"replicate": 2, "fal": 4}[kind]
    assert output.cost is None, "neither says what it costs"
    assert output.environment["reply"]["id"] in server.jobs
    assert "unread" not in output.environment["reply"]
    assert not server.cancelled


def test_what_is_sent_and_recorded(build: Any, server: Jobs, job: Make, kind: str) -> None:
    output = build().generate(
        job(PROMPT, seed=3, width=96, height=64, negative_prompt="fog", steps=8, guidance=3.5, format="png")
    )
    sized = {"width": 96, "height": 64} if kind == "replicate" else {"image_size": {"width": 96, "height": 64}}
    assert inputs(server, kind) == {
        "prompt": PROMPT, "seed": 3, "negative_prompt": "fog", "num_inference_steps": 8, "guidance_scale": 3.5,
        "output_format": "png", **sized,
    }  # fmt: skip
    assert "omitted" not in output.environment
    assert "clamped" not in output.environment
    reply_of = output.environment["reply"]
    if kind == "replicate":
        assert output.environment["served_model"] == replicate.MODEL
        assert output.environment["version"] == replicate.VERSION
        assert reply_of["metrics"] == {"predict_time": 2.2, "total_time": 3.2}
        assert {"created_at", "started_at", "completed_at"} <= set(reply_of)
    else:
        assert reply_of["billable_units"] == "1"
        assert reply_of["metrics"] == {"inference_time": 1.25}
        assert reply_of["timings"] == {"inference": 1.2}


def test_slots_name_the_inputs_of_a_model(build: Any, server: Jobs, job: Make, kind: str) -> None:
    slots = {"steps": "num_outputs" if kind == "replicate" else "num_images", "seed": False, "guidance": False}
    provider = build(slots=slots, body={"output_format": "png"})
    assert provider.capabilities.seed == "none"
    output = provider.generate(job(PROMPT, seed=3, steps=1, guidance=2.0))
    sent = inputs(server, kind)
    assert sent[str(slots["steps"])] == 1
    assert sent["output_format"] == "png"
    assert not {"seed", "num_inference_steps", "guidance_scale"} & set(sent)
    assert output.environment["omitted"] == ["guidance", "seed"]


def test_a_model_that_takes_shapes(build: Any, server: Jobs, job: Make, kind: str) -> None:
    ways = {"width": False, "height": False, "size": False, "aspect_ratio": "negative_prompt", "negative_prompt": False}
    provider = build(slots=ways)
    assert "size" in provider.capabilities.honors
    provider.generate(job(PROMPT, width=1600, height=900))
    assert inputs(server, kind)["negative_prompt"] == "16:9"
    without = build(slots={**ways, "aspect_ratio": False})
    assert "size" in without.generate(job(PROMPT)).environment["omitted"]


@pytest.mark.parametrize("slots", [{"prompt": False}, {"base_url": "url"}, {"steps": " "}])
def test_slots_are_checked(kind: str, slots: dict[str, Any], server: Jobs) -> None:
    with pytest.raises(BadOptionError) as caught:
        adapter_of(kind).capabilities(ROWS[kind].settings(server, slots=slots))
    assert caught.value.problems[0].path[0] == "slots"


@pytest.mark.parametrize("kind", ["replicate"], indirect=True)
def test_a_version_stays_the_same(build: Any, server: Jobs, job: Make) -> None:
    for model in (f"{replicate.MODEL}:{replicate.VERSION}", replicate.VERSION):
        build(model=model).generate(job(PROMPT))
        assert server.requests[-1].path == "/v1/predictions"
        assert server.requests[-1].json()["version"] == replicate.VERSION
    with pytest.raises(GenerationError, match="status 422"):
        build(model=f"{replicate.MODEL}:{'0' * 64}").generate(job(PROMPT))


@pytest.mark.parametrize("model", ["painter", "../v1/account", "a/b?c=d", "https://elsewhere.example/a/b"])
def test_a_model_is_a_name(build: Any, server: Jobs, job: Make, model: str) -> None:
    with pytest.raises(GenerationError, match="is not the name of a model"):
        build(model=model).generate(job(PROMPT))
    assert not server.requests


def test_another_seed_than_the_one_sent_is_reported(build: Any, server: Any, job: Make) -> None:
    server.used = 77
    output = build().generate(job(PROMPT, seed=3))
    assert output.environment["clamped"]["seed"] == {"asked": 3, "got": 77}


def test_a_prompt_that_is_flagged_is_refused_once(build: Any, server: Jobs, job: Make) -> None:
    with pytest.raises(GenerationRefusedError) as caught:
        build(price=0.02).generate(job("something forbidden"))
    assert caught.value.possibly_billed
    assert len(server.requests) == 1
    assert len(looks(server)) <= 4, "what was refused is not asked for again"


@pytest.mark.parametrize("kind", ["fal"], indirect=True)
def test_an_image_that_the_checker_flags_is_refused(build: Any, job: Make) -> None:
    with pytest.raises(GenerationRefusedError, match="has_nsfw_concepts"):
        build().generate(job("a naked circle"))


@pytest.mark.parametrize("kind", ["replicate"], indirect=True)
@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"status": "failed", "output": None, "error": "NSFW content detected. Try running it again."}, True),
        ({"status": "failed", "output": None, "error": "CUDA out of memory"}, False),
        ({"status": "failed", "output": None, "error": None}, False),
        ({"status": "aborted", "output": None}, False),
        ({"output": []}, True),
        ({"output": {"text": "three circles"}}, False),
        ({"output": 7}, False),
    ],
)
def test_ends_of_a_prediction(build: Any, server: Jobs, job: Make, more: dict[str, Any], refused: bool) -> None:
    server.script(replicate.holding(**more))
    with pytest.raises(GenerationError) as caught:
        build(price=0.02).generate(job(PROMPT))
    assert isinstance(caught.value, GenerationRefusedError) == refused
    assert caught.value.possibly_billed
    assert not caught.value.failover


@pytest.mark.parametrize("kind", ["replicate"], indirect=True)
def test_one_address_as_output(build: Any, server: Jobs, job: Make) -> None:
    server.script(replicate.holding(output=data_url(painted())))
    assert build().generate(job(PROMPT)).data == painted()


@pytest.mark.parametrize("kind", ["fal"], indirect=True)
@pytest.mark.parametrize("state", [{"status": "LOST"}, {}, {"status": "COMPLETED", "error": "runner died"}])
def test_ends_of_a_request(build: Any, server: Jobs, job: Make, state: dict[str, Any]) -> None:
    server.answer = lambda received: (
        reply(server.ticket(server.new(input={}), received))
        if received.method == "POST"
        else reply(state if received.path.endswith("/status") else {"detail": "it died"}, 200)
    )
    with pytest.raises(GenerationError) as caught:
        build(price=0.02).generate(job(PROMPT))
    assert caught.value.possibly_billed
    assert caught.value.hint


def test_a_result_elsewhere_passes_the_address_guard(build: Any, server: Jobs, job: Make, kind: str) -> None:
    url = "http://127.0.0.1:9/secret.png"
    row = {"output": [url]} if kind == "replicate" else {"images": [{"url": url}]}
    server.script(ROWS[kind].holding(**row))
    with pytest.raises(GenerationError, match="is not fetched") as caught:
        build(price=0.02).generate(job(PROMPT))
    assert caught.value.possibly_billed


def test_a_ticket_cannot_send_the_key_elsewhere(build: Any, server: Jobs, job: Make, kind: str) -> None:
    def misled(received: Any) -> Act:
        if kind == "replicate":
            document = server.document(server.new(input={"prompt": PROMPT}), received)
            return reply({**document, "urls": {"get": "http://127.0.0.1:9/x", "cancel": "http://127.0.0.1:9/y"}}, 201)
        document = server.ticket(server.new(input={"prompt": PROMPT}), received)
        away = {name: url.replace(server.at(received), "http://127.0.0.1:9") for name, url in document.items()
                if name.endswith("_url")}  # fmt: skip
        return reply({**document, **away})

    server.script(lambda connection: misled(connection.received)(connection))
    assert build().generate(job(PROMPT)).data, "asked at base_url"


@pytest.mark.parametrize("document", [{"id": "../x"}, {"id": 5}, {"request_id": "a b"}, {"request_id": "a1"}])
def test_a_ticket_that_names_no_job(build: Any, server: Jobs, job: Make, document: dict[str, Any]) -> None:
    server.script(reply({"status": "starting", **document}))
    with pytest.raises(GenerationError, match="the reply names no") as caught:
        build(price=0.02).generate(job(PROMPT))
    assert caught.value.possibly_billed
    assert caught.value.hint


def test_only_our_own_job_is_cancelled_when_the_time_is_over(build: Any, server: Jobs, job: Make, kind: str) -> None:
    other = server.new(input={"prompt": "of somebody else"})
    server.gate.clear()
    with pytest.raises(GenerationTimeoutError) as caught:
        build(price=0.02).generate(job(PROMPT, timeout=1.5))
    assert caught.value.possibly_billed
    [cancelled] = server.cancelled
    assert cancelled != other
    [call] = [one for one in server.others if one.path.endswith("/cancel")]
    assert call.method == {"replicate": "POST", "fal": "PUT"}[kind]


def test_a_job_that_is_left_is_cancelled(build: Any, server: Jobs, job: Make) -> None:
    server.gate.clear()
    cancellation = Cancellation()

    def cancel() -> None:
        until(lambda: looks(server))
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    provider = build(price=0.02, poll=600.0)
    with pytest.raises(GenerationCancelledError) as caught:
        provider.generate(replace(job(PROMPT, timeout=60), cancellation=cancellation))
    thread.join()
    assert caught.value.possibly_billed
    assert len(server.cancelled) == 1
    assert not may_go_on(provider, caught.value)


def test_closing_cancels_what_runs(build: Any, server: Jobs, job: Make) -> None:
    server.gate.clear()
    provider, faults = build(poll=600.0), []

    def generate() -> None:
        with pytest.raises(GenerationError) as caught:
            provider.generate(job(PROMPT))
        faults.append(caught.value)

    thread = threading.Thread(target=generate)
    thread.start()
    until(lambda: looks(server))
    provider.close()
    thread.join()
    assert len(server.cancelled) == len(faults) == 1


def test_the_service_ends_a_job_whose_reply_was_lost(build: Any, server: Jobs, job: Make, kind: str) -> None:
    server.script(reset())
    with pytest.raises(GenerationError) as caught:
        build(price=0.02).generate(job(PROMPT, timeout=30))
    assert caught.value.possibly_billed
    headers = server.requests[0].headers
    said = headers["cancel-after"] if kind == "replicate" else headers["x-fal-request-timeout"]
    assert 20 < float(said.removesuffix("s")) <= 30


def test_a_limit_is_waited_for(build: Any, server: Jobs, job: Make) -> None:
    server.script(reply({"detail": "Request was throttled. Your rate limit resets in ~1s."}, 429, retry_after="0"))
    assert build().generate(job(PROMPT)).environment["reply"]["attempts"] == 2


def test_looks_survive_a_bad_minute_and_no_other_provider_is_asked_after_one(
    build: Any, server: Jobs, job: Make
) -> None:
    answer, left = server.answer, [status(503), status(429, retry_after="0")]
    server.answer = lambda received: left.pop() if left and received.method == "GET" else answer(received)
    assert build().generate(job(PROMPT)).data
    server.answer = lambda received: status(503) if received.method == "GET" else answer(received)
    provider = build(price=0.02, retries=1)
    with pytest.raises(GenerationError, match="the job was queued, then: status 503") as caught:
        provider.generate(job(PROMPT))
    assert caught.value.possibly_billed
    assert not may_go_on(provider, caught.value)
    assert len(server.cancelled) == 1


def test_a_question_is_not_sent(build: Any, server: Jobs, job: Make) -> None:
    with pytest.raises(GenerationError, match="answers no questions"):
        build().generate(job(PROMPT, ask="how many?"))
    assert not server.requests


def test_a_model_that_ended_says_so(
    build: Any, server: Jobs, job: Make, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GenerationError, match=r"dall-e-3 ended on") as caught:
        build(model="openai/dall-e-3").generate(job(PROMPT))
    assert "gpt-image" in caught.value.hint


def test_a_suspended_look_ends_with_the_time(build: Any, server: Jobs, job: Make) -> None:
    answer = server.answer
    server.answer = lambda received: hang() if received.method == "GET" else answer(received)
    with pytest.raises(GenerationTimeoutError):
        build().generate(job(PROMPT, timeout=1.5))
    assert len(server.cancelled) == 1


@pytest.mark.parametrize("kind", ["fal"], indirect=True)
def test_a_page_as_a_result(build: Any, server: Jobs, job: Make) -> None:
    server.script(fal.holding(encoded(np.zeros((8, 8, 3), np.uint8))))
    assert build().generate(job(PROMPT)).environment["clamped"]["size"]["got"] == "8x8"
    answer = server.answer
    server.answer = lambda received: (
        raw(b"<html></html>", "text/html") if received.path.endswith("/status") else answer(received)
    )
    with pytest.raises(GenerationError, match="an HTML page"):
        build().generate(job(PROMPT))
