"""Options that several commands share, each meaning the same everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Pairs(click.ParamType[tuple[str, str]]):
    """``KEY=VALUE``."""

    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, equals, rest = str(value).partition("=")
        if not equals or not key.strip():
            self.fail(f"'{value}' is not KEY=VALUE", param, ctx)
        return key.strip(), rest.strip()


class Shard(click.ParamType[tuple[int, int]]):
    """``I/N``, counted from 1."""

    name = "i/n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        first, slash, second = str(value).partition("/")
        if not (slash and first.isascii() and first.isdigit() and second.isascii() and second.isdigit()):
            self.fail(f"'{value}' is not I/N, such as 1/4", param, ctx)
        index, count = int(first), int(second)
        if not 1 <= index <= count:
            self.fail(
                f"'{value}': shards are counted from 1/{max(count, 1)} to {max(count, 1)}/{max(count, 1)}", param, ctx
            )
        return index, count


class Verdicts(click.ParamType[tuple[str, ...]]):
    """Verdicts of trials without an image, with commas between them."""

    name = "verdicts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from harness.runner import RERUNNABLE

        if isinstance(value, tuple):
            return value
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",")))
        for word in words:
            if word not in RERUNNABLE:
                self.fail(f"'{word}' is not {' or '.join(RERUNNABLE)}: only these have no image", param, ctx)
        return words


def suites_argument(function: F) -> F:
    """``[SUITE]...``; without any, those of the project."""
    return click.argument("suites", nargs=-1, type=click.Path(path_type=Path), metavar="[SUITE]...")(function)


def project_options(function: F) -> F:
    """``--config``, ``--reports`` and ``--baselines``, for :func:`harness.cli.project.project_of`."""
    for flag, what in (
        ("--baselines", "Folder of the accepted images  [default: the project's, else baselines]"),
        ("--reports", "Folder of the runs  [default: the project's, else reports]"),
        ("--config", "The project's file  [default: the nearest harness.toml upwards]"),
    ):
        function = click.option(flag, type=click.Path(path_type=Path), help=what)(function)
    return function


def money_options(function: F) -> F:
    """``--budget`` and ``--live``."""
    function = click.option("--live", is_flag=True, help="Allow what may cost money, without a question.")(function)
    what = "Allow it up to this, and stop before this is exceeded."
    return click.option("--budget", type=click.FloatRange(0), metavar="USD", help=what)(function)


def json_option(function: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON only.")(function)


def choosing_options(function: F) -> F:
    """``--case`` and ``--tag``."""
    function = click.option("--tag", "tags", multiple=True, help="Only cases with this tag; may be repeated.")(function)
    case = click.option(
        "--case", "cases", multiple=True, metavar="GLOB", help="Only cases that match; may be repeated."
    )
    return case(function)


def pairs_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the pairs of ``--set`` by key; one key with two values is an error."""
    found: dict[str, str] = {}
    for key, value in pairs:
        if found.get(key, value) != value:
            raise click.BadParameter(f"{key} is set twice: {found[key]} and {value}", param_hint="--set")
        found[key] = value
    return found
