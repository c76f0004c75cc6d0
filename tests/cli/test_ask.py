"""``harness describe`` and ``harness ask`` on images in files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.prompt import interpret
from tests.cli.conftest import Harness

WORDS = "a red circle to the left of a blue square"


@pytest.fixture
def image(harness: Harness, tmp_path: Path) -> Path:
    path = tmp_path / "image.png"
    assert harness("generate", WORDS, "--quality", "draft", "--size", "128x128", "-o", path).code == 0
    return path


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)).save(path)
    return path


def test_an_image_is_described_in_words_that_read_back(harness: Harness, image: Path) -> None:
    plain = harness("describe", image)
    assert plain.code == 0
    assert {(one.shape, one.color) for one in interpret(plain.out).things} == {("circle", "red"), ("square", "blue")}
    shown = json.loads(harness("describe", image, "--json").out)
    assert (shown["words"], shown["reason"]) == (plain.out, "")
    assert sorted(thing["shape"] for thing in shown["scene"]["things"]) == ["circle", "square"]
    assert all(len(thing["box"]) == 4 for thing in shown["view"]["things"])


def test_a_question_is_answered(harness: Harness, image: Path) -> None:
    asked = harness("ask", image, "what is left of the blue square?")
    assert (asked.code, asked.out) == (0, "red circle")
    shown = json.loads(harness("ask", image, "how many circles?", "--json").out)
    assert (shown["answer"], shown["reason"], len(shown["boxes"])) == ("1", "", 1)


def test_what_cannot_be_told_has_exit_code_1(harness: Harness, image: Path, noise: Path) -> None:
    for call in (("ask", image, "who is it?"), ("ask", noise, "how many circles?"), ("describe", noise)):
        shown = harness(*call)
        assert (shown.code, shown.out.partition(":")[0]) == (1, "cannot tell")
        given = json.loads(harness(*call, "--json").out)
        assert given["reason"]
        assert given.get("answer", given.get("words")) is None


def test_what_is_no_image_is_an_error(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    assert harness("ask", tmp_path / "page.png", "how many circles?").code == 2
    assert harness("describe", tmp_path / "page.png").code == 2


def test_an_ask_case_is_answered_by_the_painter(
    harness: Harness, image: Path, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asked.yaml").write_text(
        "suite: asked\nprovider: painter\ncases:\n"
        f"  - {{id: right, input_image: {image.name}, ask: how many red circles?, answer: '1'}}\n"
        f"  - {{id: wrong, input_image: {image.name}, ask: is there a tree?, answer: 'yes'}}\n"
        f"  - {{id: unknown, input_image: {noise.name}, ask: is there a tree?, answer: 'no'}}\n"
    )
    run = json.loads(harness("run", "asked.yaml", "--json").out)
    found = {trial["key"]["case"]: trial["outcome"]["verdict"] for trial in run["trials"]}
    assert found["right"] == "identical"
    assert found["wrong"] == found["unknown"] == "drift"
