"""``harness config``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, suites_argument
from harness.cli.output import console, print_json, say, table

if TYPE_CHECKING:
    from harness.suite import Origin, Project


@click.command(
    name="config",
    epilog=examples(
        "harness config",
        "harness config suites --budget 2",
    ),
)
@suites_argument
@click.option("--budget", type=click.FloatRange(0), metavar="USD", help="As of `harness run`.")
@project_options
@json_option
def command(suites: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Show the settings in force and where each comes from: a flag, an environment variable, the project's file, or the
    default.

    Flags override the environment, which overrides the file. The file is harness.toml, or [tool.harness] in
    pyproject.toml, of the nearest folder upwards; that folder is the project's root.
    """
    from harness.suite import resolve_project

    flags = {"suites": suites, "baselines": given["baselines"], "reports": given["reports"]}
    project = resolve_project(config=given["config"], flags=flags | {"budget.run": given["budget"]})
    rows = _rows(project)
    if as_json:
        settings = [{"name": name, "value": value, **_origin(origin)} for name, value, _, origin in rows]
        print_json({"root": str(project.root), "file": project.file and str(project.file), "settings": settings})
        return
    from rich.text import Text

    screen = console()
    found = f" ({project.file})" if project.file is not None else " (no harness.toml here or above)"
    say(screen, f"project: {project.root}{found}")
    listed = table("setting", "value", "from")
    for name, _, shown, origin in rows:
        listed.add_row(name, Text(shown), Text(str(origin), "dim" if origin.layer == "default" else ""))
    screen.print(listed)


def _shown(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in options.items())


def _rows(project: "Project") -> "list[tuple[str, Any, str, Origin]]":
    """Return each setting with its value, how it is shown, and its origin."""
    from harness.records import to_json
    from harness.suite import Origin

    origins = project.origins
    suites = [_suite(project, pattern) for pattern in project.suites]
    rows: list[tuple[str, Any, str, Origin]] = [
        ("suites", list(project.suites), ", ".join(suites), origins["suites"]),
        ("baselines", str(project.baselines), str(project.baselines), origins["baselines"]),
        ("reports", str(project.reports), str(project.reports), origins["reports"]),
    ]
    for name in ("run", "month"):
        limit = getattr(project.budget, name)
        rows.append((f"budget.{name}", limit, _budget(limit), origins[f"budget.{name}"]))
    if project.store is not None:
        store = {name: value for name, value in to_json(project.store).items() if value != ""}
        rows.append(("store", store, _shown(store), origins["store"]))
    executor = project.executor
    for name, value in (
        ("kind", str(executor.kind)),
        ("address", executor.address),
        ("gpus", executor.gpus),
        ("cpus", executor.cpus),
    ):
        if origins[f"executor.{name}"].layer != "default" or name == "kind":
            rows.append((f"executor.{name}", value, f"{value}", origins[f"executor.{name}"]))
    for name, value in project.environment.items():
        rows.append((f"environment.{name}", value, str(value), origins[f"environment.{name}"]))
    for name, spec in project.providers.items():
        options = {"kind": spec.kind, **to_json(dict(spec.options))}
        rows.append((f"providers.{name}", options, _shown(options), Origin("file", spec.defined)))
    for name, definition in project.servers.items():
        rows.append((f"servers.{name}", dict(definition), _shown(definition), origins["servers"]))
    for key, value in _defaults(project).items():
        rows.append((f"defaults.{key}", value, str(value), origins["defaults"]))
    return rows


def _defaults(project: "Project") -> dict[str, Any]:
    from harness.records import to_json

    return {key: value if isinstance(value, str) else to_json(value) for key, value in project.defaults.items()}


def _suite(project: "Project", pattern: str) -> str:
    from harness.suite import matching

    return pattern if matching(pattern) or project.origins["suites"].layer == "flag" else f"{pattern} (is not there)"


def _budget(limit: float | None) -> str:
    return "no limit" if limit is None else f"${limit:g}" if limit else "$0: paid calls disabled"


def _origin(origin: "Origin") -> dict[str, str]:
    return {"layer": origin.layer, "where": str(origin) if origin.where else ""}
