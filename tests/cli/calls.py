"""Calls of the command line as they are written in help and documentation: parsed by the command that they name."""

import shlex
from collections.abc import Iterator

import click

from harness.cli.app import cli

_ENDS = {">", ">>", "|", "||", "&&", ";", "&", "2>&1", "<"}
"""What ends a call in a shell."""


def _commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group, **group.context_settings)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands())
"""Every command that can be called, by the words that call it."""


def called(line: str) -> tuple[tuple[str, ...], list[str]]:
    """The command that a line calls, and its arguments. Raises click.UsageError where there is no such command."""
    line = line.removeprefix('eval "$(').replace(')"', "", 1) if line.startswith("eval") else line
    words = shlex.split(line, comments=True)
    words = words[: next((index for index, word in enumerate(words) if word in _ENDS), len(words))]
    assert words[0] == "harness"
    for path in COMMANDS:
        if tuple(words[1 : len(path) + 1]) == path:
            return path, words[len(path) + 1 :]
    raise click.UsageError(f"no command in {line!r}")


def parse(path: tuple[str, ...], arguments: list[str]) -> click.Context:
    """Parse arguments as the command does. Raises click.UsageError."""
    context = click.Context(cli, info_name="harness", **cli.context_settings)
    return COMMANDS[path].make_context(" ".join(path), list(arguments), parent=context)
