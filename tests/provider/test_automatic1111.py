"""Stable Diffusion web UI: what is sent, what is reported back, interrupting, and its own ways of saying no."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.http import Cancellation
from harness.image import decode
from harness.provider import BadOptionError, Job, Provider, create
from tests.http.waiting import until
from tests.provider.servers.base import reply, reset
from tests.provider.servers.images import PROMPT, encoded, pixels_of
from tests.provider.servers.webui import WebUI, holding

Make = Callable[..., Job]
Build = Callable[..., Provider]
ENV = "WEBUI_TEST_LOGIN"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)


@pytest.fixture
def server() -> Iterator[WebUI]:
    with WebUI() as server:
        yield server
        server.gate.set()


@pytest.fixture
def build(server: WebUI) -> Iterator[Build]:
    made: list[Provider] = []

    def build(on: WebUI | None = None, **more: Any) -> Provider:
        made.append(create("mine", "automatic1111", {"base_url": (on or server).url, **more}, Path()))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


def sent(server: WebUI) -> Any:
    return server.requests[-1].json()


def test_a_recipe_becomes_a_call(build: Build, server: WebUI, job: Make) -> None:
    recipe = job(PROMPT, 7, negative_prompt="green", steps=12, guidance=3.5, sampler="DPM++ 2M", scheduler="Karras",
                 clip_skip=2, model="other.safetensors [0123456789]")  # fmt: skip
    generated = build(body={"tiling": True}).generate(recipe)
    assert {name: value for name, value in sent(server).items() if name != "force_task_id"} == {
        "prompt": PROMPT, "negative_prompt": "green", "seed": 7, "width": 64, "height": 64, "steps": 12,
        "cfg_scale": 3.5, "sampler_name": "DPM++ 2M", "scheduler": "Karras", "tiling": True,
        "batch_size": 1, "n_iter": 1,
        "override_settings": {"sd_model_checkpoint": "other.safetensors [0123456789]", "CLIP_stop_at_last_layers": 2},
        "override_settings_restore_afterwards": True, "send_images": True, "save_images": False,
    }  # fmt: skip
    assert (decode(generated.data).pixels == pixels_of(PROMPT, 7)).all()
    assert "omitted" not in generated.environment
    assert "clamped" not in generated.environment


def test_it_tells_who_generated(build: Build, job: Make) -> None:
    parsed = build().generate(job(PROMPT, scheduler="Karras")).environment
    assert parsed["version"] == "v1.10.1"
    assert (parsed["served_model"], parsed["weights"]) == ("v1-5", "6ce0161689")
    assert (parsed["sampler"], parsed["scheduler"]) == ("Euler a", "Karras")
    assert parsed["reply"]["infotext"].startswith(PROMPT)


def test_a_seed_is_always_sent(build: Build, server: WebUI, job: Make) -> None:
    first, second = (build().generate(job(PROMPT, None)) for _ in range(2))
    seeds = [request.json()["seed"] for request in server.requests]
    assert -1 not in seeds
    assert [first.environment["reply"]["seed"], second.environment["reply"]["seed"]] == seeds
    assert seeds[0] != seeds[1]
    assert len({request.json()["force_task_id"] for request in server.requests}) == 2


def test_a_quality_beside_steps_is_reported_as_left_out(build: Build, server: WebUI, job: Make) -> None:
    parsed = build(quality="draft").generate(job(PROMPT, steps=12)).environment
    assert (sent(server)["steps"], parsed["omitted"]) == (12, ["quality"])
    assert "omitted" not in build(quality="draft").generate(job(PROMPT)).environment


def test_what_was_clamped_is_reported(build: Build, job: Make) -> None:
    with WebUI(most_steps=20) as server:
        parsed = build(on=server).generate(job(PROMPT, steps=50)).environment
    assert parsed["clamped"] == {"steps": {"asked": 50, "got": 20}}


def test_another_seed_than_asked_is_reported(build: Build, server: WebUI, job: Make) -> None:
    document = server.document({"prompt": PROMPT, "seed": 9, "width": 64, "height": 64}, "txt2img")
    server.script(reply(document))
    assert build().generate(job(PROMPT, 3)).environment["clamped"] == {"seed": {"asked": 3, "got": 9}}


def test_another_checkpoint_than_asked_is_a_fault(build: Build, job: Make) -> None:
    with pytest.raises(GenerationError, match="generated with the checkpoint `v1-5`, not with `dreamy`") as caught:
        build(model="dreamy").generate(job(PROMPT))
    assert "sd-models" in caught.value.hint
    assert build().generate(job(PROMPT, model="sd/v1-5.safetensors")).source == "generated"


def test_an_image_and_a_mask_go_along(build: Build, server: WebUI, job: Make, tmp_path: Path) -> None:
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    image.write_bytes(encoded(np.full((64, 64, 3), 90, np.uint8)))
    mask.write_bytes(encoded(np.full((64, 64, 3), 255, np.uint8)))
    build().generate(job(PROMPT, image=image, mask=mask, strength=0.4))
    assert server.requests[-1].path == "/sdapi/v1/img2img"
    assert sent(server)["denoising_strength"] == 0.4
    assert (sent(server)["inpainting_fill"], sent(server)["mask_blur"]) == (1, 0)
    with pytest.raises(GenerationError, match="a mask needs an image"):
        build().generate(job(PROMPT, mask=mask))


def test_a_login_from_the_environment(build: Build, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebUI(auth="me:a-long-password") as server:
        monkeypatch.setenv(ENV, "me:a-long-password")
        assert build(on=server, api_key_env=ENV).generate(job(PROMPT)).source == "generated"
        monkeypatch.setenv(ENV, "me:another-password")
        with pytest.raises(GenerationError, match="status 401: Incorrect username or password") as caught:
            build(on=server, api_key_env=ENV).generate(job(PROMPT))
        assert caught.value.hint == f"check user:password in {ENV}"
        assert "another-password" not in f"{caught.value!r}"


def test_its_own_ways_of_saying_no(build: Build, server: WebUI, job: Make) -> None:
    cases = [
        (job(PROMPT, sampler="Nope"), "status 404: Sampler not found", "samplers"),
        (job(PROMPT, width=8192), "status 500: OutOfMemoryError: CUDA out of memory", "ask for a smaller size"),
    ]
    for asked, problem, hint in cases:
        with pytest.raises(GenerationError, match=problem) as caught:
            build(retries=0).generate(asked)
        assert hint in caught.value.hint


def test_a_server_without_its_api_is_reported(build: Build, server: WebUI, job: Make) -> None:
    server.script(reply({"detail": "Not Found"}, 404))
    with pytest.raises(GenerationError, match="status 404: Not Found") as caught:
        build().generate(job(PROMPT))
    assert caught.value.hint == "start the server with --api"


def test_what_runs_out_of_time_is_interrupted(build: Build, server: WebUI, job: Make) -> None:
    server.gate.clear()
    with pytest.raises(GenerationTimeoutError, match=r"no image within 2 s"):
        build().generate(job(PROMPT, timeout=2))
    assert [request.path for request in server.others] == ["/internal/progress", "/sdapi/v1/interrupt"]
    assert server.others[0].json() == {"id_task": sent(server)["force_task_id"], "live_preview": False}
    assert server.interrupts == [sent(server)["force_task_id"]]


@contextmanager
def anothers(server: WebUI) -> Iterator[None]:
    """Around a block: the server generates an image of another client, by the same kind of call."""
    body = {"prompt": PROMPT, "seed": 1, "width": 64, "height": 64}
    thread = threading.Thread(target=httpx.post, args=(f"{server.url}/sdapi/v1/txt2img",), kwargs={"json": body})
    server.gate.clear()
    thread.start()
    try:
        until(server.generation.is_set)
        yield
    finally:
        server.gate.set()
        thread.join()


def cancelled(provider: Provider, job: Job, *steps: Callable[[], object]) -> None:
    """Generate the job, and cancel it when the first step is done; the further steps follow."""
    cancellation = Cancellation()

    def act() -> None:
        steps[0]()
        cancellation.cancel()
        for step in steps[1:]:
            step()

    thread = threading.Thread(target=act)
    thread.start()
    with pytest.raises(GenerationCancelledError):
        provider.generate(replace(job, timeout=60, cancellation=cancellation))
    thread.join()


def test_a_task_that_waits_is_interrupted_in_its_turn(build: Build, server: WebUI, job: Make) -> None:
    def end_the_others() -> None:
        until(lambda: server.others)
        server.released.add(server.current_task)

    with anothers(server):
        cancelled(build(), job(PROMPT), lambda: until(lambda: server.pending), end_the_others)
    assert server.interrupts == [sent(server)["force_task_id"]]


def test_a_task_whose_turn_does_not_come_interrupts_nothing(
    build: Build, server: WebUI, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.provider.server.automatic1111.Automatic1111.cancel_time", 1.0)
    with anothers(server):
        cancelled(build(), job(PROMPT), lambda: until(lambda: server.pending))
    assert {request.path for request in server.others} == {"/internal/progress"}
    assert server.interrupts == []


def test_a_task_that_the_server_does_not_know_interrupts_nothing(build: Build, server: WebUI, job: Make) -> None:
    with anothers(server):
        server.script(lambda _connection: server.stopping.wait(60))  # an older server: it passes over the id
        cancelled(build(), job(PROMPT), lambda: until(lambda: len(server.requests) == 2))
    assert {request.path for request in server.others} == {"/internal/progress"}
    assert server.interrupts == []


@pytest.mark.parametrize(
    ("running", "hit"), [("scripts_txt2img", True), ("scripts_img2img", False), ("task(a)", False)]
)
def test_without_the_page_the_kind_of_call_decides(build: Build, job: Make, running: str, hit: bool) -> None:
    with WebUI(with_page=False) as server:
        server.script(lambda _connection: server.stopping.wait(60))
        server.job = running
        server.generation.set()
        cancelled(build(on=server), job(PROMPT), lambda: until(lambda: server.requests))
        assert [request.path for request in server.others][:2] == ["/internal/progress", "/sdapi/v1/progress"]
        assert server.interrupted.is_set() == hit


def test_a_server_that_dies_in_the_middle_is_reported(build: Build, server: WebUI, job: Make) -> None:
    server.script(reset(), reset())
    with pytest.raises(GenerationError, match="cut the connection") as caught:
        build(retries=1).generate(job(PROMPT))
    assert not caught.value.possibly_billed, "it is one's own"


def test_info_that_cannot_be_read_is_no_fault(build: Build, server: WebUI, job: Make) -> None:
    server.script(holding(encoded(pixels_of(PROMPT, 1)), info="not json"))
    generated = build().generate(job(PROMPT, 1))
    assert generated.source == "generated"
    assert "version" not in generated.environment


def test_fields_of_its_own_cannot_be_overwritten() -> None:
    with pytest.raises(BadOptionError, match="`body` cannot set `seed`"):
        create("mine", "automatic1111", {"body": {"seed": 3}}, Path())
