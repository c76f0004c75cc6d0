"""Options that several commands share, each meaning the same everywhere."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from harness.cli.completing import cases

F = TypeVar("F", bound=Callable[..., Any])


class Pairs(click.ParamType[dict[str, str]]):
    """``KEY=VALUE``, several separated by commas."""

    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        if isinstance(value, dict):
            return value
        found: dict[str, str] = {}
        # a comma inside a value is not followed by a key
        for part in re.split(r",(?=\s*[A-Za-z_][\w.]*\s*=)", str(value)):
            key, equals, rest = part.partition("=")
            if not equals or not key.strip():
                self.fail(f"'{part}' is not KEY=VALUE", param, ctx)
            found[key.strip()] = rest.strip()
        return found


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
    function = click.option("--live", is_flag=True, help="Allow paid calls without asking.")(function)
    what = "Allow paid calls up to this many US dollars."
    return click.option("--budget", type=click.FloatRange(0), metavar="USD", help=what)(function)


def json_option(function: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON only.")(function)


def env_option(function: F) -> F:
    """``--env``."""
    what = "State a field of the environment: gpu=L40S; the variable HARNESS_ENV_GPU does the same."
    return click.option("--env", multiple=True, type=Pairs(), metavar="NAME=VALUE", help=what)(function)


def generating_options(function: F) -> F:
    """Add what chooses the trials to generate, allows their cost, and goes on with what was cut off."""
    several: dict[str, Any] = {"multiple": True}
    options = (
        click.option(
            "--case",
            "cases",
            metavar="GLOB",
            shell_complete=cases,
            help="Only cases that match; may be repeated.",
            **several,
        ),
        click.option("--tag", "tags", help="Only cases with this tag; may be repeated.", **several),
        env_option,
        money_options,
        click.option(
            "--timeout",
            type=click.FloatRange(0, min_open=True),
            metavar="SECONDS",
            help="Time limit for one image in seconds.",
        ),
        click.option(
            "--resume", is_flag=False, flag_value="latest", metavar="[NAME]", help="Resume an unfinished run."
        ),
        click.option("--dry-run", is_flag=True, help="Only show what would be generated and what it would cost."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def repeats_option(default: int, least: int = 1, most: int = 1000) -> Callable[[F], F]:
    """Return ``--repeats``, a number from ``least`` to ``most``."""
    kind = click.IntRange(least, most)
    return click.option(
        "--repeats", default=default, show_default=True, type=kind, help="Number of generations of each trial."
    )


def who_option(function: F) -> F:
    """Add ``--who``."""
    return click.option("--who", help="Who decides  [default: git's user name]")(function)


def single_file_option(function: F) -> F:
    """Add ``--single-file``."""
    return click.option("--single-file", is_flag=True, help="Embed the images in the page of the report.")(function)


def refuse_unused(why: str, *names: str) -> None:
    """Raise a click.UsageError for the first of these options that was given, and has no effect: ``why`` says where it
    has none (``without --resume``)."""
    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and parameter.name in names:
            called = (
                max(parameter.opts, key=len) if isinstance(parameter, click.Option) else parameter.make_metavar(context)
            )
            raise click.UsageError(f"{called} has no effect {why}")


def pairs_of(given: Iterable[dict[str, str]], flag: str = "--set") -> dict[str, str]:
    """Return the pairs of a flag that may be repeated, by key; one key with two values is an error."""
    found: dict[str, str] = {}
    for key, value in (pair for pairs in given for pair in pairs.items()):
        if found.get(key, value) != value:
            raise click.BadParameter(f"{key} is set twice: {found[key]} and {value}", param_hint=flag)
        found[key] = value
    return found
