"""Examples at the end of a command's ``--help``."""

import click

_HEAD = "\b\nExamples:\n"


def examples(*lines: str) -> str:
    """Return the epilog of a command: a command line each, what it does behind a ``#`` where that needs saying."""
    return _HEAD + "\n".join(f"  {line}" for line in lines)


def examples_of(command: click.Command) -> list[str]:
    """Return the lines that :func:`examples` was given for a command; none where it was not."""
    head, found, lines = (command.epilog or "").partition(_HEAD)
    return [line.strip() for line in lines.splitlines()] if found and not head else []
