"""The settings in force: flags override the environment, that the project's file, that the built-in values.

Paths of flags start at the working folder; those of the environment and of the file at the project's root.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import UsageError, nearest, printable, warn
from harness.records import REMOTE, ExecutorSpec, StoreOptions, field_trouble, scalar
from harness.suite.project import BUILT_IN, Origin, Project, SpendLimits, absolute, located
from harness.suite.project_file import ProjectFile, find_file, read_project_file, refuse_file_system_root
from harness.vocabulary import ExecutorKind

FLAGS = {
    "suites": "SUITE",
    "baselines": "--baselines",
    "reports": "--reports",
    "budget.run": "--budget",
    "executor.kind": "--executor",
}
"""How each setting is called on the command line."""
VARIABLES = {
    "suites": "HARNESS_SUITES",
    "baselines": "HARNESS_BASELINES",
    "reports": "HARNESS_REPORTS",
    "budget.run": "HARNESS_BUDGET",
    "budget.month": "HARNESS_BUDGET_MONTH",
}
"""The environment variable of each setting; an empty one says nothing."""

FIELD = "HARNESS_ENV_"
"""What variables begin with that state a field of the environment; an empty one says nothing."""
OTHER_VARIABLES = ("HARNESS_USER", "HARNESS_KERNEL", "HARNESS_DATABASE", "HARNESS_WEBHOOK_SECRET")
"""Environment variables that are read elsewhere: who decides, and which kernel compares."""

CACHE = ".store"
"""The folder below that of the runs in which images of a store are cached."""

Layer = tuple[Mapping[str, Any], Mapping[str, Origin]]
"""Settings by name, and where each of them comes from."""


def resolve_project(
    start: Path = Path(),
    *,
    config: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Project:
    """Return the project of a command that starts in ``start``: its file is ``config``, else the nearest one upwards.

    ``flags`` are settings by name (None and empty ones say nothing), ``environment`` the fields of ``--env``. Warns of
    variables that begin with ``HARNESS_`` and are not known. Raises SuiteError for a file that cannot be used,
    UsageError for a flag or a variable.
    """
    path = config if config is not None else find_file(start)
    if config is not None:
        refuse_file_system_root(config)
    file = ProjectFile() if path is None else read_project_file(path)
    root = absolute(start if path is None else path.parent)
    typed = {name: value for name, value in (flags or {}).items() if value is not None and value != ()}
    environ = os.environ if environ is None else environ
    variables = _variables(environ)
    by_variables, by_flags = _fields(environ), _checked(environment or {}, "--env {}")
    fields = {f"environment.{name}": Origin("environment", f"{FIELD}{name.upper()}") for name in by_variables}
    fields |= {f"environment.{name}": Origin("flag", "--env") for name in by_flags}
    settings, origins = settled(
        (
            _layer("flag", typed, FLAGS),
            _layer("environment", variables, VARIABLES),
            (file.settings, file.origins),
        )
    )
    reached = {
        name: Path(settings[name]) if origins[name].layer == "flag" else located(start, root, settings[name])
        for name in ("baselines", "reports")
    }
    if origins["suites"].layer == "flag":
        suites = tuple(map(str, settings["suites"]))
    else:
        suites = tuple(str(located(start, root, pattern)) for pattern in settings["suites"])
    return Project(
        root=root,
        file=path,
        suites=suites,
        budget=SpendLimits(settings["budget.run"], settings["budget.month"]),
        executor=ExecutorSpec(
            ExecutorKind(settings["executor.kind"]),
            settings["executor.address"],
            settings["executor.gpus"],
            settings["executor.cpus"],
        ),
        providers=file.providers,
        defaults=file.defaults,
        viewers=file.viewers,
        servers=file.servers,
        environment=by_variables | by_flags,
        origins={**file.origins, **origins, **fields},
        start=start,
        store=None if file.store is None else _reached_store(file.store, start, root, reached["reports"]),
        **reached,
    )


def _reached_store(store: StoreOptions, start: Path, root: Path, reports: Path) -> StoreOptions:
    """Return a store with its folders as the working folder reaches them."""
    cache = located(start, root, store.cache) if store.cache else reports / CACHE
    if store.url.partition("://")[0] in REMOTE and "://" in store.url:
        return replace(store, cache=str(cache))
    return replace(store, folder=str(located(start, root, store.url.removeprefix("file://"))), cache=str(cache))


def settled(layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Return each setting of the first layer that says it, and its origin there; else what is built in."""
    settings, origins = dict(BUILT_IN), dict.fromkeys(BUILT_IN, Origin("default"))
    for stated, where in reversed(layers):
        settings |= stated
        origins |= {name: where[name] for name in stated}
    return settings, origins


def amount_of(value: Any, where: str) -> float:
    """Return an amount of US dollars. Raises UsageError for a negative one, and for a number that is not finite."""
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = math.nan
    if not math.isfinite(amount) or amount < 0:
        example = f"{where}=2.50" if where.isupper() else f"{where} 2.50"
        raise UsageError(f"{where}: '{value}' is not an amount of US dollars", f"say, for example, {example}")
    return amount


def _variables(environ: Mapping[str, str]) -> dict[str, Any]:
    known = (*VARIABLES.values(), *OTHER_VARIABLES)
    for name in sorted(environ):
        if name.startswith("HARNESS_") and not name.startswith(FIELD) and name not in known:
            warn(f"the environment variable {name} is not known; {nearest(name, known)}")
    stated: dict[str, Any] = {name: environ[key] for name, key in VARIABLES.items() if environ.get(key)}
    if "suites" in stated:
        stated["suites"] = tuple(part for part in stated["suites"].split(os.pathsep) if part)
    return stated


def _fields(environ: Mapping[str, str]) -> dict[str, str | int | bool]:
    """Return the fields of the environment that variables state: HARNESS_ENV_GPU is ``gpu``. Raises UsageError."""
    found: dict[str, str] = {}
    for name, text in sorted(environ.items()):
        if not name.startswith(FIELD) or not text.strip():
            continue
        field = name.removeprefix(FIELD).lower()
        if found.setdefault(field, text) != text:
            raise UsageError(f"{name}: `{printable(field)}` is stated twice, as {found[field]} too", f"unset {name}")
    return _checked(found, f"{FIELD}{{}}")


def _checked(given: Mapping[str, str], called: str) -> dict[str, str | int | bool]:
    """Return fields by name. Raises UsageError for a name that is none, and for one without a value."""
    for name in given:
        if trouble := field_trouble(name):
            shown = called.format(name.upper() if called.startswith(FIELD) else name)
            raise UsageError(
                f"{shown}: `{printable(name)}` {trouble}", "such as --env gpu=L40S, or HARNESS_ENV_GPU=L40S"
            )
        if not given[name].strip():
            raise UsageError(f"{called.format(name)} has no value", "such as --env gpu=L40S")
    return {name: scalar(text) for name, text in given.items()}


def _layer(kind: str, stated: Mapping[str, Any], called: Mapping[str, str]) -> Layer:
    amounts = {name: amount_of(value, called[name]) for name, value in stated.items() if name.startswith("budget.")}
    return {**stated, **amounts}, {name: Origin(kind, called[name]) for name in stated}
