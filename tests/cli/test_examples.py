"""Each command's ``--help`` ends with examples, and each example is a call that the command takes."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harness.cli.app import COMMANDS, cli
from harness.cli.examples import examples, examples_of

WIDTH = 80


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())


def words(example: str) -> list[str]:
    """What the command gets of a line: without the comment, redirection and ``eval "$(…)"``."""
    line = example.removeprefix('eval "$(').replace(')"', "", 1) if example.startswith("eval") else example
    called = shlex.split(line, comments=True)
    return called[: called.index(">")] if ">" in called else called


def called(example: str) -> tuple[tuple[str, ...], list[str]]:
    """The command that an example calls, and its arguments."""
    name, *rest = words(example)
    assert name == "harness"
    path = next(path for path in ALL if tuple(rest[: len(path)]) == path)
    return path, rest[len(path) :]


def parse(path: tuple[str, ...], arguments: list[str]) -> click.Context:
    context = click.Context(cli, info_name="harness")
    return ALL[path].make_context(" ".join(path), list(arguments), parent=context)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_examples_that_it_takes(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = examples_of(ALL[path])
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
    for command in ALL.values():
        assert all(len(line) <= WIDTH - 4 for line in examples_of(command))


@pytest.mark.parametrize("line", ["harness run --quick", "harness explain latest", "harness bench --quality best"])
def test_a_wrong_example_is_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(*called(line))


def test_what_is_said_is_what_is_read() -> None:
    lines = ("harness a", "harness b  # why")
    assert examples_of(click.Command("x", epilog=examples(*lines))) == list(lines)
    assert examples_of(click.Command("x", epilog="Exit codes: 0")) == []
    assert set(COMMANDS) == {path[0] for path in ALL}
