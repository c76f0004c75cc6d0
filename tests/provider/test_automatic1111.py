"""Stable Diffusion web UI: what is sent, what is reported back, interrupting, and its own ways of saying no."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import GenerationError, GenerationTimeoutError
from harness.image import decode
from harness.provider import BadOptionError, Job, Provider, create
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
    assert sent(server) == {
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
    with pytest.raises(GenerationTimeoutError, match=r"no image within 0\.3 s"):
        build().generate(job(PROMPT, timeout=0.3))
    assert [request.path for request in server.others] == ["/sdapi/v1/progress", "/sdapi/v1/interrupt"]
    assert server.interrupted.is_set()


def test_what_another_generates_is_not_interrupted(build: Build, server: WebUI, job: Make) -> None:
    server.gate.clear()
    server.script(lambda _connection: server.stopping.wait(2))
    server.job = "scripts_img2img"
    server.generation.set()
    with pytest.raises(GenerationTimeoutError):
        build().generate(job(PROMPT, timeout=0.3))
    assert not server.interrupted.is_set()


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
