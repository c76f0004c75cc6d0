"""Each command's ``--help`` ends with examples, and each example is a call that the command takes."""

from pathlib import Path

import click
import pytest

from harness.cli import app
from harness.cli.examples import examples, examples_of
from tests.cli.calls import COMMANDS, called, parse

WIDTH = 80


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_examples_that_it_takes(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = examples_of(COMMANDS[path])
    assert found, f"harness {' '.join(path)} has no examples"
    for example in found:
        asked, arguments = called(example)
        assert asked == path, example
        for word in arguments:  # what must exist
            if Path(word).suffix in {".png", ".yaml", ".json"} or word in {"main", "change"}:
                Path(word).parent.mkdir(exist_ok=True)
                Path(word).touch()
        parse(path, arguments)


def test_they_fit_into_a_terminal() -> None:
    for command in COMMANDS.values():
        assert all(len(line) <= WIDTH - 4 for line in examples_of(command))


@pytest.mark.parametrize("line", ["harness run --quick", "harness explain latest", "harness bench --quality best"])
def test_a_wrong_example_is_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(*called(line))


def test_what_is_said_is_what_is_read() -> None:
    lines = ("harness a", "harness b  # why")
    assert examples_of(click.Command("x", epilog=examples(*lines))) == list(lines)
    assert examples_of(click.Command("x", epilog="Exit codes: 0")) == []
    assert set(app.COMMANDS) == {path[0] for path in COMMANDS}
