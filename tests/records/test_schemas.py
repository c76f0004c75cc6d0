"""The schemas in docs/schemas: in step with the records, and true of the files that commands write."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.baseline import Mark, Marks
from harness.records import document
from harness.vocabulary import MarkAction

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "schemas.py"
pytestmark = pytest.mark.checkout

SUITE = """\
suite: small
providers:
  mine: {kind: python, price: 0, function: "generate.py:image", promise: exact}
defaults: {provider: mine, size: 64x64, drift: exact}
cases:
  - {id: a, prompt: a red circle, seeds: [0, 1], checks: [{count: circle, equals: 1}]}
"""
FUNCTION = """\
from PIL import Image, ImageDraw
def image(seed, left=10):
    if seed == 1 and left == 20:
        raise RuntimeError("no image")
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).ellipse((left, 10, 50, 50), "red")
    return image
"""


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("schemas_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for name, schema in tool.schemas().items():
        assert (tool.FOLDER / f"{name}.json").read_text("utf-8") == tool.schema_text(schema), "make schemas"
    assert {path.stem for path in tool.FOLDER.iterdir()} == set(tool.schemas())
    return dict(tool.schemas())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The documents that a run, an audit and a benchmark write and print, by schema."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "generate.py").write_text(FUNCTION)
    (folder / "suite.yaml").write_text(SUITE)

    def harness(*arguments: str) -> list[Any]:
        call = [sys.executable, "-m", "harness", *arguments]
        done = subprocess.run(call, cwd=folder, capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return [json.loads(done.stdout)] if "--json" in arguments else []

    found = {
        "output-run": harness("run", "suite.yaml", "--repeats", "2", "--json"),
        "output-audit": harness("audit", "suite.yaml", "--a", "settings.left=10", "--b", "settings.left=20", "--json"),
        "output-bench": harness("bench", "suite.yaml", "--repeats", "2", "--json"),
    }
    for name in ("run", "audit", "bench"):
        found[name] = [json.loads(path.read_bytes()) for path in folder.glob(f"reports/**/{name}.json")]
    lines = [line for path in folder.glob("reports/**/trials.jsonl") for line in path.read_bytes().splitlines()]
    found["trial"] = list(map(json.loads, lines))
    found["output-monitor"] = harness("monitor", "suite.yaml", "--reference", "2", "--json")
    nights = (folder / "monitor/suite/nights.jsonl").read_bytes().splitlines()
    found["monitor"] = list(map(json.loads, nights))
    found["manifest"] = [json.loads((ROOT / "baselines/quickstart/manifest.json").read_bytes())]
    marks = Marks("0123456789ab", "20261127T100000.000Z-x", (Mark("x/a/base-s0", MarkAction.ACCEPT, "0" * 16),), "why")
    found["decisions"] = [json.loads(document("decisions", marks))]
    return found


def test_what_is_written_is_valid(schemas: dict[str, Any], written: dict[str, list[Any]]) -> None:
    assert set(written) == set(schemas)
    for name, documents in written.items():
        jsonschema.Draft202012Validator.check_schema(schemas[name])
        assert documents, name
        for one in documents:
            jsonschema.validate(one, schemas[name])


def test_what_is_not_a_document_is_invalid(schemas: dict[str, Any], written: dict[str, list[Any]]) -> None:
    def invalid(name: str, document: Any) -> bool:
        return not jsonschema.Draft202012Validator(schemas[name]).is_valid(document)

    for name, documents in written.items():
        assert invalid(name, {**documents[0], "format": 0}), name
    [result] = [line for line in written["trial"] if line.get("image")][:1]
    for file in ("../x.png", "/etc/passwd", "images/../../x.png", "C:/x.png", "..\\x.png"):
        assert invalid("trial", {**result, "image": {**result["image"], "file": file}}), file
    assert invalid("trial", {**result, "image": {**result["image"], "pixel_digest": "0" * 63}})
    assert invalid("trial", {**result, "cost": -1})


def test_each_field_is_described(schemas: dict[str, Any]) -> None:
    silent = {
        f"{name}.{field}"
        for schema in schemas.values()
        for name, definition in schema["$defs"].items()
        for field, kind in definition.get("properties", {}).items()
        if "description" not in kind
    }
    assert silent == set()
