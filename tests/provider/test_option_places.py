"""What is wrong with the options of a provider, at its place in the file; and what the schema of a suite says of it."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.provider import built_in_options, capabilities_of
from harness.suite import SuiteError, load, resolve_project
from harness.suite.schema import schema

SUITE = """\
suite: placed
provider: mine
providers:
  mine:
    kind: diffusers
    model: 5
    quality_steps:
      draft: 4
      hd: 0
    schduler: DDIMScheduler
    steps: many
cases: [{id: fox, prompt: a fox, drift: set, samples: 2}]
"""
WORKFLOW = """\
suite: placed
provider: mine
providers:
  mine:
    kind: comfyui
    workflow: flow.json
    slots:
      {prompt: 6.text, sampler: 3.sampler_name,
       seed: []}
    smpler: euler
cases: [{id: fox, prompt: a fox, drift: set, samples: 2}]
"""
PROJECT = """\
[providers.mine]
kind = "openrouter"
endpoint = "both"
modle = "some/model"
body = {model = "x"}
"""
CASE = "suite: placed\nprovider: mine\ncases: [{id: fox, prompt: a fox, drift: set, samples: 2}]\n"


def problems_of(folder: Path) -> dict[int, tuple[str, str, str]]:
    with pytest.raises(SuiteError) as caught:
        load([folder / "placed.yaml"], project=resolve_project(folder), capabilities=capabilities_of)
    return {p.place.line: (Path(p.path).name, p.message, p.hint) for p in caught.value.problems}


def test_a_suite_names_every_line(tmp_path: Path) -> None:
    (tmp_path / "placed.yaml").write_text(SUITE)
    found = problems_of(tmp_path)
    assert set(found) == {6, 9, 10, 11}
    assert found[10][2] == "did you mean `scheduler`?"
    (tmp_path / "placed.yaml").write_text(SUITE.replace("diffusers", "command"))
    assert "`argv` is missing" in {message for _, message, _ in problems_of(tmp_path).values()}


def test_what_goes_together_is_looked_at_when_each_is_right(tmp_path: Path) -> None:
    (tmp_path / "placed.yaml").write_text(WORKFLOW)
    assert set(problems_of(tmp_path)) == {9}, "a slot without an input"
    (tmp_path / "placed.yaml").write_text(WORKFLOW.replace("seed: []", "seed: 3.seed"))
    assert problems_of(tmp_path)[10][2] == "did you mean `sampler`?"


def test_a_project_names_every_line(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text(PROJECT)
    (tmp_path / "placed.yaml").write_text(CASE)
    (tmp_path / "again.yaml").write_text(CASE.replace("placed", "again"))
    found = problems_of(tmp_path)
    assert set(found) == {3, 4, 5}
    assert {name for name, _, _ in found.values()} == {"harness.toml"}
    assert found[4][2] == "did you mean `model`?"
    with pytest.raises(SuiteError) as caught:
        load([tmp_path], project=resolve_project(tmp_path), capabilities=capabilities_of)
    assert len(caught.value.problems) == 3, "what two suites share is reported once"


def suite_with(options: dict[str, Any]) -> dict[str, Any]:
    return {"suite": "s", "providers": {"mine": options}, "cases": [{"id": "a", "prompt": "a fox"}]}


@pytest.mark.parametrize("kind", list(built_in_options()))
def test_the_schema_knows_the_options_by_kind(kind: str) -> None:
    check = Draft202012Validator(schema())
    needed: dict[str, Any] = {
        "folder": {"folder": "images"},
        "command": {"argv": ["true", ["--seed", "{seed}"]]},
        "python": {"function": "a:b"},
        "replicate": {"model": "a/b", "slots": {"steps": "num_steps", "width": False}},
        "fal": {"model": "a/b/c"},
        "huggingface": {"model": "a/b", "vendor": "together"},
        "comfyui": {
            "workflow": "flow.json",
            "slots": {"prompt": "6.text", "seed": ["3.seed", "4.seed"]},
            "sampler": "x",
        },
        "openai-compatible": {"base_url": "http://127.0.0.1:1/v1"},
        "route": {"over": ["a", "b"]},
    }
    options = {"kind": kind, **needed.get(kind, {})}
    assert check.is_valid(suite_with(options)), next(iter(check.iter_errors(suite_with(options))))
    assert not check.is_valid(suite_with({**options, "concurrency": "many"}))
    if kind != "comfyui":
        assert not check.is_valid(suite_with({**options, "concurency": 2}))
    assert check.is_valid(suite_with({"kind": "of-a-third-party", "anything": 1}))
    assert all(part["description"] for name, part in built_in_options()[kind].model_json_schema()["properties"].items())
