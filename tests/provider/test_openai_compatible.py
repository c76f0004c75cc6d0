"""Servers that speak OpenAI's images API: their own names, their links, their prices."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError
from harness.http import is_private
from harness.provider import BadOptionError, Job, adapter_of, create
from tests.provider.servers.base import reply
from tests.provider.servers.compatible import Compatible
from tests.provider.servers.images import PROMPT, b64, painted
from tests.provider.servers.openai import images_reply

Make = Callable[..., Job]


@pytest.fixture
def server() -> Iterator[Compatible]:
    with Compatible() as server:
        yield server


def generated(at: Compatible, job: Job, **options: Any) -> Any:
    provider = create("own", "openai-compatible", {"base_url": at.base_url, "retries": 0, **options}, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


def rich(job: Make, **more: Any) -> Job:
    return job(PROMPT, seed=7, negative_prompt="green", steps=12, guidance=4.5, **more)


SAID = {"prompt": PROMPT, "n": 1, "size": "64x64", "response_format": "b64_json"}


@pytest.mark.parametrize(
    ("name", "body", "omitted"),
    [
        (
            "vllm-omni",
            {**SAID, "seed": 7, "negative_prompt": "green", "num_inference_steps": 12, "guidance_scale": 4.5},
            None,
        ),
        (
            "sglang",
            {**SAID, "seed": 7, "negative_prompt": "green", "num_inference_steps": 12, "guidance_scale": 4.5},
            None,
        ),
        ("localai", {**SAID, "prompt": f"{PROMPT}|green", "seed": 7, "step": 12}, ["guidance"]),
        ("openai", {**SAID, "seed": 7}, ["guidance", "negative_prompt", "steps"]),
        (
            "sd-server",
            {
                **SAID,
                "prompt": f'{PROMPT} <sd_cpp_extra_args>{{"seed":7,"negative_prompt":"green",'
                '"sample_params":{"sample_steps":12,"guidance":{"txt_cfg":4.5}}}</sd_cpp_extra_args>',
            },
            None,
        ),
    ],
)
def test_each_server_has_its_names(
    server: Compatible, job: Make, name: str, body: dict[str, Any], omitted: list[str] | None
) -> None:
    got = generated(server, rich(job), dialect=name)
    assert server.requests[-1].json() == body
    assert got.environment.get("omitted") == omitted
    assert got.data == painted(PROMPT, 7)


def test_a_seed_decides_the_image_inside_the_prompt_too(server: Compatible, job: Make) -> None:
    assert generated(server, job(PROMPT, seed=3), dialect="sd-server").data == painted(PROMPT, 3)
    assert generated(server, job(PROMPT, seed=None), dialect="sd-server").data == painted(PROMPT, 4242)
    assert server.requests[-1].json()["prompt"] == PROMPT


def test_an_image_for_localai_goes_into_the_request(server: Compatible, job: Make, tmp_path: Path) -> None:
    image = tmp_path / "in.png"
    image.write_bytes(painted())
    generated(server, job(PROMPT, image=image), dialect="localai")
    assert server.requests[-1].path == "/v1/images/generations"
    assert server.requests[-1].json()["file"] == b64(image.read_bytes())


def test_settings_pass_where_they_are_named(server: Compatible, job: Make) -> None:
    got = generated(server, job(PROMPT, true_cfg_scale=4.0, clip_skip=2), passes=["true_cfg_scale"], body={"mode": 1})
    body = server.requests[-1].json()
    assert (body["true_cfg_scale"], body["mode"]) == (4.0, 1)
    assert "clip_skip" not in body
    assert got.environment["omitted"] == ["clip_skip"]
    can = adapter_of("openai-compatible").capabilities({"base_url": server.base_url, "passes": ["true_cfg_scale"]})
    assert "true_cfg_scale" in can.honors


@pytest.mark.parametrize("links", ["relative", "absolute"])
def test_an_image_by_its_link(job: Make, links: str) -> None:
    with Compatible(links=links, key="own-key-0123456789") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWN_KEY", "own-key-0123456789")
        got = generated(server, job(PROMPT, seed=5), api_key_env="OWN_KEY")
        assert got.data == painted(PROMPT, 5)
        assert [one.method for one in server.requests] == ["POST", "GET"]


def test_a_link_to_something_else(job: Make) -> None:
    with Compatible(links="relative") as server:
        server.kept["/v1/images/0/content"] = b"<html><body>gone</body></html>"
        server.script(images_reply(data=[{"url": "/v1/images/0/content"}]))
        with pytest.raises(GenerationError, match="an HTML page"):
            generated(server, job(PROMPT))
        server.script(images_reply(data=[{"url": "/v1/images/9/content"}]))
        with pytest.raises(GenerationError, match="status 404"):
            generated(server, job(PROMPT))


def test_a_link_to_another_private_place_is_not_followed(server: Compatible, job: Make) -> None:
    with Compatible(links="absolute") as other:
        other.kept["/v1/images/0/content"] = painted()
        row = {"url": f"{other.url}/v1/images/0/content"}
        server.script(images_reply(data=[row]))
        with pytest.raises(GenerationError) as caught:
            generated(server, job(PROMPT))
        assert not other.requests
        assert "is not fetched" in str(caught.value)
        server.script(images_reply(data=[row]))
        assert generated(server, job(PROMPT), allow_private=True).data == painted()


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        ({"x_cache": "HIT"}, "cache"),
        ({"x_cache": "Hit from cloudfront"}, "cache"),
        ({"cf_aig_cache_status": "HIT"}, "cache"),
        ({"x_cache": "TCP_MISS", "x_cache_lookup": "TCP_HIT"}, "cache"),
        ({"x_cache": "MISS"}, "generated"),
        ({"cache_control": "max-age=60"}, "generated"),
    ],
)
def test_a_proxy_that_kept_the_image_is_seen(
    server: Compatible, job: Make, headers: dict[str, str], source: str
) -> None:
    server.script(reply({"data": [{"b64_json": b64(painted())}]}, **headers))
    assert generated(server, job(PROMPT)).source == source


def test_no_key_is_needed_and_one_is_used(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with Compatible(key="own-key-0123456789") as server:
        with pytest.raises(GenerationError, match="401") as caught:
            generated(server, job(PROMPT))
        assert "api_key_env" in caught.value.hint
        monkeypatch.setenv("OWN_KEY", "own-key-0123456789")
        assert generated(server, job(PROMPT), api_key_env="OWN_KEY").data


def test_a_seed_that_was_not_taken_is_reported(server: Compatible, job: Make) -> None:
    server.extra = {"data": [{"b64_json": b64(painted()), "seed": 99}]}
    assert generated(server, job(PROMPT, seed=7)).environment["clamped"] == {"seed": {"asked": 7, "got": 99}}


@pytest.mark.parametrize(
    ("url", "price"),
    [
        ("http://127.0.0.1:8080/v1", 0.0),
        ("http://localhost:8080/v1", 0.0),
        ("http://192.168.1.9/v1", 0.0),
        ("http://[::1]:8080/v1", 0.0),
        ("https://images.example.org/v1", None),
        ("https://93.184.216.34/v1", None),
    ],
)
def test_what_an_image_costs(url: str, price: float | None) -> None:
    can = adapter_of("openai-compatible").capabilities
    assert can({"base_url": url}).price == price
    assert can({"base_url": url, "price": 0.02}).price == 0.02
    assert is_private(url) == (price == 0.0)


def test_a_promise_is_the_users(server: Compatible) -> None:
    can = adapter_of("openai-compatible").capabilities
    assert can({"base_url": server.base_url}).seed == "best-effort"
    assert can({"base_url": server.base_url, "promise": "exact-per-environment"}).seed == "exact-per-environment"
    with pytest.raises(BadOptionError, match="`promise` cannot be"):
        can({"base_url": server.base_url, "promise": "exact"})
    with pytest.raises(BadOptionError, match="`base_url` is missing"):
        can({})
    with pytest.raises(BadOptionError, match="`dialect` cannot be"):
        can({"base_url": server.base_url, "dialect": "vllm"})


def test_questions_are_not_answered(server: Compatible, job: Make) -> None:
    with pytest.raises(GenerationError, match="answers no questions"):
        generated(server, job("", ask="how many?"))
