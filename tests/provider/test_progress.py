"""Seeing an image while it is generated: the painter's steps in order, and the same image as without anyone looking."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import GenerationCancelledError
from harness.http import Cancellation
from harness.image import decode, encode_png
from harness.provider import BatchProvider, Job, Provider, create
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from tests.http.waiting import until
from tests.provider.servers.base import Act, Loopback, Received, hang

Make = Callable[..., Job]
SIDE = 96
"""Enlarged, so that what is beside a mask counts at its border."""


class Seen:
    """A progress that keeps what it gets: the steps, and the images of those that it looks at."""

    def __init__(self, look: Callable[[int], bool] = lambda _: True) -> None:
        self.look = look
        self.steps: list[tuple[int, int]] = []
        self.images: list[bytes] = []
        self.later: list[Callable[[], bytes]] = []

    def __call__(self, step: int, steps: int, image: Callable[[], bytes]) -> None:
        self.steps.append((step, steps))
        self.later.append(image)
        if self.look(step):
            self.images.append(image())


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    return create("painter", "painter", {"quality": "draft"}, tmp_path_factory.mktemp("painter"))


@pytest.fixture(scope="module")
def images(painter: Provider, tmp_path_factory: pytest.TempPathFactory) -> dict[str, InputImage]:
    """An image to start from, and a mask whose left half is generated again."""
    folder = tmp_path_factory.mktemp("images")
    request = Request("a red house on green hills", seed=5, width=SIDE, height=SIDE)
    mask = np.zeros((SIDE, SIDE, 3), np.uint8)
    mask[:, : SIDE // 2] = 255
    data = {
        "input_image": painter.generate(Job(Recipe(request, Subject("p", "painter")), TrialKey("s", "c"))).data,
        "mask": encode_png(mask),
    }
    found = {}
    for name, content in data.items():
        path = folder / f"{name}.png"
        path.write_bytes(content)
        found[name] = InputImage(str(path), hashlib.sha256(content).hexdigest())
    return found


FORMS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "words": ((), {}),
    "image": (("input_image",), {"strength": 0.5}),
    "mask": (("input_image", "mask"), {}),
    "edit": (("input_image",), {}),
}


def jobs_of(form: str, count: int, images: dict[str, InputImage], arithmetic: str) -> list[Job]:
    names, more = FORMS[form]
    prompt = "a blue house on green hills" if form == "edit" else "two red circles"
    given = {name: images[name] for name in names}
    return [
        Job(
            Recipe(
                Request(prompt, seed=seed, width=SIDE, height=SIDE, **given, **more),
                Subject("p", "painter", settings={"arithmetic": arithmetic}),
            ),
            TrialKey("s", "c", "base", seed),
        )
        for seed in range(count)
    ]


@pytest.mark.parametrize("arithmetic", ["exact", "float32"])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("form", FORMS)
def test_the_image_is_the_same_with_and_without_progress(
    painter: Provider, images: dict[str, InputImage], form: str, count: int, arithmetic: str
) -> None:
    assert isinstance(painter, BatchProvider)
    jobs = jobs_of(form, count, images, arithmetic)
    plain = painter.generate_batch(jobs)
    seen = [Seen() for _ in jobs]
    watched = painter.generate_batch(
        [replace(job, progress=one, cancellation=Cancellation()) for job, one in zip(jobs, seen, strict=True)]
    )
    assert [output.data for output in watched] == [output.data for output in plain]
    assert [output.environment for output in watched] == [output.environment for output in plain]
    for one, output in zip(seen, watched, strict=True):
        steps = len(one.steps)
        assert one.steps == [(step, steps) for step in range(1, steps + 1)]
        assert one.images[-1] == output.data, "the last state is the finished image"
        assert [image() for image in one.later] == one.images, "a state can be made later too"


def test_the_states_are_of_the_finished_size_and_keep_what_the_mask_keeps(
    painter: Provider, images: dict[str, InputImage]
) -> None:
    [job] = jobs_of("mask", 1, images, "exact")
    seen = Seen()
    painter.generate(replace(job, progress=seen))
    source = decode(Path(images["input_image"].path).read_bytes()).pixels
    states = [decode(data).pixels for data in seen.images]
    assert all(np.array_equal(state[:, SIDE // 2 :], source[:, SIDE // 2 :]) for state in states)
    assert len({state[:, : SIDE // 2].tobytes() for state in states}) == len(states)


@settings(max_examples=12, deadline=None)
@given(steps=st.integers(1, 6), seed=st.integers(0, 2**31), looked=st.sets(st.integers(1, 6)))
def test_each_step_comes_once_and_in_order(painter: Provider, steps: int, seed: int, looked: set[int]) -> None:
    recipe = Recipe(
        Request("a red circle", seed=seed, width=64, height=64), Subject("p", "painter", settings={"steps": steps})
    )
    job = Job(recipe, TrialKey("s", "c", "base", seed))
    seen = Seen(looked.__contains__)
    output = painter.generate(replace(job, progress=seen))
    assert seen.steps == [(step, steps) for step in range(1, steps + 1)]
    assert len(seen.images) == len(looked & set(range(1, steps + 1)))
    assert output.data == painter.generate(job).data


@pytest.mark.parametrize("at", [1, 3])
def test_it_ends_after_the_step_in_which_it_is_cancelled(painter: Provider, job: Make, at: int) -> None:
    cancellation, seen = Cancellation(), []

    def progress(step: int, _steps: int, _image: Callable[[], bytes]) -> None:
        seen.append(step)
        if step == at:
            cancellation.cancel()

    with pytest.raises(GenerationCancelledError) as caught:
        painter.generate(replace(job(), progress=progress, cancellation=cancellation))
    assert seen == list(range(1, at + 1))
    assert not caught.value.possibly_billed


def test_what_is_cancelled_before_has_no_step(painter: Provider, job: Make) -> None:
    cancellation, seen = Cancellation(), Seen()
    cancellation.cancel()
    with pytest.raises(GenerationCancelledError):
        painter.generate(replace(job(), progress=seen, cancellation=cancellation))
    assert seen.steps == []


def test_one_of_several_is_finished_though_it_is_cancelled(painter: Provider, job: Make) -> None:
    assert isinstance(painter, BatchProvider)
    cancellation = Cancellation()
    cancellation.cancel()
    jobs = [job(seed=1), replace(job(seed=2), cancellation=cancellation)]
    cancelled = [output.data for output in painter.generate_batch(jobs)]
    assert cancelled == [output.data for output in painter.generate_batch([job(seed=1), job(seed=2)])]


def test_the_reading_of_its_prompt_by_a_chat_model_ends_too(job: Make, tmp_path: Path) -> None:
    def answer(_received: Received) -> Act:
        return hang()

    with Loopback(answer) as server:
        chat = {"kind": "llm", "model": "m", "base_url": f"{server.url}/v1", "price": 0.01, "allow_private": True}
        provider = create("p", "painter", {"interpreter": chat}, tmp_path)
        cancellation = Cancellation()

        def cancel() -> None:
            until(lambda: server.requests)
            cancellation.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(GenerationCancelledError) as caught:
            provider.generate(replace(job(), cancellation=cancellation))
        thread.join()
        provider.close()
    assert caught.value.possibly_billed
    assert len(server.requests) == 1
