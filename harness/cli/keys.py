"""``harness keys``: the API keys of a gateway."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click

from harness.cli.examples import examples
from harness.cli.options import json_option
from harness.cli.output import console, echo, print_json, say, table
from harness.errors import MissingExtraError

F = TypeVar("F", bound=Callable[..., Any])


def file_option(function: F) -> F:
    """``--keys``, the file."""
    return click.option(
        "--keys", "path", type=click.Path(path_type=Path), default=Path("keys.jsonl"), show_default=True
    )(function)


@click.group(name="keys")
def command() -> None:
    """Manage the API keys of a gateway: a file with a hash of each.

    A gateway that runs with --keys reads the file again when it changes.
    """


@command.command(name="add", epilog=examples("harness keys add ada --rate 60 --concurrency 4"))
@click.argument("name")
@file_option
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests a minute.")
@click.option("--concurrency", type=click.IntRange(1), help="Jobs that are not final.")
def add(name: str, path: Path, rate: float | None, concurrency: int | None) -> None:
    """Make a key, and print it: it is stored nowhere."""
    echo(_gateway().add_key(path, name, rate=rate, concurrency=concurrency))
    say(console(stderr=True), f"its hash is in {path}; the key itself is shown only now")


@command.command(name="revoke", epilog=examples("harness keys revoke ada"))
@click.argument("name")
@file_option
def revoke(name: str, path: Path) -> None:
    """Remove a key: requests with it are refused from then on."""
    _gateway().revoke_key(path, name)
    say(console(stderr=True), f"revoked: {name}")


@command.command(name="list", epilog=examples("harness keys list --keys keys.jsonl"))
@file_option
@json_option
def shown(path: Path, as_json: bool) -> None:
    """List the keys by name."""
    found = _gateway().list_keys(path)
    if as_json:
        print_json({"keys": found})
        return
    rows = [(one.name, one.created, _number(one.rate), _number(one.concurrency)) for one in found]
    columns = ("name", "created", "requests a minute", "open jobs")
    screen = console()
    grid = table(*columns)
    for row in rows:
        grid.add_row(*row)
    screen.print(grid)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _gateway() -> ModuleType:
    """Return the room that has the functions. Raises MissingExtraError."""
    try:
        from harness import gateway

        gateway.add_key  # noqa: B018 -- loads what the extra installs
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("harness"):
            raise
        raise MissingExtraError("harness keys", "serve") from fault
    return gateway
