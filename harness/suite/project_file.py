"""Finding a project's file, and reading it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import FieldError
from harness.records import StoreOptions, ViewerSpec, remote_trouble, url_trouble
from harness.suite.key_rules import check_providers
from harness.suite.layers import layer_of, over
from harness.suite.problem import Problem, SuiteError
from harness.suite.project import FILE, PYPROJECT, Origin, absolute
from harness.suite.project_model import ProjectEntry, StoreEntry
from harness.suite.provider_spec import ProviderSpec
from harness.suite.read import SuiteFile, problem_at, validated
from harness.suite.servers import Servers, read_servers, with_server_of
from harness.suite.toml_tree import read_toml
from harness.suite.viewers import viewer_of

TABLE = ("tool", "harness")
_MARK = b"tool.harness"


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What the file says: ``settings`` by name, and the origin of each."""

    path: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    providers: Mapping[str, ProviderSpec] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    viewers: Mapping[str, ViewerSpec] = field(default_factory=dict)
    servers: Servers = field(default_factory=dict)
    store: StoreOptions | None = None


def find_file(start: Path) -> Path | None:
    """Return the nearest file upwards from ``start`` that makes its folder a project's root. Raises SuiteError for two
    of them in one folder, and for one in the root of a file system."""
    for folder in _upwards(start):
        own = [path for path in (folder / FILE, folder / PYPROJECT) if _is_root(path)]
        if len(own) > 1:
            message = f"the folder has two project files: this one, and [tool.harness] in {own[1]}"
            raise SuiteError([Problem(str(own[0]), message, "keep one of the two")])
        if own:
            refuse_file_system_root(own[0])
            return own[0]
    return None


def refuse_file_system_root(path: Path) -> None:
    """Raise SuiteError for a project that would hold a whole file system."""
    folder = absolute(path).parent
    if folder == folder.parent:
        message = f"{folder} is the root of a file system, and cannot be that of a project"
        raise SuiteError([Problem(str(path), message, "move the file into the folder of your project")])


def read_project_file(path: Path) -> ProjectFile:
    """Return a ``harness.toml``, or the table of a ``pyproject.toml``. Raises SuiteError with all problems found."""
    source = project_source(path)
    entry = validated(source, ProjectEntry)
    check_providers(entry.providers, source)
    check_providers(entry.viewers, source, "viewers")
    servers = read_servers(entry.servers, source)
    store = None if entry.store is None else _store(entry.store, source)
    try:
        defaults = over({}, layer_of(entry.defaults))
    except FieldError as fault:
        defaults = {}
        source.complain(("defaults", "size"), fault.message, fault.hint)
    providers = {}
    for name, one in entry.providers.items():
        where = _where(source, ("providers", name))
        spec = ProviderSpec(name, one.kind, dict(one.__pydantic_extra__), str(path.parent), where)
        try:
            providers[name] = with_server_of(spec, servers)
        except FieldError as fault:
            source.complain(("providers", name, "server"), fault.message, fault.hint)
    source.raise_problems()
    stated: dict[str, Any] = {name: getattr(entry, name) for name in ("suites", "baselines", "reports")}
    stated |= {f"budget.{name}": getattr(entry.budget, name) for name in ("run", "month")}
    stated |= {f"executor.{name}": getattr(entry.executor, name) for name in ("kind", "address", "gpus", "cpus")}
    settings = {name: value for name, value in stated.items() if value is not None}
    if "suites" in settings:
        settings["suites"] = tuple(settings["suites"])
    viewers = {name: viewer_of(name, one, path.parent) for name, one in entry.viewers.items()}
    origins = {name: _origin(source, tuple(name.split("."))) for name in settings}
    origins |= {
        name: _origin(source, (name,))
        for name in ("providers", "viewers", "servers", "defaults", "store")
        if getattr(entry, name)
    }
    return ProjectFile(path, settings, origins, providers, defaults, viewers, servers, store)


def _store(entry: StoreEntry, source: SuiteFile) -> StoreOptions:
    """Return the options of a store; complains about addresses that cannot be used, or hold what must not be
    recorded."""
    hint = "such as s3://bucket/prefix; credentials are read from the environment (docs/store.md)"
    for name, trouble in (("url", url_trouble(entry.url)), ("endpoint", remote_trouble(entry.endpoint or ""))):
        if trouble:
            source.complain(("store", name), f"`{name}` {trouble}", hint)
    if (entry.endpoint or "").startswith("http://") and not entry.allow_http:
        source.complain(("store", "endpoint"), "`endpoint` is not encrypted", "https://, or say allow_http = true")
    return StoreOptions(**{name: value for name, value in entry.model_dump().items() if value is not None})


def project_source(path: Path) -> SuiteFile:
    """Return the parts of a project's file, each with its place. Raises SuiteError."""
    source = read_toml(path, TABLE if path.name == PYPROJECT else ())
    if source is None:
        raise SuiteError([Problem(str(path), "has no table [tool.harness]", f"add it, or name a {FILE}")])
    return source


def _upwards(start: Path) -> Iterator[Path]:
    yield start
    up = start
    for _ in absolute(start).parents:
        up = up / os.pardir
        yield Path(os.path.normpath(up))


def _is_root(path: Path) -> bool:
    """Return whether this file makes its folder a root; a pyproject.toml without the table does not."""
    if path.name == FILE or not path.is_file():
        return path.is_file()
    try:
        mentioned = _MARK in path.read_bytes().replace(b" ", b"")
    except OSError:
        return False
    return mentioned and read_toml(path, TABLE) is not None


def _origin(source: SuiteFile, where: tuple[str, ...]) -> Origin:
    place = source.place(where, at_key=True)
    return Origin("file", _where(source, where), problem_at(source.path, source.lines, place, ""))


def _where(source: SuiteFile, where: tuple[str, ...]) -> str:
    return f"{source.path}:{source.place(where, at_key=True).line}"
