"""What holds of every provider, whatever its kind."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from harness.errors import DrawFault
from harness.image import decode, pixel_digest, sniff
from harness.provider import (
    SEED_PROMISES,
    BadOption,
    BatchProvider,
    IsolatedProvider,
    Job,
    Provider,
    capabilities_of,
    explain,
)

Make = Callable[..., Job]


@dataclass(frozen=True)
class Wanted:
    kind: str
    options: dict[str, Any]


def pixels(data: bytes) -> str:
    return pixel_digest(decode(data).pixels)


def test_it_is_a_provider(provider: Provider, made: Any) -> None:
    assert isinstance(provider, Provider)
    assert (provider.name, provider.kind) == ("mine", made.kind)


def test_its_capabilities_are_known_before_it_is_made(provider: Provider, made: Any) -> None:
    told = capabilities_of(Wanted(made.kind, made.options))
    assert told == provider.capabilities
    assert told.seed in SEED_PROMISES
    assert "prompt" in told.honours
    assert told.concurrency >= 1
    assert told.batch == isinstance(provider, BatchProvider)
    assert told.isolated == isinstance(provider, IsolatedProvider)


def test_it_draws_a_picture_with_its_story(provider: Provider, job: Make) -> None:
    drawn = provider.draw(job())
    assert sniff(drawn.data) == "png"
    picture = decode(drawn.data)
    assert (picture.width, picture.height) == (64, 64)
    assert drawn.source == "drawn"
    assert drawn.answer is None
    assert drawn.seconds > 0
    assert drawn.cost == provider.capabilities.price
    assert json.loads(json.dumps(drawn.environment)) == drawn.environment, "the environment is plain JSON"
    assert drawn.environment


def test_the_same_recipe_gives_the_same_picture(provider: Provider, job: Make) -> None:
    first, second = provider.draw(job(seed=1)), provider.draw(job(seed=1))
    assert pixels(first.data) == pixels(second.data)
    assert first.environment == second.environment


def test_another_seed_gives_another_picture(provider: Provider, job: Make) -> None:
    assert pixels(provider.draw(job(seed=1)).data) != pixels(provider.draw(job(seed=2)).data)


def test_several_threads_draw_what_one_draws(provider: Provider, job: Make) -> None:
    jobs = [job(seed=seed) for seed in range(4)]
    alone = [pixels(provider.draw(one).data) for one in jobs]
    with ThreadPoolExecutor(4) as threads:
        together = [pixels(drawn.data) for drawn in threads.map(provider.draw, jobs)]
    assert together == alone


@pytest.mark.parametrize("made", ["painter"], indirect=True)
def test_a_batch_is_its_single_pictures(provider: Provider, job: Make) -> None:
    assert isinstance(provider, BatchProvider)
    jobs = [job(seed=2), job("a blue square", seed=1), job(seed=0, quality="standard"), job(seed=3)]
    assert [pixels(drawn.data) for drawn in provider.draw_batch(jobs)] == [
        pixels(provider.draw(one).data) for one in jobs
    ]


@pytest.mark.parametrize("made", ["painter", "python"], indirect=True)
def test_a_fresh_process_draws_the_same(provider: Provider, job: Make) -> None:
    assert isinstance(provider, IsolatedProvider)
    here = provider.draw(job(seed=1))
    with provider.isolated(threads=1) as apart:
        assert isinstance(apart, Provider)
        there = apart.draw(job(seed=1))
        assert there.data == here.data
        assert there.environment == here.environment
        assert apart.draw(job(seed=2)).data != there.data


@pytest.mark.parametrize("made", ["painter", "command", "folder"], indirect=True)
def test_a_question_it_cannot_answer_is_a_fault(provider: Provider, job: Make) -> None:
    assert "ask" not in provider.capabilities.honours
    with pytest.raises(DrawFault, match="question"):
        provider.draw(job(prompt="", ask="how many?"))


def test_an_unknown_option_names_the_nearest(made: Any) -> None:
    with pytest.raises(BadOption, match="unknown option `concurency`") as caught:
        capabilities_of(Wanted(made.kind, {**made.options, "concurency": 2}))
    assert caught.value.remedy == "did you mean `concurrency`?"


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", 10**6])
def test_a_bad_concurrency_is_refused(made: Any, value: object) -> None:
    with pytest.raises(BadOption, match="`concurrency` takes a whole number from 1 to 256"):
        capabilities_of(Wanted(made.kind, {**made.options, "concurrency": value}))


def test_it_explains_itself(made: Any) -> None:
    told = explain(made.kind)
    assert told.kind == made.kind
    assert told.summary
    assert told.notes
    assert all(text for text in told.options.values())


def test_closing_twice_is_fine(made: Any) -> None:
    provider = made.create()
    provider.close()
    provider.close()
