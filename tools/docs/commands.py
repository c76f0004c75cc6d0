"""The reference of the command line, from the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from harness.cli.app import COMMANDS, cli
from harness.cli.examples import examples_of
from tools.docs.markdown import plain, table

COMMON = ("--config", "--reports", "--baselines", "--json", "--help")
"""Options that mean the same everywhere: described once."""


def text() -> str:
    """Return a section for each command."""
    root = click.Context(cli, info_name="harness", terminal_width=100, **cli.context_settings)
    index = table(
        ("command", "does"), ([f"[`harness {name}`](#harness-{name})", plain(what)] for name, what in COMMANDS.items())
    )
    sections = (part for name in COMMANDS for part in _sections(cli, root, name))
    return "\n".join([index, "## Options of many commands\n", _options(_common(root)), *sections])


def _sections(group: click.Group, parent: click.Context, name: str) -> Iterator[str]:
    command = group.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    depth = "##" if parent.parent is None else "###"
    yield f"{depth} {context.command_path}\n\n```text\n{context.command_path} {usage}\n```\n\n{_described(command)}\n"
    if shown := examples_of(command):
        yield "```sh\n" + "\n".join(shown) + "\n```\n"
    if own := [option for option in command.get_params(context) if not set(option.opts) & set(COMMON)]:
        yield _options(dict.fromkeys(own, context))
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _sections(command, context, below)


def _described(command: click.Command) -> str:
    paragraphs = inspect.cleandoc(command.help or "").replace("\f", "").split("\n\n")
    return "\n\n".join(plain(paragraph.replace("\b", "")) for paragraph in paragraphs)


def _common(root: click.Context) -> dict[click.Parameter, click.Context]:
    command = cli.get_command(root, "run")
    assert command is not None
    context = click.Context(command, info_name="run", parent=root)
    return {option: context for option in command.get_params(context) if set(option.opts) & set(COMMON)}


def _options(found: dict[click.Parameter, click.Context]) -> str:
    records = (option.get_help_record(context) for option, context in found.items())
    rows = [[f"`{record[0].strip()}`", plain(record[1])] for record in records if record and record[1]]
    return table(("option", "meaning"), rows) if rows else ""
