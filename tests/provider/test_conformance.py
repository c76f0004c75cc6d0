"""What holds of every provider, whatever its kind."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.errors import GenerationError
from harness.image import decode, pixel_digest, sniff
from harness.provider import (
    BadOptionError,
    BatchProvider,
    IsolatedProvider,
    Job,
    Provider,
    adapter_of,
    capabilities_of,
    explain,
)
from harness.records import PROCESS
from harness.suite import ProviderSpec
from harness.vocabulary import SeedPromise

Make = Callable[..., Job]


def pixels(data: bytes) -> str:
    return pixel_digest(decode(data).pixels)


def test_it_is_a_provider(provider: Provider, made: Any) -> None:
    assert isinstance(provider, Provider)
    assert (provider.name, provider.kind) == ("mine", made.kind)


def test_its_capabilities_are_known_before_it_is_made(provider: Provider, made: Any) -> None:
    parsed = capabilities_of(ProviderSpec("mine", made.kind, made.options))
    assert parsed == provider.capabilities
    assert isinstance(parsed.seed, SeedPromise)
    assert "prompt" in parsed.honors
    assert parsed.concurrency >= 1
    assert parsed.batch == isinstance(provider, BatchProvider)
    assert parsed.isolated == isinstance(provider, IsolatedProvider)


def test_it_generates_an_image_with_its_story(provider: Provider, job: Make) -> None:
    generated = provider.generate(job())
    assert sniff(generated.data) == "png"
    image = decode(generated.data)
    assert (image.width, image.height) == (64, 64)
    assert generated.source == "generated"
    assert generated.answer is None
    assert generated.seconds > 0
    assert generated.cost == provider.capabilities.price
    assert json.loads(json.dumps(generated.environment)) == generated.environment, "the environment is plain JSON"
    assert generated.environment


def test_the_same_recipe_gives_the_same_image(provider: Provider, job: Make) -> None:
    first, second = provider.generate(job(seed=1)), provider.generate(job(seed=1))
    assert pixels(first.data) == pixels(second.data)
    assert first.environment == second.environment


def test_another_seed_gives_another_image(provider: Provider, job: Make) -> None:
    assert pixels(provider.generate(job(seed=1)).data) != pixels(provider.generate(job(seed=2)).data)


def test_several_threads_generate_what_one_generates(provider: Provider, job: Make) -> None:
    jobs = [job(seed=seed) for seed in range(4)]
    alone = [pixels(provider.generate(one).data) for one in jobs]
    with ThreadPoolExecutor(4) as threads:
        together = [pixels(generated.data) for generated in threads.map(provider.generate, jobs)]
    assert together == alone


@pytest.mark.parametrize("made", ["painter"], indirect=True)
def test_a_batch_is_its_single_images(provider: Provider, job: Make) -> None:
    assert isinstance(provider, BatchProvider)
    jobs = [job(seed=2), job("a blue square", seed=1), job(seed=0, quality="standard"), job(seed=3)]
    assert [pixels(generated.data) for generated in provider.generate_batch(jobs)] == [
        pixels(provider.generate(one).data) for one in jobs
    ]


@pytest.mark.parametrize("made", ["painter", "python"], indirect=True)
def test_a_fresh_process_generates_the_same(provider: Provider, job: Make) -> None:
    assert isinstance(provider, IsolatedProvider)
    here = provider.generate(job(seed=1))
    with provider.isolated(threads=1) as apart:
        assert isinstance(apart, Provider)
        there = apart.generate(job(seed=1))
        assert there.data == here.data
        # the process itself is another one, with its number of threads set
        without = [{k: v for k, v in one.environment.items() if k != PROCESS} for one in (there, here)]
        assert without[0] == without[1]
        assert apart.generate(job(seed=2)).data != there.data


@pytest.mark.parametrize("made", ["command", "folder"], indirect=True)
def test_a_question_it_cannot_answer_is_a_fault(provider: Provider, job: Make) -> None:
    assert "ask" not in provider.capabilities.honors
    with pytest.raises(GenerationError, match="question"):
        provider.generate(job(prompt="", ask="how many?"))


def test_an_unknown_option_names_the_nearest(made: Any) -> None:
    with pytest.raises(BadOptionError, match="unknown option `concurency`") as caught:
        capabilities_of(ProviderSpec("mine", made.kind, {**made.options, "concurency": 2}))
    assert caught.value.hint == "did you mean `concurrency`?"


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", 10**6])
def test_a_bad_concurrency_is_refused(made: Any, value: object) -> None:
    with pytest.raises(BadOptionError) as caught:
        capabilities_of(ProviderSpec("mine", made.kind, {**made.options, "concurrency": value}))
    assert [problem.path for problem in caught.value.problems] == [("concurrency",)]


def test_all_problems_are_reported_at_once(made: Any) -> None:
    with pytest.raises(BadOptionError) as caught:
        capabilities_of(ProviderSpec("mine", made.kind, {**made.options, "concurency": 2, "concurrency": "many"}))
    assert {problem.path for problem in caught.value.problems} == {("concurency",), ("concurrency",)}


def test_the_options_survive_the_way_to_another_process(made: Any) -> None:
    record = adapter_of(made.kind).options
    read = record.read("mine", made.options)
    assert record.read("mine", json.loads(json.dumps(read.given))) == read


def test_it_explains_itself(made: Any) -> None:
    parsed = explain(made.kind)
    assert parsed.kind == made.kind
    assert parsed.summary
    assert parsed.notes
    assert all(text for text in parsed.options.values())


def test_closing_twice_is_fine(made: Any) -> None:
    provider = made.create()
    provider.close()
    provider.close()
