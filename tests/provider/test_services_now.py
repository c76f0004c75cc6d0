"""Replies of services in the forms that they have now: one request and one reply each, through a real server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import Job, Output, create
from tests.provider.servers import openai
from tests.provider.servers.base import Act, Loopback, raw, reply
from tests.provider.servers.images import PROMPT, b64, data_url, painted
from tests.provider.servers.openrouter import chat_reply, image_message

Make = Callable[..., Job]
ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
LITELLM = {
    "error": {
        "message": "litellm.UnsupportedParamsError: openai does not support parameters: "
        "{'response_format': 'b64_json'}, for model=gpt-image-1-mini.",
        "type": "None", "param": "None", "code": "400",
    }
}  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("SERVICE_KEY", "sk-a-key-0123456789abcdef")
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)
    monkeypatch.setattr("harness.provider.remote.accepted.FIRST", 0.01)
    with Loopback(lambda _: openai.images_reply(painted())) as server:
        yield server


class Served:
    """A provider of a kind, over the server."""

    def __init__(self, kind: str, at: Loopback, **options: Any) -> None:
        key = {} if kind == "openai-compatible" else {"api_key_env": "SERVICE_KEY"}
        self.provider = create("mine", kind, {"base_url": f"{at.url}/v1", **key, **options}, Path())

    def generate(self, job: Job) -> Output:
        return self.provider.generate(job)


@pytest.fixture
def made(server: Loopback) -> Iterator[Callable[..., Served]]:
    opened: list[Served] = []

    def make(kind: str, **options: Any) -> Served:
        opened.append(Served(kind, server, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.provider.close()


def image(**more: Any) -> Act:
    return openai.images_reply(painted(), **more)


# what is not sent


def test_response_format_is_not_sent_to_a_model_that_refuses_it(made: Any, server: Loopback, job: Make) -> None:
    made("openai-compatible", dialect="openai", model="openai/gpt-image-2.6-flare").generate(job(PROMPT))
    made("openai-compatible", dialect="openai", model="sdxl").generate(job(PROMPT))
    assert ["response_format" in one.json() for one in server.requests] == [False, True]


@pytest.mark.parametrize("act", [reply(LITELLM, 400), openai.error(400, "Unknown parameter: 'response_format'.")])
def test_response_format_is_left_out_for_a_model_that_refused_it(
    made: Any, server: Loopback, job: Make, act: Act
) -> None:
    provider = made("openai-compatible", dialect="openai", model="my-alias")
    server.script(act)
    assert provider.generate(job(PROMPT)).data == painted()
    provider.generate(job(PROMPT, seed=1))
    assert ["response_format" in one.json() for one in server.requests] == [True, False, False]


def test_a_400_that_repeats_itself_is_reported(made: Any, server: Loopback, job: Make) -> None:
    server.script(reply(LITELLM, 400), reply(LITELLM, 400))
    with pytest.raises(GenerationError, match="response_format"):
        made("openai-compatible", model="my-alias").generate(job(PROMPT))
    assert len(server.requests) == 2
    server.script(reply(LITELLM, 400))
    with pytest.raises(GenerationError, match="response_format"):
        made("openai-compatible", model="other", body={"response_format": "url"}).generate(job(PROMPT))
    assert len(server.requests) == 3, "what the user states is not left out"


@pytest.mark.parametrize("kind", ["openai", "openai-compatible"])
def test_moderation_is_no_field_of_an_edit(made: Any, server: Loopback, job: Make, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "in.png"
    path.write_bytes(painted())
    provider = made(kind, body={"moderation": "low"})
    assert "moderation" in provider.generate(job(PROMPT, image=path)).environment["omitted"]
    assert "moderation" not in [part.name for part in server.requests[-1].form()]
    assert "moderation" not in provider.generate(job(PROMPT)).environment.get("omitted", [])
    assert server.requests[-1].json()["moderation"] == "low"


# refusals


def blocked_chat() -> Act:
    choice = {
        "index": 0, "finish_reason": "error", "native_finish_reason": "IMAGE_SAFETY",
        "message": {"role": "assistant", "content": None},
    }  # fmt: skip
    return reply({"id": "gen-1", "model": "google/gemini-3.1-flash-image", "choices": [choice]})


def stopped_chat() -> Act:
    choice = {
        "index": 0, "finish_reason": "stop", "native_finish_reason": "IMAGE_SAFETY",
        "message": {"role": "assistant", "content": ""},
    }  # fmt: skip
    return reply({"id": "gen-1", "model": "google/gemini-3.1-flash-image", "choices": [choice]})


def gateway(status: int, **error: Any) -> Act:
    return reply({"error": {"message": "Image generation failed: [IMAGE_SAFETY]", **error}}, status)


QUOTED = {
    "error": {
        "message": "Provider returned error", "code": 502,
        "metadata": {
            "raw": '{"error": {"message": "Your request was rejected by the safety system.", '
            '"code": "moderation_blocked"}}',
            "provider_name": "OpenAI",
        },
    }
}  # fmt: skip
REFUSALS: list[tuple[str, Act]] = [
    ("openrouter", stopped_chat()),
    ("openrouter", blocked_chat()),
    ("openrouter", reply(QUOTED, 502)),
    ("openrouter", reply(QUOTED)),
    ("openai-compatible", gateway(500, type="internal_server_error", code="500")),
    ("openai-compatible", raw(b"Internal error: [IMAGE_SAFETY]", "text/plain", 500)),
    ("openai", gateway(500)),
    ("openai-compatible", reply({"created": 1, "data": [{"b64_json": None, "respect_moderation": False}]})),
    ("openai-compatible", reply({"created": 1, "data": []})),
    ("openai", reply({"created": 1, "data": []})),
]


@pytest.mark.parametrize(("kind", "act"), REFUSALS)
def test_a_block_of_content_is_a_refusal_and_not_repeated(
    made: Any, server: Loopback, job: Make, kind: str, act: Act
) -> None:
    server.script(act)
    with pytest.raises(GenerationRefusedError):
        made(kind).generate(job(PROMPT))
    assert len(server.requests) == 1


def test_a_filter_that_is_down_is_no_refusal(made: Any, server: Loopback, job: Make) -> None:
    server.script(reply({"error": {"message": "try again", "code": "moderation_unavailable"}}, 503))
    assert made("openai-compatible").generate(job(PROMPT)).data == painted()
    assert len(server.requests) == 2


# replies of other forms


@pytest.mark.parametrize(
    "content", [f"Here it is:\n\n![a red circle]({data_url(painted())})\n\nDone.", data_url(painted())]
)
def test_an_image_inside_the_text_of_a_chat(made: Any, server: Loopback, job: Make, content: str) -> None:
    server.script(chat_reply({"role": "assistant", "content": content}))
    got = made("openrouter").generate(job(PROMPT))
    assert got.data == painted()
    assert "base64" not in str(got.environment)


def test_an_image_beside_the_text_wins(made: Any, server: Loopback, job: Make) -> None:
    message = {**image_message(painted(seed=3)), "content": f"![old]({data_url(painted())})"}
    server.script(chat_reply(message))
    assert made("openrouter").generate(job(PROMPT)).data == painted(seed=3)


def job_state(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "job_1", "kind": "img_gen", "status": status, "poll_url": "/sdcpp/v1/jobs/job_1", **more}


def test_an_accepted_job_is_polled(made: Any, server: Loopback, job: Make) -> None:
    result = {"output_format": "png", "images": [{"index": 0, "b64_json": b64(painted())}]}
    done = job_state("completed", result=result, error=None)
    server.script(reply(job_state("queued"), 202), reply(job_state("generating")), reply(done))
    base = made("openai-compatible")
    assert base.generate(job(PROMPT)).data == painted()
    paths = [(one.method, one.path) for one in server.requests]
    assert paths == [("POST", "/v1/images/generations"), *[("GET", "/sdcpp/v1/jobs/job_1")] * 2]


def test_an_accepted_job_with_its_address_in_a_header(made: Any, server: Loopback, job: Make) -> None:
    server.script(raw(b"", status=202, location=f"{server.url}/v1/jobs/7"), reply({}, 202), image())
    assert made("openai-compatible").generate(job(PROMPT)).data == painted()
    assert [one.path for one in server.requests][1:] == ["/v1/jobs/7", "/v1/jobs/7"]


@pytest.mark.parametrize(
    ("acts", "problem"),
    [
        ([reply({"id": "job_1", "status": "queued"}, 202)], "names no address"),
        ([reply(job_state("queued"), 202), reply(job_state("failed", error={"message": "out of memory"}))], "out of"),
        ([reply(job_state("queued"), 202), *[reply(job_state("queued"))] * 9], "not done within"),
        ([reply({"poll_url": "https://elsewhere.example/1"}, 202)], "another host"),
    ],
)
def test_an_accepted_job_without_an_image(
    made: Any, server: Loopback, job: Make, acts: list[Act], problem: str
) -> None:
    server.script(*acts)
    with pytest.raises(GenerationError, match=problem) as caught:
        made("openai-compatible", price=0.01).generate(job(PROMPT, timeout=1))
    assert caught.value.possibly_billed


@pytest.mark.parametrize(
    ("document", "parts"),
    [
        ({"error": {"message": "quota of the day is used up", "code": "daily_limit"}}, ("quota", "daily_limit")),
        ({"error": {"code": 1234, "detail_id": "xyz"}}, ("1234", "xyz")),
        ({"code": 1001, "message": "no balance"}, ("1001", "no balance")),
        ({"success": False, "errors": [{"code": 7003, "message": "Could not route"}]}, ("Could not route", "7003")),
        ({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": "n too large"}}},
         ("Provider returned error", "n too large", "400")),
    ],
)  # fmt: skip
def test_an_error_with_status_200_keeps_its_code_and_text(
    made: Any, server: Loopback, job: Make, document: dict[str, Any], parts: tuple[str, ...]
) -> None:
    server.script(reply(document))
    with pytest.raises(GenerationError) as caught:
        made("openai-compatible").generate(job(PROMPT))
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_another_format_is_reported(made: Any, server: Loopback, job: Make) -> None:
    got = made("openai-compatible").generate(job(PROMPT, format="webp"))
    assert got.environment["clamped"]["format"] == {"asked": "webp", "got": "png"}
    server.script(image(output_format="webp"))
    got = made("openai").generate(job(PROMPT, format="webp"))
    assert got.environment["clamped"]["format"] == {"asked": "webp", "got": "png"}
    server.script(chat_reply(image_message(painted())))
    got = made("openrouter").generate(job(PROMPT, format="jpeg"))
    assert got.environment["clamped"]["format"] == {"asked": "jpeg", "got": "png"}
    assert "format" not in made("openai").generate(job(PROMPT, format="png")).environment.get("clamped", {})


def test_zero_usage_is_a_cache_hit_only_where_usage_is_counted(made: Any, server: Loopback, job: Make) -> None:
    provider = made("openai-compatible", dialect="localai")
    server.script(image(usage=ZEROS))
    assert provider.generate(job(PROMPT)).source == "generated"
    server.script(image(usage={"input_tokens": 5, "output_tokens": 9, "total_tokens": 14}), image(usage=ZEROS))
    assert [provider.generate(job(PROMPT, seed=seed)).source for seed in (1, 2)] == ["generated", "cache"]
    server.script(chat_reply(image_message(painted()), usage=ZEROS))
    assert made("openrouter").generate(job(PROMPT)).source == "cache"


# what it costs


def test_a_proxy_states_the_cost_in_a_header(made: Any, server: Loopback, job: Make) -> None:
    document = {"created": 1, "data": [{"b64_json": b64(painted())}]}
    costs = {"x_litellm_response_cost": "0.011"}
    provider = made("openai-compatible", model="my-alias")
    server.script(reply(document, **costs))
    assert provider.generate(job(PROMPT)).cost == 0.011
    assert made("openai-compatible", price=0.5).generate(job(PROMPT)).cost == 0.5
    server.script(reply({"created": 1}, **costs))
    with pytest.raises(GenerationError) as caught:
        provider.generate(job(PROMPT))
    assert caught.value.possibly_billed, "a reply said that this server is not free"


@pytest.mark.parametrize("header", ["", "None", "nan", "-1"])
def test_a_header_that_is_no_cost(made: Any, server: Loopback, job: Make, header: str) -> None:
    server.script(reply({"data": [{"b64_json": b64(painted())}]}, x_litellm_response_cost=header))
    assert made("openai-compatible").generate(job(PROMPT)).cost == 0.0


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.04}}, 0.04),
        ({"cost": 0.002, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.04}}, 0.042),
        ({"cost": 0, "cost_details": {"upstream_inference_cost": 0.04}}, 0.04),
        ({"cost": 0.04, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.04}}, 0.04),
        ({"cost": 0.04, "cost_details": {"upstream_inference_cost": None}}, 0.04),
    ],
)
def test_a_key_of_ones_own_behind_a_gateway_costs_too(
    made: Any, server: Loopback, job: Make, usage: dict[str, Any], cost: float
) -> None:
    counted = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    server.script(chat_reply(image_message(painted()), usage=counted | usage), image(usage=usage))
    assert made("openrouter").generate(job(PROMPT)).cost == pytest.approx(cost)
    assert made("openrouter", endpoint="images").generate(job(PROMPT)).cost == pytest.approx(cost)


FAULTS: list[Act] = [
    reply({"created": 1, "data": []}),
    reply({"created": 1, "data": [{"b64_json": "AAAA"}]}),
    reply({"error": {"message": "gone", "code": 502}}),
    chat_reply({"role": "assistant", "content": "I cannot create that image."}),
    raw(b"{", status=200),
]


@pytest.mark.parametrize("act", FAULTS)
@pytest.mark.parametrize("kind", ["openai", "openai-compatible", "openrouter", "gemini"])
def test_nothing_is_possibly_billed_at_price_0(made: Any, server: Loopback, job: Make, kind: str, act: Act) -> None:
    server.script(act)
    with pytest.raises(GenerationError) as caught:
        made(kind, price=0, retries=0).generate(job(PROMPT))
    assert not caught.value.possibly_billed
