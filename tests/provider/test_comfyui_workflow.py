"""Workflows of ComfyUI as files: of the API's format, of the editor's, in an image; slots with dots; faults."""

import contextlib
import copy
import json
import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PilImage
from PIL.PngImagePlugin import PngInfo

from harness.errors import HarnessWarning
from harness.provider import BadOptionError, Job, create, identity_of, look_at
from harness.provider.server.comfyui_editor import converted, read_editor
from harness.provider.server.comfyui_graph import WorkflowProblem
from harness.provider.server.comfyui_source import FRESH, read_source
from harness.provider.server.comfyui_workflow import Target, bound
from harness.suite import ProviderSpec
from tests.provider.servers.comfyui import EDITOR, SLOTS, TEXT_TO_IMAGE, Comfy

CASES = Path(__file__).parent.parent / "cases" / "comfyui"
PLAIN = EDITOR["cases"]["plain"]
Make = Callable[..., Job]


def info_of(kind: str) -> Any:
    return EDITOR["info"].get(kind)


def target(nodes: Mapping[str, Any], text: str) -> Target:
    [found] = bound("mine", nodes, "", {"prompt": (text,)}, None).slots["prompt"]
    return found


def faults(nodes: Mapping[str, Any], slots: Mapping[str, tuple[str, ...]], output: str | None = None) -> list[Any]:
    with pytest.raises(BadOptionError) as caught:
        bound("mine", nodes, "", slots, output)
    return [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("file", "text", "node", "name"),
    [
        ("dotted-input.json", "10.inputs.resize_type.multiplier", "10", "resize_type.multiplier"),
        ("dotted-input.json", "10.resize_type.multiplier", "10", "resize_type.multiplier"),
        ("dotted-input.json", "10.resize_type", "10", "resize_type"),
        ("dotted-input.json", "Positive v1.5.inputs.text", "6", "text"),
        ("dotted-input.json", "Positive v1.5.text", "6", "text"),
        ("model-dot-prompt.json", "1.inputs.model.prompt", "1", "model.prompt"),
        ("model-dot-prompt.json", "1.model", "1", "model"),
        ("image-with-workflow.png", "KSampler.seed", "3", "seed"),
    ],
)
def test_names_with_dots_are_slots(file: str, text: str, node: str, name: str) -> None:
    nodes = read_source("mine", CASES / file).nodes
    assert nodes is not None
    assert target(nodes, text) == Target(node, name)


DOTTED = st.text("ab.", min_size=1, max_size=6).filter(lambda text: not text.startswith("inputs.") and text.strip("."))


@given(st.dictionaries(DOTTED, DOTTED, min_size=1, max_size=3), st.data())
def test_any_node_and_input_is_found_by_its_full_name(inputs: dict[str, str], data: Any) -> None:
    nodes = {key: {"class_type": "A", "inputs": {name: ""}} for key, name in inputs.items()}
    key = data.draw(st.sampled_from(sorted(nodes)))
    text = f"{key}.inputs.{inputs[key]}"
    found = target(nodes, text)
    names = {f"{found.node}.inputs.{found.input}", f"{found.node}.{found.input}"}
    assert text in names, "what is found has this name"
    assert found.input in nodes[found.node]["inputs"]


def test_every_slot_that_is_missing_is_reported_at_once() -> None:
    slots = {"prompt": ("6.inputs.txt",), "seed": ("33.seed",), "steps": ("3.steps",)}
    assert faults(TEXT_TO_IMAGE, slots, "77") == [("slots", "prompt"), ("slots", "seed"), ("output",)]


def test_a_node_without_inputs_is_named() -> None:
    with pytest.raises(BadOptionError, match=r"has a node 11 \(Note\) without `inputs`"):
        read_source("mine", CASES / "node-without-inputs.json")


@pytest.mark.parametrize("name", sorted(EDITOR["cases"]))
def test_the_editors_format_becomes_what_the_editor_exports(name: str) -> None:
    case = EDITOR["cases"][name]
    nodes = converted(read_editor(case["workflow"]), info_of)
    taken = {value[0] for node in nodes.values() for value in node["inputs"].values() if isinstance(value, list)}
    expected = {key: node for key, node in case["prompt"].items() if key in nodes}
    assert nodes == expected
    # of a bypassed subgraph the editor exports a node that nothing takes anything from
    assert not (set(case["prompt"]) - set(nodes)) & taken
    assert len(case["prompt"]) - len(nodes) == (name == "subgraph_bypassed")


def edited(change: Callable[[dict[str, Any]], Any], case: str = "plain") -> dict[str, Any]:
    workflow = copy.deepcopy(EDITOR["cases"][case]["workflow"])
    change(workflow)
    return workflow


def node_of(workflow: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(node for node in workflow["nodes"] if node["type"] == kind)


def test_links_as_mappings_and_older_files_without_the_second_widget_of_a_seed() -> None:
    def change(workflow: dict[str, Any]) -> None:
        names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        workflow["links"] = [dict(zip(names, link, strict=True)) for link in workflow["links"]]
        del node_of(workflow, "KSampler")["widgets_values"][1]

    assert converted(read_editor(edited(change)), info_of) == PLAIN["prompt"]


def test_moving_a_node_changes_no_digest_and_a_value_does() -> None:
    def move(workflow: dict[str, Any]) -> None:
        workflow["nodes"][0]["pos"] = [1, 2]

    def turn(workflow: dict[str, Any]) -> None:
        node_of(workflow, "KSampler")["widgets_values"][2] = 3

    first = read_editor(PLAIN["workflow"]).digest
    assert read_editor(edited(move)).digest == first
    assert read_editor(edited(turn)).digest != first


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda flow: node_of(flow, "KSampler").update(type="FaceDetailer"), r"does not know: FaceDetailer \(node 3\)"),
        (lambda flow: node_of(flow, "KSampler")["widgets_values"].append(9), "has 8 values at node 3"),
        (lambda flow: node_of(flow, "KSampler")["widgets_values"].insert(0, "x"), "'x' for `seed` at node 3"),
        (lambda flow: flow.update(nodes=[]), "holds no nodes that are executed"),
    ],
)
def test_what_cannot_be_converted_is_named(change: Callable[[Any], Any], problem: str) -> None:
    with pytest.raises(WorkflowProblem, match=problem) as caught:
        converted(read_editor(edited(change)), info_of)
    assert "Export (API)" in caught.value.hint


def test_a_subgraph_in_itself_ends() -> None:
    def change(workflow: dict[str, Any]) -> None:
        [inner] = workflow["definitions"]["subgraphs"]
        inner["nodes"].append({"id": 99, "type": inner["id"]})

    with pytest.raises(WorkflowProblem, match="has a subgraph in itself"):
        converted(read_editor(edited(change, "subgraph")), info_of)


def test_reroutes_in_a_circle_end() -> None:
    def change(workflow: dict[str, Any]) -> None:
        reroute = node_of(workflow, "Reroute")
        [link] = [link for link in workflow["links"] if link[3] == reroute["id"]]
        link[1], link[2] = reroute["id"], 0

    with pytest.raises(WorkflowProblem, match="goes round in a circle"):
        converted(read_editor(edited(change, "reroute")), info_of)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), lambda inner: st.lists(
    inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "nodes", "links", "mode", "inputs", "link"]),
    inner, max_size=4), max_leaves=12))  # fmt: skip
def test_a_file_of_any_form_is_a_workflow_or_reported(value: Any) -> None:
    with contextlib.suppress(WorkflowProblem):
        converted(read_editor({"nodes": value, "links": value, "definitions": {"subgraphs": [value]}}), info_of)


def saved(path: Path, **texts: Any) -> Path:
    """An image with these texts, where ComfyUI puts them in its format."""
    image = PilImage.new("RGB", (8, 8))
    if path.suffix == ".webp":
        exif = PilImage.Exif()
        for tag, (name, text) in zip((0x0110, 0x010F), texts.items(), strict=False):
            exif[tag] = f"{name}:{text}"
        image.save(path, exif=exif)
    else:
        info = PngInfo()
        for name, text in texts.items():
            info.add_text(name, text)
        image.save(path, pnginfo=info)
    return path


@pytest.mark.parametrize("name", ["own.png", "own.webp"])
def test_the_workflow_of_an_image_is_its_own(tmp_path: Path, name: str) -> None:
    executed = copy.deepcopy(TEXT_TO_IMAGE)
    executed["3"]["inputs"][FRESH] = "1234"
    executed["4"]["is_changed"] = [float("nan")]
    path = saved(tmp_path / name, prompt=json.dumps(executed), workflow=json.dumps(PLAIN["workflow"]))
    assert read_source("mine", path).nodes == TEXT_TO_IMAGE, "without what an execution left in it"
    alone = read_source("mine", saved(tmp_path / name, workflow=json.dumps(PLAIN["workflow"])))
    assert alone.graph is not None
    assert converted(alone.graph, info_of) == PLAIN["prompt"]


def test_an_image_without_a_workflow_is_reported(tmp_path: Path) -> None:
    for path in (saved(tmp_path / "bare.png"), saved(tmp_path / "a1111.png", parameters="a fox")):
        with pytest.raises(BadOptionError, match="is an image without a workflow in it"):
            read_source("mine", path)
    with pytest.raises(BadOptionError, match="is no JSON in its text `prompt`"):
        read_source("mine", saved(tmp_path / "words.png", prompt="a fox"))
    cut = BytesIO((CASES / "image-with-workflow.png").read_bytes()[:40]).getvalue()
    (tmp_path / "cut.png").write_bytes(cut)
    with pytest.raises(BadOptionError):
        read_source("mine", tmp_path / "cut.png")


def spec_of(folder: Path, flow: Any, url: str, **more: Any) -> ProviderSpec:
    (folder / "flow.json").write_text(json.dumps(flow))
    options = {"base_url": url, "workflow": "flow.json", "slots": SLOTS, "poll": 0.005, "retries": 0, **more}
    return ProviderSpec("mine", "comfyui", options, str(folder))


def test_a_workflow_of_the_editor_generates(tmp_path: Path, job: Make) -> None:
    with Comfy() as server:
        spec = spec_of(tmp_path, PLAIN["workflow"], server.url)
        look_at(spec)
        provider = create(spec.name, spec.kind, spec.options, tmp_path)
        provider.ready()  # type: ignore[attr-defined]
        recipe = job("a fox", 7, steps=3, model="painter.safetensors")
        generated = provider.generate(recipe)
        provider.close()
    sent = server.requests[-1].json()["prompt"]
    assert sent["3"]["inputs"] == {**PLAIN["prompt"]["3"]["inputs"], "seed": 7, "steps": 3}
    assert sent["6"]["inputs"]["text"] == "a fox"
    assert identity_of(spec, recipe.recipe) == {"workflow": generated.environment["workflow"]}


def test_its_faults_are_found_before_a_run_where_the_server_is_reached(tmp_path: Path) -> None:
    with Comfy() as server:
        spec = spec_of(tmp_path, PLAIN["workflow"], server.url, slots={**SLOTS, "prompt": "6.inputs.txt"})
        with pytest.raises(BadOptionError, match="has no input `txt`"):
            look_at(spec)
        assert not server.requests
    with pytest.warns(HarnessWarning, match="is not checked, only its server can convert it"):
        look_at(spec)


def test_a_seed_that_no_slot_fills_is_warned_of(tmp_path: Path) -> None:
    second = {**TEXT_TO_IMAGE["3"], "inputs": {**TEXT_TO_IMAGE["3"]["inputs"], "latent_image": ["3", 0]}}
    flow = {**TEXT_TO_IMAGE, "12": second}
    with pytest.warns(HarnessWarning, match=r"slot `seed` leaves 12\.inputs\.seed"):
        look_at(spec_of(tmp_path, flow, "http://127.0.0.1:9"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        look_at(spec_of(tmp_path, flow, "http://127.0.0.1:9", slots={**SLOTS, "seed": ["3.seed", "12.seed"]}))
        look_at(spec_of(tmp_path, flow, "http://127.0.0.1:9", slots={"prompt": "6.text"}))


def test_a_dry_run_reads_the_workflow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import main

    (tmp_path / "suite.yaml").write_text(
        "suite: s\nproviders:\n  mine: {kind: comfyui, workflow: flow.json, slots: {prompt: 6.txt, seed: 33.seed}}\n"
        "provider: mine\ncases: [{id: a, prompt: a fox, seeds: 1, drift: {ssim: '>= 0.9'}}]\n"
    )
    (tmp_path / "flow.json").write_text(json.dumps(TEXT_TO_IMAGE))
    for command, *more in (["run"], ["probe"], ["audit", "--a", "provider=mine", "--b", "provider=mine"]):
        with pytest.raises(SystemExit) as ended:
            main([command, str(tmp_path / "suite.yaml"), "--dry-run", *more])
        told = capsys.readouterr().err
        assert (command, ended.value.code) == (command, 2), told
        assert "providers.mine.slots.prompt" in told
        assert "providers.mine.slots.seed" in told
