"""The ``harness`` command: finds the sub-command, and turns faults into one clear line and an exit code."""

import atexit
import gc
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from harness import __version__
from harness.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PIPE,
    EXIT_USAGE,
    HarnessError,
    HarnessWarning,
    UsageError,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GARBAGE_THRESHOLD = 100_000
"""New objects between two collections of garbage; Python's own is 700."""

COMMANDS = {
    "run": "Generate a suite and judge every image.",
    "review": "Decide about a run in the browser.",
    "accept": "Make images of a run the baselines.",
    "reject": "Record that an image is wrong; its baseline stays.",
    "undo": "Reverse the latest decision, or an older one.",
    "log": "Show the decisions over baselines: who, when, why.",
    "rename": "Give the baselines of a case its new name.",
    "ignore": "Leave a trial out of the exit code until a date.",
    "prune": "List baselines no suite asks for, and remove them.",
    "probe": "Find out if a provider repeats, and what changes it.",
    "calibrate": "Measure the noise floor of accepted images.",
    "compare": "Compare two images, or two folders of images.",
    "bench": "Measure providers and quality tiers side by side.",
    "monitor": "Ask every night if a hosted model has changed.",
    "history": "Show one case over all runs, and what changed it.",
    "query": "Ask in SQL about the trials of all runs.",
    "explain": "Show how one verdict follows from its evidence.",
    "audit": "Compare two models, settings or runs with each other.",
    "report": "Write a run's reports again, or merge shards.",
    "ci": "Report a run in a pull request.",
    "export": "Write the trials of a run as a table (CSV).",
    "generate": "Generate one prompt with the built-in painter.",
    "serve": "Serve providers over REST and gRPC.",
    "keys": "Manage the API keys of a gateway.",
    "describe": "Say in words what an image shows.",
    "ask": "Answer a question about an image.",
    "interpret": "Show how a prompt is understood, step by step.",
    "providers": "List providers and their capabilities.",
    "schema": "Print the JSON Schema of a suite.",
    "baselines": "Check baselines; let git merge their manifests.",
    "store": "Push and pull accepted images that are not in git.",
    "doctor": "Check the installation, keys and the project.",
    "config": "Show the settings in force and their origin.",
    "init": "Create a new project: suite, baselines, workflow.",
    "completion": "Print what makes a shell complete this command.",
}
"""Each command with its one line of help; the module ``harness.cli.<name>`` holds it."""

EPILOG = """\b
Exit codes: 0 all proven fine · 1 findings (drift, new …) · 2 usage or
configuration · 3 only missing images · 4 internal error ·
130 interrupted"""


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End with EXIT_PIPE where the reader of our output went away (``| head``): nothing more is said, and nothing is
    proven fine."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(EXIT_PIPE) from None


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for, so that ``--help`` is quick."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        with _reader_may_leave():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _reader_may_leave():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"harness.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Complete names of commands without importing them, and options."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=what) for name, what in COMMANDS.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from harness.comparison import kernel_name

    click.echo(f"harness {__version__} (Python {sys.version.split()[0]}, comparing with the {kernel_name()} kernel)")
    ctx.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
def cli(debug: bool) -> None:
    """Reproducibility and regression testing for text-to-image models."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; every fault is one line on standard error, with its hint."""
    # loading makes many objects that stay: looking through them for garbage finds nothing
    gc.set_threshold(GARBAGE_THRESHOLD)
    # nor is there any to be found when the process ends, and all of it goes
    atexit.register(gc.freeze)
    _open_streams()
    warnings.simplefilter("default", HarnessWarning)
    warnings.formatwarning = _formatted
    sys.exit(_ended(sys.argv[1:] if arguments is None else arguments))


def _ended(arguments: list[str]) -> int:
    """Run the command line; returns what it ends with."""
    debug = "--debug" in arguments
    # --debug is taken anywhere on the line: it is typed after a fault, at the end
    arguments = [*(["--debug"] if debug else []), *(a for a in arguments if a != "--debug")]
    try:
        code = cli.main(args=arguments, prog_name="harness", standalone_mode=False, obj=arguments)
        return code if isinstance(code, int) else EXIT_OK
    except click.exceptions.Abort:
        click.echo("harness: interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        with suppress(OSError):
            _show(error)
        _print_json(arguments, UsageError.code, error.format_message(), "", EXIT_USAGE)
        return EXIT_USAGE
    except Exception as error:
        if debug:
            _traceback()
        return _print(arguments, *_described(error))


def _described(error: Exception) -> tuple[str, str, str, int]:
    """Return the code, message, hint and exit code of what ended a command."""
    if isinstance(error, HarnessError):
        return error.code, str(error), error.hint, error.exit_code
    if isinstance(error, OSError):
        problem = f"{error.filename}: " if error.filename else ""
        hint = "check the path, its permissions and the free space"
        return "system", f"{problem}{error.strerror or error}", hint, EXIT_USAGE
    from harness.errors import excerpt

    line = excerpt(f"{type(error).__name__}: {error}")
    hint = "what was recorded is kept; please report it with what --debug prints"
    return "internal", f"internal error: {line}", hint, EXIT_INTERNAL


def _print_json(arguments: list[str], code: str, message: str, hint: str, exit_code: int) -> None:
    """With ``--json`` a fault is a document on standard output too."""
    if "--json" in arguments:
        from harness.cli.output import print_json

        with suppress(OSError):
            print_json({"error": {"code": code, "message": message, "hint": hint, "exit_code": exit_code}})


def _formatted(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> str:
    """Return a warning of ours on one line, any other as Python does."""
    if issubclass(category, HarnessWarning):
        from harness.errors import terminal_text

        return terminal_text(f"harness: warning: {message}\n")
    return terminal_text(_PYTHONS(message, category, *place, **more))


_PYTHONS = warnings.formatwarning


def _open_streams() -> None:
    """Let what is printed go nowhere where a stream was closed before the start (``>&-``): Python has None for it, and
    the next file that is opened would be taken for it."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("r+", encoding="utf-8"))  # noqa: SIM115 - open until the end


def _traceback() -> None:
    """Print the traceback of what is handled as everything is printed: what it quotes is foreign."""
    import traceback

    from harness.cli.output import echo

    echo(traceback.format_exc().rstrip("\n"), err=True)


def _show(error: click.ClickException) -> None:
    """Print a fault of the call, with what it quotes of it."""
    from harness.cli.output import echo

    message = io.StringIO()
    error.show(message)
    echo(message.getvalue().rstrip("\n"), err=True)


def _print(arguments: list[str], code: str, message: str, hint: str, exit_code: int) -> int:
    """Print a fault; returns its exit code."""
    from harness.cli.output import echo

    with suppress(OSError):
        echo(f"harness: {message}", err=True)
        if hint:
            echo(f"  → {hint}", err=True)
    _print_json(arguments, code, message, hint, exit_code)
    return exit_code
