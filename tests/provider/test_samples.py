"""Samples of a set by one call (`n`): each image is a sample of its own, and together they cost what the calls did."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.errors import GenerationError, GenerationRefusedError
from harness.ledger import find_run, iter_results, read_run
from harness.provider import Job, Output, SamplingProvider, create
from harness.records import Attempt, AttemptKind, TrialResult
from tests.provider.servers.base import reply
from tests.provider.servers.images import PROMPT, b64, painted
from tests.provider.servers.openai import KEY, OpenAI, error, images_reply
from tests.provider.servers.openrouter import KEY as ROUTER_KEY
from tests.provider.servers.openrouter import PRICE, OpenRouter

Make = Callable[..., Job]
MINI = "gpt-image-1-mini"
IMAGE, WORDS = 272 * 8.0 / 1e6, 50 * 2.0 / 1e6
"""What an image, and the words of a call, cost at the server of these tests."""
SUITE = """\
suite: sampled
provider: gpt
providers:
  gpt: {{kind: openai, model: {model}, base_url: "{url}", retries: 0, concurrency: 1}}
defaults: {{size: 1024x1024, quality: draft, drift: set, samples: 10, n: {n}}}
cases:
  - {{id: circles, prompt: two red circles}}
  - {{id: house, prompt: a house, samples: 3}}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenAI]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENROUTER_API_KEY", ROUTER_KEY)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    with OpenAI() as running:
        yield running


def run(server: OpenAI, *arguments: str, n: int = 4, model: str = MINI) -> tuple[int, list[TrialResult]]:
    Path("sampled.yaml").write_text(SUITE.format(url=server.base_url, n=n, model=model))
    with pytest.raises(SystemExit) as ended:
        main(["run", "sampled.yaml", *(arguments or ("--live",))])
    return int(str(ended.value.code)), list(iter_results(find_run(Path("reports"), "latest")))


def asked(server: OpenAI) -> list[int]:
    return [request.json()["n"] for request in server.requests]


def intents() -> int:
    lines = (find_run(Path("reports"), "latest") / "trials.jsonl").read_text().splitlines()
    return sum("intent" in json.loads(line) for line in lines)


def test_a_set_takes_few_calls_and_each_image_is_a_sample(server: OpenAI) -> None:
    _, results = run(server)
    assert sorted(asked(server)) == [2, 3, 4, 4]
    assert len({result.image.file_digest for result in results if result.image}) == len(results) == 13
    assert {result.attempt.kind for result in results} == {AttemptKind.SAMPLE}
    assert sum(result.cost or 0 for result in results) == pytest.approx(13 * IMAGE + 4 * WORDS)
    assert intents() == 13
    replies = [result.environment["reply"] for result in results]
    assert sorted(reply["image"] for reply in replies) == sorted([0, 1] + [0, 1, 2] + [0, 1, 2, 3] * 2)
    assert not any(result.environment.get("omitted") for result in results)


def test_recorded_samples_are_replayed_one_by_one(server: OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    _, results = run(server, "--live", "--record", "tape")
    calls = len(server.requests)
    monkeypatch.delenv("OPENAI_API_KEY")
    _, again = run(server, "--replay", "tape")
    images = [{(result.key, result.attempt): result.image for result in each} for each in (results, again)]
    assert images[0] == images[1]
    assert len(server.requests) == calls
    assert {result.cost for result in again} == {0.0}


def test_a_budget_that_holds_a_part_of_a_call_gets_that_part(server: OpenAI) -> None:
    _, results = run(server, "--budget", "0.012")  # $0.005 an image before it is generated: 2 of them
    assert asked(server) == [2]
    assert len(results) == 2
    assert read_run(find_run(Path("reports"), "latest")).stopped == "budget"


def test_a_model_that_gives_one_image_is_asked_for_one(server: OpenAI) -> None:
    _, results = run(server, model="dall-e-3")
    assert set(asked(server)) == {1}
    assert all("n" in result.environment["omitted"] for result in results)


def samples(make: Make, count: int, **more: Any) -> list[Job]:
    job = make(PROMPT, seed=None, n=count, **more)
    return [replace(job, attempt=Attempt(AttemptKind.SAMPLE, index)) for index in range(count)]


def batch(kind: str, url: str, jobs: list[Job], **options: Any) -> list[Output | GenerationError]:
    provider = create("mine", kind, {"base_url": url, "retries": 0, **options}, Path())
    assert isinstance(provider, SamplingProvider)
    try:
        return list(provider.generate_batch(jobs))
    finally:
        provider.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 4), gives=st.lists(st.integers(1, 5), max_size=4))
def test_every_sample_is_had_and_together_they_cost_what_the_calls_did(
    server: OpenAI, job: Make, count: int, gives: list[int]
) -> None:
    before, server.gives = len(server.requests), list(gives)
    came = batch("openai", server.base_url, samples(job, count), model=MINI)
    calls = server.requests[before:]
    given = [*gives, *[request.json()["n"] for request in calls][len(gives) :]][: len(calls)]
    outputs = [one for one in came if isinstance(one, Output)]
    assert len(outputs) == count
    assert sum(output.cost or 0 for output in outputs) == pytest.approx(sum(given) * IMAGE + len(calls) * WORDS)
    left = count
    for request, images in zip(calls, given, strict=True):
        assert request.json()["n"] == left
        left -= min(left, images)
    other = [images for request, images in zip(calls, given, strict=True) if images != request.json()["n"]]
    assert any("its reply holds" in note or "the first is taken" in note for one in outputs for note in one.notes) == (
        bool(other)
    )


def test_what_a_call_cannot_give_is_the_fault_of_its_samples(server: OpenAI, job: Make) -> None:
    server.gives = [2, 0]
    came = batch("openai", server.base_url, samples(job, 4), model=MINI)
    assert [type(one) for one in came] == [Output, Output, GenerationRefusedError, GenerationRefusedError]
    server.script(error(500, "busy"))
    came = batch("openai", server.base_url, samples(job, 2), model=MINI)
    assert [type(one) for one in came] == [GenerationError, GenerationError]


def test_a_damaged_image_fails_alone(server: OpenAI, job: Make) -> None:
    rows = [{"b64_json": b64(painted())}, {"b64_json": "%%%"}, {"b64_json": b64(b"<html>")}]
    server.script(reply({"data": rows}))
    came = batch("openai", server.base_url, samples(job, 3), model=MINI, price=0.04)
    assert [isinstance(one, Output) for one in came] == [True, False, False]
    assert isinstance(came[0], Output)
    assert came[0].cost == 0.04  # a stated price is that of an image


def test_the_other_services_that_give_several(server: OpenAI, job: Make) -> None:
    with OpenRouter() as router:
        router.gives = [2]
        came = batch("openrouter", router.base_url, samples(job, 3), endpoint="images")
        assert [request.json()["n"] for request in router.requests] == [3, 1]
        assert sum(one.cost or 0 for one in came if isinstance(one, Output)) == pytest.approx(2 * PRICE)
    server.script(images_reply(painted(seed=1), painted(seed=2)))
    came = batch("openai-compatible", server.base_url, samples(job, 2), api_key_env="OPENAI_API_KEY")
    assert len({one.data for one in came if isinstance(one, Output)}) == 2


def test_who_gives_one_at_a_time(job: Make) -> None:
    asked = job(PROMPT, seed=None, n=4).recipe
    several = {
        "openai": {},
        "openrouter": {"endpoint": "images"},
        "openai-compatible": {"base_url": "http://127.0.0.1:1"},
    }
    one = [
        ("openai", {"stream": True}), ("openai", {"model": "dall-e-3"}), ("openrouter", {}),
        ("openrouter", {"endpoint": "images", "stream": True}),
    ]  # fmt: skip
    for kind, options in several.items():
        provider: Any = create("mine", kind, options, Path())
        assert provider.samples_of(asked) == 4
    for kind, options in one:
        provider = create("mine", kind, options, Path())
        assert provider.samples_of(asked) == 1
