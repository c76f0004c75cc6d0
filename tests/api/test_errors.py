"""The command line and Python raise the same errors: one class, one code, one exit code."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.cli import main
from harness.image import encode_png

SUITE = "suite: s\nprovider: painter\ncases: [{id: a, prompt: red, sead: 3}]\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.png").write_text("<html></html>")
    whole = encode_png(np.random.default_rng(3).integers(0, 256, (20, 20, 3), np.uint8))
    Path("whole.png").write_bytes(whole)
    Path("cut.png").write_bytes(whole[: len(whole) // 2])
    Path("wrong.yaml").write_text(SUITE)


def of_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], int]:
    """The error that a command prints as JSON, and what it ends with."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert isinstance(ended.value.code, int)
    return json.loads(capsys.readouterr().out)["error"], ended.value.code


@pytest.mark.parametrize(
    ("arguments", "call", "code"),
    [
        (["compare", "whole.png", "page.png"], lambda: harness.compare("whole.png", "page.png"), "not-an-image"),
        (["compare", "cut.png", "whole.png"], lambda: harness.compare("cut.png", "whole.png"), "truncated-image"),
        (["run", "wrong.yaml"], lambda: harness.run("wrong.yaml"), "suite"),
        (["run", "nowhere.yaml"], lambda: harness.load_suite("nowhere.yaml"), "suite"),
        (["run"], harness.run, "usage"),
        (["accept", "x", "--reason", "y"], lambda: harness.Baselines().accept("x", "y"), "run-not-found"),
    ],
    ids=range(6),
)
def test_a_command_and_its_function_fail_alike(
    arguments: list[str], call: Any, code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    printed, exit_code = of_command(arguments, capsys)
    with pytest.raises(harness.errors.HarnessError) as caught:
        call()
    assert (caught.value.code, caught.value.exit_code) == (printed["code"], exit_code) == (code, printed["exit_code"])
    assert caught.value.hint
    if arguments != ["run", "nowhere.yaml"]:
        assert (str(caught.value), caught.value.hint) == (printed["message"], printed["hint"])


def test_a_wrong_command_line_and_a_refusing_system_have_codes_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert of_command(["run", "--repeats", "x"], capsys)[0]["code"] == "usage"
    Path("heat").mkdir()
    np_image = ["compare", "whole.png", "whole.png", "--heat-map", "heat/none/map.png"]
    assert of_command(np_image, capsys)[0]["code"] == "system"
