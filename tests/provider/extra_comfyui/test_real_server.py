"""The comfyui provider against a real server: what the loopback server of the other tests claims is so."""

import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from harness.errors import GenerationError, GenerationTimeoutError
from harness.image import decode
from harness.provider import Job, Provider
from harness.provider.server.comfyui_editor import converted, read_editor
from harness.records import Recipe, Request, Subject, TrialKey
from tests.provider.extra_comfyui.conftest import Server
from tests.provider.servers.comfyui import EDITOR, SLOTS, TEXT_TO_IMAGE

Build = Callable[..., Provider]
PINNED = "0.8.0"
"""The version whose replies the loopback server repeats; its revision is in CONTRIBUTING.md."""


def flow(**nodes: Any) -> dict[str, Any]:
    """The editor's first workflow, small, with nodes added or in place of others."""
    made = copy.deepcopy(TEXT_TO_IMAGE)
    made["4"]["inputs"]["ckpt_name"] = "tiny.safetensors"
    made["3"]["inputs"]["steps"] = 2
    return {**made, **{name.removeprefix("n"): node for name, node in nodes.items()}}


def node(key: str, kind: str, **inputs: Any) -> dict[str, Any]:
    """One node, for :func:`flow`."""
    return {f"n{key}": {"class_type": kind, "inputs": inputs}}


def job(prompt: str = "two red circles", seed: int | None = 1, *, timeout: float = 120.0, **settings: Any) -> Job:
    request = Request(prompt=prompt, width=64, height=64, seed=seed)
    return Job(
        Recipe(request, Subject("mine", "comfyui", None, settings)), TrialKey("s", "a", "base", seed), timeout=timeout
    )


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], str]:
    def saved(workflow: Any) -> str:
        (tmp_path / "flow.json").write_text(json.dumps(workflow))
        return "flow.json"

    return saved


def pixels(data: bytes) -> bytes:
    return decode(data).pixels.tobytes()


def test_the_version_is_the_one_whose_replies_are_repeated(server: Server) -> None:
    version = server.get("system_stats")["system"]["comfyui_version"]
    if version != PINNED:
        pytest.xfail(f"ComfyUI {version}: the other tests say whether it still behaves as {PINNED}")


def test_a_repeat_is_executed_and_loads_no_model(server: Server, build: Build, saved: Callable[[Any], str]) -> None:
    provider = build(saved(flow()), SLOTS)
    images = [provider.generate(job(seed=1)) for _ in range(4)]
    assert [image.source for image in images] == ["generated"] * 4
    # its memory holds the last job alone: after one that was executed again, the next is not from memory
    assert [image.environment["reply"].get("executed_again", 0) for image in images] == [0, 1, 0, 1]
    assert all("cleared" not in image.environment["reply"] for image in images)
    assert len({pixels(image.data) for image in images}) == 1
    assert server.loads == 1
    assert all(image.seconds > 0.05 for image in images), "by the server's clock: nothing came from its memory"
    history = server.get(f"history/{images[-1].environment['reply']['job']}")
    [entry] = history.values()
    skipped = dict(entry["status"]["messages"])["execution_cached"]["nodes"]
    assert not {"3", "8", "9"} & set(skipped)
    assert "4" in skipped, "the checkpoint stays loaded"


def test_a_seed_of_a_node_of_its_own(server: Server, build: Build, saved: Callable[[Any], str]) -> None:
    sampler = {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["20", 0], "guider": ["21", 0], "sampler": ["22", 0], "sigmas": ["23", 0],
            "latent_image": ["5", 0],
        },
    }  # fmt: skip
    guided = {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "cfg": 7.0}
    scheduled = {"model": ["4", 0], "scheduler": "normal", "steps": 2, "denoise": 1.0}
    provider = build(
        saved(
            flow(
                n3=sampler,
                n20={"class_type": "RandomNoise", "inputs": {"noise_seed": 8}},
                n21={"class_type": "CFGGuider", "inputs": guided},
                n22={"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
                n23={"class_type": "BasicScheduler", "inputs": scheduled},
            )
        ),
        {"prompt": "6.text", "seed": "20.noise_seed", "width": "5.width", "height": "5.height"},
    )
    images = [provider.generate(job(prompt, seed=5)) for prompt in ("a fox", "a house", "a house")]
    assert [image.environment["reply"].get("executed_again", 0) for image in images] == [0, 0, 1]
    assert pixels(images[1].data) == pixels(images[2].data) != pixels(images[0].data)
    assert server.loads == 1


def test_seeds_to_the_greatest(build: Build, saved: Callable[[Any], str]) -> None:
    provider = build(saved(flow()), SLOTS)
    images = [pixels(provider.generate(job(seed=seed)).data) for seed in (0, 1, 2**63 + 1, 2**64 - 1)]
    assert len(set(images)) == 3
    assert images[1] == images[2], "torch's generator on the CPU takes the lower 32 bits of a seed"
    with pytest.raises(
        GenerationError, match=r"refused: node 3 \(KSampler\): Value 18446744073709551616 bigger than max"
    ):
        provider.generate(job(seed=2**64))


def test_every_image_of_a_job_is_counted(build: Build, saved: Callable[[Any], str]) -> None:
    latent = {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 3}}
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}
    generated = build(saved(flow(n5=latent, n10=preview)), SLOTS).generate(job(seed=6))
    assert generated.environment["reply"]["images_by_node"] == {"9": 3, "10": 3}
    assert generated.notes


@pytest.mark.parametrize(
    ("nodes", "problem", "hint"),
    [
        (node("10", "FaceDetailer"), r"node 10 \(FaceDetailer\)", "install the extension"),
        (node("9", "VAEDecode", samples=["3", 0], vae=["4", 2]), "no outputs", "SaveImage"),
        (node("9", "SaveImageWebsocket", images=["8", 0]), "no image of node 9", "PreviewImage"),
        (node("4", "CheckpointLoaderSimple", ckpt_name="no"), "Value not in list", "workflow"),
    ],
)
def test_what_the_server_refuses_is_named(
    build: Build, saved: Callable[[Any], str], nodes: Any, problem: str, hint: str
) -> None:
    with pytest.raises(GenerationError, match=problem) as caught:
        build(saved(flow(**nodes)), SLOTS).generate(job(seed=9))
    assert hint in caught.value.hint


def test_an_input_whose_name_has_a_dot(build: Build, saved: Callable[[Any], str]) -> None:
    scaling = {"resize_type": "scale by multiplier", "resize_type.multiplier": 0.5, "scale_method": "area"}
    resize = {"class_type": "ResizeImageMaskNode", "inputs": {**scaling, "input": ["8", 0]}}
    save = {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["10", 0]}}
    provider = build(saved(flow(n10=resize, n9=save)), {**SLOTS, "scale": "10.resize_type.multiplier"})
    assert decode(provider.generate(job(scale=0.25)).data).pixels.shape[:2] == (16, 16)


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_the_image_is_its_own_workflow(build: Build, saved: Callable[[Any], str], tmp_path: Path, suffix: str) -> None:
    options = {"filename_prefix": "w", "fps": 6.0, "lossless": True, "quality": 80, "method": "default"}
    animated = {"class_type": "SaveAnimatedWEBP", "inputs": {**options, "images": ["8", 0]}}
    provider = build(saved(flow(**({"n9": animated} if suffix == "webp" else {}))), SLOTS)
    first = [provider.generate(job(seed=3)) for _ in range(2)][-1]
    (tmp_path / f"own.{suffix}").write_bytes(first.data)
    again = build(f"own.{suffix}", {"prompt": "6.text", "seed": "3.seed"}).generate(job(seed=3))
    assert pixels(again.data) == pixels(first.data)


@pytest.mark.parametrize("name", sorted(EDITOR["cases"]))
def test_the_editors_format_is_converted_by_this_server(server: Server, name: str) -> None:
    case = EDITOR["cases"][name]
    nodes = converted(read_editor(case["workflow"]), lambda kind: server.get(f"object_info/{quote(kind)}").get(kind))
    assert nodes == {key: node for key, node in case["prompt"].items() if key in nodes}


def test_a_workflow_of_the_editor_generates_what_its_export_does(
    build: Build, saved: Callable[[Any], str], tmp_path: Path
) -> None:
    (tmp_path / "editor.json").write_text(json.dumps(EDITOR["cases"]["subgraph_all"]["workflow"]))
    exported = EDITOR["cases"]["subgraph_all"]["prompt"]
    slots = {"prompt": "KSampler.scheduler", "seed": "KSampler.seed"}
    images = [build(workflow, slots).generate(job("karras", seed=11)) for workflow in ("editor.json", saved(exported))]
    assert pixels(images[0].data) == pixels(images[1].data)


def test_steps_are_reported_with_their_previews(build: Build, saved: Callable[[Any], str]) -> None:
    shown: list[tuple[int, int, bytes]] = []

    def report(step: int, steps: int, image: Callable[[], bytes]) -> None:
        shown.append((step, steps, image()))

    provider = build(saved(flow()), SLOTS)
    generated = provider.generate(replace(job(seed=21, steps=4), progress=report))
    assert [(step, steps) for step, steps, _ in shown] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len({pixels(preview) for _, _, preview in shown}) == 4
    assert pixels(generated.data) == pixels(provider.generate(job(seed=21, steps=4)).data), "and shape no image"


def test_a_job_that_runs_out_of_time_is_interrupted(server: Server, build: Build, saved: Callable[[Any], str]) -> None:
    with pytest.raises(GenerationTimeoutError):
        build(saved(flow()), SLOTS).generate(job(seed=12, steps=500, timeout=5.0))
    end = time.monotonic() + 30
    while server.get("queue")["queue_running"]:
        assert time.monotonic() < end, "the job still runs"
        time.sleep(0.1)


def test_a_run_its_acceptance_and_a_run_again(
    server: Server, saved: Callable[[Any], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(flow())
    monkeypatch.chdir(tmp_path)
    suite = {
        "suite": "real",
        "providers": {"mine": {"kind": "comfyui", "base_url": server.url, "workflow": "flow.json", "slots": SLOTS}},
        "provider": "mine",
        "defaults": {"size": "64x64", "drift": "exact"},
        "cases": [{"id": "circles", "prompt": "two red circles", "seeds": [1, 2**64 - 1]}],
    }
    suite["providers"]["mine"]["promise"] = "exact-per-environment"  # type: ignore[index]
    Path("suite.yaml").write_text(json.dumps(suite))

    def run(*arguments: str) -> int:
        done = subprocess.run([sys.executable, "-m", "harness", *arguments], capture_output=True, text=True)
        print(done.stdout, done.stderr)
        return done.returncode

    assert run("run", "suite.yaml", "--dry-run") == 0
    assert run("run", "suite.yaml") == 1
    [folder] = Path("reports").glob("*-suite-*")
    assert run("accept", str(folder), "--verdict", "new", "--reason", "first") == 0
    assert run("run", "suite.yaml", "--repeats", "2") == 0
    assert server.loads <= 2, "a checkpoint that is not there was tried, and ours loaded once more at most"
