"""ComfyUI: slots, refusals by node, the memory of the server, and jobs through their whole life."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PilImage

from harness.errors import GenerationError, GenerationTimeoutError
from harness.image import decode
from harness.provider import BadOptionError, Job, Provider, capabilities_of, create, identity_of
from harness.provider.server.comfyui_progress import Steps
from harness.suite import ProviderSpec
from tests.provider.servers.base import reset, status
from tests.provider.servers.comfyui import CHECKPOINTS, SLOTS, TEXT_TO_IMAGE, Comfy, until
from tests.provider.servers.images import pixels_of

Make = Callable[..., Job]
Build = Callable[..., Provider]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)


@pytest.fixture
def server() -> Iterator[Comfy]:
    with Comfy() as server:
        yield server


@pytest.fixture
def build(server: Comfy, tmp_path: Path) -> Iterator[Build]:
    """A provider of the editor's first workflow; ``flow`` another one, ``slots`` more or other slots."""
    made: list[Provider] = []

    def build(flow: Any = TEXT_TO_IMAGE, slots: Any = None, on: Comfy | None = None, **more: Any) -> Provider:
        (tmp_path / "flow.json").write_text(flow if isinstance(flow, str) else json.dumps(flow))
        options = {"base_url": (on or server).url, "workflow": "flow.json", "slots": {**SLOTS, **(slots or {})}, **more}
        made.append(create("mine", "comfyui", {"poll": 0.005, **options}, tmp_path))
        return made[-1]

    yield build
    server.gate.set()
    for provider in made:
        provider.close()


def changed(**nodes: Any) -> dict[str, Any]:
    """The editor's first workflow with nodes added or in place of others."""
    return {**TEXT_TO_IMAGE, **{name.removeprefix("n"): node for name, node in nodes.items()}}


def sent(server: Comfy) -> Any:
    return server.requests[-1].json()["prompt"]


def calls(server: Comfy, path: str) -> list[Any]:
    return [one for one in server.others if one.path == path and one.method == "POST"]


def test_a_recipe_fills_the_slots(build: Build, server: Comfy, job: Make) -> None:
    recipe = job("two red circles", 7, negative_prompt="green", steps=12, guidance=3.5, model=CHECKPOINTS[1])
    generated = build().generate(recipe)
    graph = sent(server)
    assert graph["6"]["inputs"]["text"] == "two red circles"
    assert graph["7"]["inputs"]["text"] == "green"
    assert (graph["3"]["inputs"]["seed"], graph["3"]["inputs"]["steps"], graph["3"]["inputs"]["cfg"]) == (7, 12, 3.5)
    assert (graph["5"]["inputs"]["width"], graph["5"]["inputs"]["height"]) == (64, 64)
    assert graph["4"]["inputs"]["ckpt_name"] == CHECKPOINTS[1]
    assert (decode(generated.data).pixels == pixels_of("two red circles", 7)).all()
    assert generated.seconds == 0.25, "by the server's own clock"
    assert "omitted" not in generated.environment


def test_what_a_recipe_leaves_open_stays_as_the_workflow_says(build: Build, server: Comfy, job: Make) -> None:
    build().generate(job())
    graph = sent(server)
    assert graph["7"]["inputs"]["text"] == "bad"
    assert (graph["3"]["inputs"]["steps"], graph["3"]["inputs"]["cfg"]) == (20, 7.0)


@pytest.mark.parametrize(("quality", "steps"), [("draft", 2), ("standard", 30), ("hd", 60)])
def test_quality_is_a_number_of_steps(build: Build, server: Comfy, job: Make, quality: str, steps: int) -> None:
    build(quality_steps={"draft": 2}).generate(job(quality=quality))
    assert sent(server)["3"]["inputs"]["steps"] == steps


def test_a_quality_beside_steps_is_reported_as_left_out(build: Build, server: Comfy, job: Make) -> None:
    assert build().generate(job(quality="draft", steps=5)).environment["omitted"] == ["quality"]
    assert sent(server)["3"]["inputs"]["steps"] == 5


def test_a_setting_of_the_suite_may_have_a_slot(build: Build, server: Comfy, job: Make) -> None:
    provider = build(slots={"sampler": "3.sampler_name", "prompt": ["6.text", "9.filename_prefix"]})
    generated = provider.generate(job("two red circles", sampler="heun", style="flat"))
    assert sent(server)["3"]["inputs"]["sampler_name"] == "heun"
    assert sent(server)["9"]["inputs"]["filename_prefix"] == "two red circles"
    assert generated.environment["omitted"] == ["style"]


def test_a_node_is_named_by_its_title_too(build: Build, server: Comfy, job: Make) -> None:
    build(slots={"prompt": "Positive.text"}).generate(job("a fox"))
    assert sent(server)["6"]["inputs"]["text"] == "a fox"


@pytest.mark.parametrize(
    ("slots", "problem", "hint"),
    [
        ({"prompt": "66.inputs.text"}, "slots.prompt: the workflow has no node `66`", "did you mean `6`?"),
        ({"prompt": "Positve.text"}, "the workflow has no node `Positve`", "did you mean `Positive`?"),
        ({"prompt": "6.inputs.txt"}, r"node 6 \(CLIPTextEncode\) has no input `txt`", "did you mean `text`?"),
        ({"prompt": "6.inputs.clip"}, "the input `clip` of node 6 comes from node 4", "a value of its own"),
        ({"prompt": "text"}, "slots.prompt: .text. is not node.inputs.name", "6.inputs.text"),
        ({"seed": []}, "slots.seed: slot `seed` names no input", "such as slots"),
        ({"poll": "3.inputs.seed"}, "no slot can be called `poll`", "such as slots"),
    ],
)
def test_a_slot_that_is_not_there_is_reported(build: Build, slots: Any, problem: str, hint: str) -> None:
    with pytest.raises(BadOptionError, match=problem) as caught:
        build(slots=slots)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("flow", "problem"),
    [
        ("{", "is no JSON"),
        ({"3": {"inputs": {}}}, "holds no nodes with `class_type` and `inputs`"),
        ({"3": {"class_type": "KSampler", "inputs": {}}, "4": {"inputs": {}}}, "has a node 4 without `class_type`"),
        ({"nodes": [{"id": 1}]}, "is a workflow of the editor with another form than expected: .*type"),
        ({"nodes": [], "links": [7]}, "is a workflow of the editor with another form than expected"),
        ("[]", "holds no nodes"),
    ],
)
def test_a_file_that_is_no_workflow_is_reported(build: Build, flow: Any, problem: str) -> None:
    with pytest.raises(BadOptionError, match=problem) as caught:
        build(flow)
    assert caught.value.hint == "in ComfyUI: Workflow, Export (API)"


def test_a_workflow_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadOptionError, match=r"none\.json cannot be read: No such file"):
        create("mine", "comfyui", {"workflow": "none.json", "slots": SLOTS}, tmp_path)


def test_what_there_is_no_slot_for_is_not_honored() -> None:
    spec = ProviderSpec("c", "comfyui", {"workflow": "f.json", "slots": {"prompt": "6.text", "width": "5.width"}})
    parsed = capabilities_of(spec)
    assert parsed.honors == {"prompt"}, "a size needs both sides"
    assert parsed.seed == "none"
    assert parsed.price == 0.0


def test_an_edited_workflow_is_another_environment(build: Build, job: Make, tmp_path: Path) -> None:
    spec = ProviderSpec("c", "comfyui", {"workflow": "flow.json", "slots": {"prompt": "6.text"}}, str(tmp_path))
    first = build().generate(job()).environment["workflow"]
    assert identity_of(spec, job().recipe) == {"workflow": first}
    sampler = {**TEXT_TO_IMAGE["3"], "inputs": {**TEXT_TO_IMAGE["3"]["inputs"], "scheduler": "karras"}}
    assert build(changed(n3=sampler)).generate(job()).environment["workflow"] != first


def test_the_server_tells_its_versions(build: Build, job: Make) -> None:
    parsed = build().generate(job()).environment
    assert (parsed["comfyui"], parsed["torch"], parsed["python"]) == ("0.3.75", "2.9.0+cu128", "3.12.3")
    assert parsed["device"] == "cuda:0 Test GPU"
    assert parsed["deterministic"] is True


def test_a_refused_workflow_names_the_node(build: Build, server: Comfy, job: Make) -> None:
    with pytest.raises(GenerationError) as caught:
        build().generate(job(model="none.safetensors"))
    assert str(caught.value).startswith(
        "mine: the workflow was refused: node 4 (CheckpointLoaderSimple): Value not in list: "
        "ckpt_name: 'none.safetensors' not in ['painter.safetensors'"
    )
    assert caught.value.hint == "check `model`, which its slot puts there"
    assert caught.value.failover is False
    assert len(server.requests) == 1


def test_a_node_that_fails_is_named(build: Build, job: Make) -> None:
    crash = {"class_type": "Crash", "inputs": {"samples": ["3", 0]}}
    with pytest.raises(
        GenerationError, match=r"node 8 \(Crash\) failed: RuntimeError: CUDA error: out of memory$"
    ) as caught:
        build(changed(n8=crash)).generate(job())
    assert caught.value.hint == "ask for a smaller size"


def test_which_image_counts(build: Build, server: Comfy, job: Make) -> None:
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}
    second = {"class_type": "SaveImage", "inputs": {"filename_prefix": "b", "images": ["8", 0]}}
    flow = changed(n2=preview, n10=second)
    parsed = build(flow).generate(job(seed=1)).environment["reply"]
    assert (parsed["node"], parsed["images"]) == ("9", 3), "saved before previews, then by number"
    assert parsed["images_by_node"] == {"2": 1, "9": 1, "10": 1}
    assert build(flow, output=2).generate(job(seed=2)).environment["reply"]["node"] == "2"
    with pytest.raises(GenerationError, match=r"the reply holds no image of node 5 \(EmptyLatentImage\)"):
        build(flow, output="5").generate(job(seed=3))


def test_a_batch_gives_its_first_image_and_a_note(build: Build, job: Make) -> None:
    latent = {**TEXT_TO_IMAGE["5"], "inputs": {**TEXT_TO_IMAGE["5"]["inputs"], "batch_size": 4}}
    generated = build(changed(n5=latent)).generate(job("two red circles", 7))
    assert (decode(generated.data).pixels == pixels_of("two red circles", 7)).all()
    assert generated.environment["reply"]["images_by_node"] == {"9": 4}
    assert len(generated.notes) == 1


def test_images_that_go_to_the_editor_alone_are_no_images(build: Build, job: Make) -> None:
    socket = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["8", 0]}}
    provider = build(changed(n9=socket))
    for _ in range(2):
        with pytest.raises(GenerationError, match=r"no image of node 9 \(SaveImageWebsocket\)") as caught:
            provider.generate(job(seed=1))
        assert "SaveImage or PreviewImage" in caught.value.hint


def test_a_node_that_the_server_does_not_know_is_named(build: Build, server: Comfy, job: Make) -> None:
    with pytest.raises(GenerationError, match=r"refused: node 12 \(FaceDetailer\)") as caught:
        build(changed(n12={"class_type": "FaceDetailer", "inputs": {"image": ["8", 0]}})).generate(job())
    assert "install the extension that has FaceDetailer" in caught.value.hint
    assert (caught.value.failover, len(server.requests)) == (False, 1)


def test_a_workflow_that_saves_nothing_says_so(build: Build, job: Make) -> None:
    flow = {key: node for key, node in TEXT_TO_IMAGE.items() if key != "9"}
    with pytest.raises(GenerationError, match="refused: Prompt has no outputs") as caught:
        build(flow).generate(job())
    assert caught.value.hint == "add a SaveImage node"


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63, 2**64 - 1])
def test_a_seed_goes_out_as_it_is(build: Build, server: Comfy, job: Make, seed: int) -> None:
    build().generate(job(seed=seed))
    assert sent(server)["3"]["inputs"]["seed"] == seed


def test_an_unseeded_image_has_a_seed_of_its_own(build: Build, server: Comfy, job: Make) -> None:
    provider = build()
    first, second = provider.generate(job(seed=None)), provider.generate(job(seed=None))
    assert first.environment["reply"]["seed"] != second.environment["reply"]["seed"]
    assert first.data != second.data
    assert sent(server)["3"]["inputs"]["seed"] == second.environment["reply"]["seed"]


def test_an_image_from_memory_is_generated_again(build: Build, server: Comfy, job: Make) -> None:
    provider = build()
    first, again = provider.generate(job(seed=1)), provider.generate(job(seed=1, repeat=1))
    assert server.executed.count("KSampler") == 2
    assert (first.source, again.source) == ("generated", "generated")
    assert again.environment["reply"]["executed_again"] == 1
    assert "executed_again" not in first.environment["reply"]
    assert len(server.requests) == 3
    assert (server.loads, server.clears) == (1, 0), "the model stays loaded"
    assert first.environment["workflow"] == again.environment["workflow"]
    assert first.data == again.data


def test_a_seed_of_a_node_of_its_own_is_executed_again_too(build: Build, server: Comfy, job: Make) -> None:
    sampler = {**TEXT_TO_IMAGE["3"], "inputs": {**TEXT_TO_IMAGE["3"]["inputs"], "seed": ["20", 0]}}
    flow = changed(n3=sampler, n20={"class_type": "PrimitiveInt", "inputs": {"value": 1}})
    provider = build(flow, slots={"seed": "20.value"})
    for prompt in ("two red circles", "a blue square"):
        generated = provider.generate(job(prompt, seed=1))
        assert generated.source == "generated"
        assert "executed_again" not in generated.environment["reply"], "a seed that is known is no image that is"
    assert provider.generate(job("a blue square", seed=1)).environment["reply"]["executed_again"] == 1
    assert server.executed.count("KSampler") == 3


@pytest.mark.parametrize("slots", [{"prompt": "6.text"}, {"prompt": "6.text", "steps": "3.steps"}])
def test_without_a_slot_for_the_seed(tmp_path: Path, server: Comfy, job: Make, slots: dict[str, str]) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(TEXT_TO_IMAGE))
    options = {"base_url": server.url, "workflow": "flow.json", "slots": slots, "poll": 0.005}
    provider = create("mine", "comfyui", options, tmp_path)
    sources = [provider.generate(job(seed=None)).source for _ in range(2)]
    provider.close()
    assert sources == ["generated", "generated"]
    assert (server.executed.count("KSampler"), server.loads) == (2, 1)


@pytest.mark.parametrize(("declared", "cleared"), [("ignored", 3), ("refused", 1)])
def test_where_an_undeclared_input_does_not_help_the_memory_is_cleared(
    build: Build, job: Make, declared: str, cleared: int
) -> None:
    with Comfy(declared=declared) as server:
        provider = build(on=server)
        provider.generate(job(seed=1))
        server.forgets_late = 2
        again = provider.generate(job(seed=1))
        reply = again.environment["reply"]
        assert (again.source, reply["cleared"], reply["executed_again"]) == ("generated", cleared, cleared + 1)
        assert server.clears == cleared


@pytest.mark.parametrize("lists", [True, False])
def test_a_memory_that_cannot_be_cleared_is_reported(build: Build, job: Make, lists: bool) -> None:
    with Comfy(declared="ignored", lists_skipped=lists) as server:
        provider = build(on=server)
        provider.generate(job(seed=1))
        server.forgets_late = 1000
        if lists:
            assert provider.generate(job(seed=1)).source == "cache"
        else:
            with pytest.raises(GenerationError, match="executes nothing of the workflow"):
                provider.generate(job(seed=1))
        assert server.executed.count("KSampler") == 1


@pytest.mark.parametrize(("lists", "source", "sampled"), [(True, "cache", 1), (False, "generated", 2)])
def test_an_image_from_memory_may_be_kept_where_there_is_one(
    build: Build, job: Make, lists: bool, source: str, sampled: int
) -> None:
    with Comfy(lists_skipped=lists) as server:
        provider = build(on=server, repeats="keep")
        provider.generate(job(seed=1))
        assert provider.generate(job(seed=1)).source == source
        assert server.executed.count("KSampler") == sampled


def test_another_prefix_does_not_hide_the_memory(build: Build, server: Comfy, job: Make) -> None:
    provider = build(slots={"name": "9.filename_prefix"}, repeats="keep")
    assert provider.generate(job(seed=1, name="one")).source == "generated"
    assert provider.generate(job(seed=1, name="two")).source == "cache", "saved anew, but not sampled anew"


def test_an_old_server_keeps_nothing_of_what_it_skips(build: Build, job: Make) -> None:
    with Comfy(old=True) as old:
        provider = build(on=old)
        provider.generate(job(seed=1))
        assert provider.generate(job(seed=1)).source == "generated"
        assert (old.loads, old.clears) == (1, 0)


def generation(provider: Provider, job: Job) -> tuple[threading.Thread, list[Any]]:
    """A generate in a thread of its own, and what comes of it."""
    outcome: list[Any] = []

    def generate() -> None:
        try:
            outcome.append(provider.generate(job))
        except GenerationError as fault:
            outcome.append(fault)

    thread = threading.Thread(target=generate)
    thread.start()
    return thread, outcome


def test_a_job_waits_its_turn(build: Build, server: Comfy, job: Make) -> None:
    provider = build(concurrency=2)
    server.gate.clear()
    first, one = generation(provider, job(seed=1))
    until(lambda: server.running)
    second, two = generation(provider, job(seed=2))
    until(lambda: server.pending)
    assert not one
    server.gate.set()
    first.join()
    second.join()
    assert [decode(generated.data).pixels.tobytes() for generated in (*one, *two)] == [
        pixels_of("two red circles", seed).tobytes() for seed in (1, 2)
    ]


def test_a_job_that_runs_out_of_time_is_interrupted(build: Build, server: Comfy, job: Make) -> None:
    server.gate.clear()
    with pytest.raises(GenerationTimeoutError, match=r"no image within 2 s"):
        build().generate(job(timeout=2))
    [cancelled] = calls(server, "/interrupt")
    assert cancelled.json() == {"prompt_id": server.requests[0].json()["prompt_id"]}
    until(lambda: server.history)
    assert "KSampler" not in server.executed


def test_a_waiting_job_is_taken_off_the_queue_and_the_running_one_left_alone(
    build: Build, server: Comfy, job: Make
) -> None:
    provider = build(concurrency=2)
    server.gate.clear()
    thread, first = generation(provider, job(seed=1))
    until(lambda: server.running)
    with pytest.raises(GenerationTimeoutError):
        provider.generate(job(seed=2, timeout=2))
    [cancelled] = calls(server, "/queue")
    assert cancelled.json() == {"delete": [server.requests[1].json()["prompt_id"]]}
    assert not server.interrupts
    server.gate.set()
    thread.join()
    assert first[0].source == "generated"


def test_closing_cancels_what_runs(build: Build, server: Comfy, job: Make) -> None:
    provider = build()
    server.gate.clear()
    thread, outcome = generation(provider, job())
    until(lambda: server.running)
    provider.close()
    thread.join()
    assert isinstance(outcome[0], GenerationError)
    assert server.interrupts == [server.requests[0].json()["prompt_id"]]


def test_a_job_interrupted_by_someone_else_is_reported(build: Build, server: Comfy, job: Make) -> None:
    server.gate.clear()
    thread, outcome = generation(build(), job())
    until(lambda: server.running)
    server.stop_it = True
    thread.join()
    assert str(outcome[0]) == "mine: the job was interrupted at node 4 (CheckpointLoaderSimple)"


def test_a_job_lost_in_a_restart_is_reported(build: Build, server: Comfy, job: Make) -> None:
    server.gate.clear()
    thread, outcome = generation(build(), job())
    until(lambda: server.running)
    server.forget()
    thread.join()
    assert "the server no longer knows the job: it was restarted" in str(outcome[0])
    assert outcome[0].failover is False
    assert len(server.requests) == 1


def test_a_server_that_goes_away_is_reported(build: Build, server: Comfy, job: Make) -> None:
    server.gate.clear()
    thread, outcome = generation(build(retries=1), job())
    until(lambda: server.running)
    server.answer = lambda _received: reset()
    thread.join()
    assert str(outcome[0]).startswith("mine: the job was queued, then: 127.0.0.1:")
    assert outcome[0].failover is False, "another provider may not generate it too"


def test_a_submission_that_was_not_answered_is_cancelled_all_the_same(build: Build, server: Comfy, job: Make) -> None:
    def silent(connection: Any) -> None:
        server.submit(connection.received.json())
        server.stopping.wait(5)

    server.gate.clear()
    server.script(silent)
    with pytest.raises(GenerationTimeoutError):
        build().generate(job(timeout=2))
    assert server.interrupts == [server.requests[0].json()["prompt_id"]]


def test_on_a_server_that_names_jobs_itself(build: Build, job: Make) -> None:
    with Comfy(old=True) as old:
        old.gate.clear()
        with pytest.raises(GenerationTimeoutError):
            build(on=old).generate(job(timeout=2))
        assert len(old.interrupts) == 1
        old.gate.set()


def test_versions_that_are_not_reported_are_no_fault(build: Build, server: Comfy, job: Make) -> None:
    answer = server.answer
    server.answer = lambda got: status(404) if got.path == "/system_stats" else answer(got)
    parsed = build().generate(job()).environment
    assert "torch" not in parsed
    assert parsed["reply"]["system"].startswith("status 404")


def test_it_answers_no_questions(build: Build, job: Make) -> None:
    with pytest.raises(GenerationError, match="question"):
        build().generate(job(prompt="", ask="how many?"))


def test_steps_are_reported_as_the_server_sends_them() -> None:
    shown: list[tuple[int, int, bytes]] = []
    steps = Steps(lambda step, steps, image: shown.append((step, steps, image())))
    jpeg = BytesIO()
    PilImage.new("RGB", (8, 8), "red").save(jpeg, "JPEG", quality=95)
    preview = (1).to_bytes(4, "big") + (1).to_bytes(4, "big") + jpeg.getvalue()
    node = {"prompt_id": "a", "node": "3"}
    steps.take(preview)
    for step in (1, 2):
        steps.take(json.dumps({"type": "progress_state", "data": {"prompt_id": "a", "nodes": {}}}))
        steps.take(json.dumps({"type": "progress", "data": {"value": step, "max": 2, **node}}))
        steps.take(preview)
    for odd in ("", "{", "[]", '{"type": "progress", "data": 7}', b"", b"\0\0\0\4abcd"):
        steps.take(odd)
    assert [(step, steps) for step, steps, _ in shown] == [(1, 2), (2, 2)]
    assert decode(shown[0][2]).pixels.shape == (8, 8, 3)


def test_where_the_server_has_no_websocket_the_image_comes_all_the_same(build: Build, server: Comfy, job: Make) -> None:
    recipe = replace(job(seed=1), progress=lambda *_: None)
    assert build().generate(recipe).source == "generated"
    assert "extra_data" not in server.requests[-1].json()
