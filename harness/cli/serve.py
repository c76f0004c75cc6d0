"""``harness serve``."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from harness.cli.examples import examples
from harness.cli.options import Pairs, pairs_of, project_options
from harness.cli.output import console, echo, print_json, say
from harness.cli.project import generates_here, project_of
from harness.errors import EXIT_INTERNAL, EXIT_OK, MissingExtraError, UsageError
from harness.vocabulary import JobState

if TYPE_CHECKING:
    from harness.gateway import Gateway, GatewayOptions
    from harness.suite import Project, ProviderSpec

GREATEST = 2**53 - 10
"""The greatest --seed: that of the last of ten images is still exact as a JSON number."""
SECRET, DATABASE = "HARNESS_WEBHOOK_SECRET", "HARNESS_DATABASE"
DATA = "gateway"
"""The folder below the reports where a gateway stores what it needs, unless --data names another."""


class Durations(click.ParamType[tuple[float, ...]]):
    """Seconds, with commas between them."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            found = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            found = ()
        if not found or not all(0 <= seconds < 1e7 for seconds in found):
            self.fail(f"'{value}' is not a list of seconds, such as 0,5,300", param, ctx)
        return found


@click.command(
    name="serve",
    epilog=examples(
        "harness serve --seed 0         # in CI: equal requests, equal images",
        "harness serve --provider mine --budget 5 --keys keys.jsonl",
        "harness serve --fault 429:0.1  # for tests of your own client",
    ),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need --keys.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Of REST; 0: a free one.")
@click.option("--grpc-port", type=click.IntRange(0, 65535), help="Listen for gRPC too; 0: a free one.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of its jobs  [default: REPORTS/gateway]")
@click.option("--database", metavar="URL", help=f"Postgres, for several workers  [{DATABASE}; default: SQLite]")
@click.option("--provider", default="painter", show_default=True, help="Answers for the usual names of models.")
@click.option("--alias", "aliases", multiple=True, type=Pairs(), help="MODEL=PROVIDER, or MODEL=PROVIDER:ITS_MODEL.")
@click.option("--keys", type=click.Path(path_type=Path), help="File of API keys: see harness keys.")
@click.option("--live", is_flag=True, help="Allow what costs money, without a limit.")
@click.option("--budget", type=click.FloatRange(min=0), help="US dollars that this process may spend.")
@click.option("--seed", type=click.IntRange(0, GREATEST), help="Of requests without one.  [default: random]")
@click.option(
    "--queue", "queue_limit", default=1000, show_default=True, type=click.IntRange(1), help="Most jobs that wait."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests a minute of one key.")
@click.option("--concurrency", type=click.IntRange(1), help="Jobs of one key that are not final.")
@click.option(
    "--timeout", default=300.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds for one image."
)
@click.option(
    "--deadline", default=600.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds for one job."
)
@click.option(
    "--lease",
    default=15.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="Seconds until the jobs of a dead worker are taken over.",
)
@click.option(
    "--retention",
    default=7.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Days that a final job can be read.",
)
@click.option("--fault", "faults", default="", metavar="SPEC", help="Faults on demand: 429:0.1,timeout:0.05 …")
@click.option("--fault-seed", default=0, show_default=True, help="Decides which requests they hit.")
@click.option("--webhook-retries", type=Durations(), help="Seconds before each attempt  [default: 0,5,300 … 36000]")
@click.option("--webhook-private", is_flag=True, help="Allow webhooks to private addresses.")
@click.option("--cache", type=click.Path(path_type=Path), help="Folder of images that several runs share.")
@click.option("--record", type=click.Path(path_type=Path), help="Folder that exchanges are recorded in.")
@click.option("--replay", type=click.Path(path_type=Path), help="Folder that answers in place of the providers.")
@click.option("--accept-only", is_flag=True, help="Only accept jobs; others with the same --database generate.")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="File of the log  [default: stderr]")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as JSON.")
@project_options
def command(as_json: bool, **given: Any) -> int:
    """Serve providers behind the APIs of OpenAI and OpenRouter, and gRPC.

    What is served is recorded as a run. Webhooks are signed with the secret in HARNESS_WEBHOOK_SECRET. Ctrl-C ends it
    when running jobs have ended; a second Ctrl-C at once.
    """
    project, log = generates_here(project_of(given)), given.pop("log")
    options = _options(project, given)
    try:
        from harness.gateway import Addresses, Gateway, logging_to, serve
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("harness"):
            raise
        raise MissingExtraError("harness serve", "serve") from fault
    import threading

    from harness.runner import interruptible

    stop = threading.Event()
    with ExitStack() as stack:
        stream = None if log is None else stack.enter_context(_opened(log))
        stack.enter_context(logging_to(stream))
        gateway = stack.enter_context(Gateway.open(options))
        stack.enter_context(interruptible(stop))

        def ready(addresses: Addresses) -> None:
            run = None if gateway.worker is None else str(options.reports / gateway.worker.run)
            if as_json:
                print_json({"rest": addresses.rest, "grpc": addresses.grpc, "run": run, "data": str(options.data)})
                return
            echo(f"REST: {addresses.rest}/v1  (status: {addresses.rest}/)")
            if addresses.grpc is not None:
                echo(f"gRPC: {addresses.grpc}")
            echo(f"models: {', '.join(name for name, model in gateway.catalog.items() if not model.alias)} and aliases")
            if run is not None:
                echo(f"recorded in: {run}")
            for note in _notes(gateway):
                echo(f"note: {note}", err=True)

        serve(gateway, stop, ready)
        if not as_json:
            say(console(stderr=True), "stopping: running jobs end first")
        ended = None if gateway.worker is None else gateway.worker.fault
    if ended is not None:
        raise ended
    return EXIT_OK if stop.is_set() else EXIT_INTERNAL


def _notes(gateway: "Gateway") -> Iterator[str]:
    """Yield what a user would otherwise learn from the first reply: what is refused, and what is generated first."""
    costs = sorted(name for name, model in gateway.catalog.items() if model.capabilities.price != 0 and not model.alias)
    if costs and not gateway.service.paid:
        yield f"{', '.join(costs)}: what may cost money is refused; allow it with --budget or --live"
    for waiting in gateway.store.states((JobState.QUEUED,)).values():
        yield f"jobs of before that wait: {waiting:,}; they are generated first"


def _opened(log: Path) -> TextIO:
    """Return the file of the log, written at its end. Raises UsageError."""
    try:
        return log.open("a", encoding="utf-8")
    except OSError as fault:
        raise UsageError(f"--log {log}: {fault.strerror}", "name a file that can be written") from fault


def _options(project: "Project", given: dict[str, Any]) -> "GatewayOptions":
    from harness.gateway import GatewayOptions

    live, retention, aliases = given.pop("live"), given.pop("retention"), pairs_of(given.pop("aliases"))
    default = given.pop("provider")
    if given["webhook_retries"] is None:
        del given["webhook_retries"]
    budget = given["budget"] if live else project.budget.run
    return GatewayOptions(
        **given
        | {
            "data": given["data"] or project.reports / DATA,
            "reports": project.reports,
            "providers": _providers(project, default, aliases.values()),
            "default": default,
            "aliases": aliases,
            "budget": budget,
            "paid": live or bool(budget),
            "retention": retention * 86400.0,
            "database": given["database"] or os.environ.get(DATABASE) or None,
            "webhook_secret": os.environ.get(SECRET) or None,
        }
    )


def _providers(project: "Project", default: str, targets: Any) -> "dict[str, ProviderSpec]":
    """Return the providers that are served: the project's, the default and those that aliases name."""
    from harness.suite import ProviderSpec

    named = [default, *(target.partition(":")[0] for target in targets)]
    found = dict(project.providers)
    for name in named:
        if name not in found and not name.startswith("painter@"):
            found[name] = ProviderSpec(name, name, root=str(project.root))
    if not found:
        raise UsageError("there is no provider to serve", "name one with --provider")
    return found
