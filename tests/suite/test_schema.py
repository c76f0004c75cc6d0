"""The schema for editors is in step with the loader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.suite import SuiteError, load, schema, schema_text
from harness.suite.schema import SCHEMA_FILE
from harness.suite.tree import read_tree

HEAD = "suite: s\nprovider: painter\n"
CASE = HEAD + "cases:\n  - id: a\n    prompt: x\n"

GOOD = [
    CASE,
    CASE + "    seeds: 0..9\n    drift: {ssim: '0.98..0.999', pixels_equal: true}\n    ignore: [{box: [0, 0, 1, 1]}]\n",
    CASE + "    seeds: [1, 5..9]\n    checks: [{count: circle, equals: 2}, {between: [circle, square, star]}]\n",
    CASE + "    drift: set\n    samples: 5\n    settings: {a: [1, {b: null}]}\n    size: 64\n    aspect: '1:1'\n",
    CASE.replace("prompt: x", "prompt: a star")
    + "providers: {p: {kind: command, argv: [a, b]}}\nmatrix: {style: [flat], other: [x, 1, true]}\nstrict: true\n",
]
BAD = [
    HEAD,
    HEAD + "cases: []\n",
    CASE.replace("prompt", "promt"),
    CASE.replace("id: a", "id: ../a"),
    CASE + "    quality: ultra\n",
    CASE + "    seeds: -1\n",
    CASE + "    size: big\n",
    CASE + "    drift: {ssmi: '>= 1'}\n",
    CASE + "    drift: loose\n",
    CASE + "    checks: [{cuont: red circle}]\n",
    CASE + "    checks: [{count: red circle}]\n",
    CASE + "    ignore: [[0, 0, 1, 1]]\n",
    CASE + "    steps: 1.5\n",
    CASE + "    timeout: 0\n",
    CASE + "    strength: 2\n",
    CASE + "providers: {p: {argv: [a]}}\n",
    CASE + "seed: 3\n",
]


def data(text: str) -> Any:
    tree = read_tree(text)
    assert tree is not None
    return tree.plain()


def test_the_committed_schema_is_the_one_that_is_made() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "harness schema > harness/suite/schema.json"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("text", GOOD)
def test_what_loads_is_valid(write: Callable[..., Path], text: str) -> None:
    assert load([write(text)]).count() >= 1
    jsonschema.validate(data(text), schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("text", BAD)
def test_what_is_invalid_does_not_load(write: Callable[..., Path], text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data(text), schema(), jsonschema.Draft202012Validator)
    with pytest.raises(SuiteError):
        load([write(text)])


def test_every_key_is_described_and_no_object_takes_more() -> None:
    made = schema()
    models = [made, made["$defs"]["CaseEntry"], made["$defs"]["Shared"]]
    for model in models:
        assert model["additionalProperties"] is False
        for name, field in model["properties"].items():
            assert field.get("description"), name
