"""``harness.run``: a suite through the one runner, and its results."""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from harness.api.baselines import Baselines
from harness.api.runs import AnyPath, Run
from harness.api.suites import Suite
from harness.errors import UsageError
from harness.provider import Provider, object_adapter
from harness.report import plural
from harness.runner import (
    Listener,
    NotApprovedError,
    RunOptions,
    approved,
    cost_of,
    enough,
    estimate,
    execute,
    plan_of,
    unfinished,
)
from harness.suite import Project, ProviderSpec, resolve_project
from harness.vocabulary import Verdict

SuiteSource: TypeAlias = Suite | AnyPath


def run(
    suites: SuiteSource | Sequence[SuiteSource] = (),
    *,
    provider: str | Provider | None = None,
    budget: float | None = None,
    settings: Mapping[str, str | int | float | bool] | None = None,
    cases: Collection[str] = (),
    tags: Collection[str] = (),
    repeats: int = 1,
    baselines: AnyPath | None = None,
    reports: AnyPath | None = None,
    cache: AnyPath | None = None,
    record: AnyPath | None = None,
    replay: AnyPath | None = None,
    resume: Run | AnyPath | None = None,
    rerun: Collection[Verdict] = (),
    listeners: Sequence[Listener] = (),
) -> Run:
    """Generate suites and judge every image against its baseline, as ``harness run`` does.

    ``suites`` are YAML files, folders of them, or :class:`harness.Suite`; without any, the project's. ``provider``
    replaces the suites' own: its name, or an object that is a :class:`harness.Provider` (which is not
    closed). ``budget`` in US dollars allows what costs money, up to this; without one, and without one of the project,
    nothing that costs is generated. ``settings`` are the pairs of ``--set``; ``resume`` is a run to go on with (a
    :class:`Run`, its name or folder, or ``latest``: the newest of these suites that is unfinished), and ``rerun`` the
    verdicts without an image that are then generated again. The other arguments are the options of the same names.
    ``listeners`` are called with each event, once it is in the ledger.

    A failed image is a result, never an exception. Raises SuiteError with every problem of the suites;
    UsageError for an argument, and where something may cost money and is not approved; RunNotFoundError for a run to
    resume that is not there.
    """
    given = [suites] if isinstance(suites, (Suite, str, os.PathLike)) else list(suites)
    files = tuple(str(suite) for suite in given if not isinstance(suite, Suite))
    flags = {"suites": files, "baselines": baselines, "reports": reports, "budget.run": budget}
    project = resolve_project(flags=flags)
    sources = tuple(suite.source if isinstance(suite, Suite) else Path(suite) for suite in given)
    stated = {key: value if isinstance(value, str) else json.dumps(value) for key, value in (settings or {}).items()}
    if isinstance(provider, str):
        stated["provider"] = provider
    elif provider is not None:
        stated["provider"], project = _with_provider(project, provider)
    options = RunOptions(
        suites=sources or project.suite_paths(),
        reports=project.reports,
        baselines=project.baselines,
        project=project,
        overrides=stated,
        cases=tuple(cases),
        tags=tuple(tags),
        repeats=repeats,
        budget=project.budget.run,
        executor=project.executor,
        rerun=tuple(rerun),
        cache=_path(cache),
        record=_path(record),
        replay=_path(replay),
    )
    options = replace(options, resume=_to_resume(resume, options))
    plan = plan_of(options)
    rows = estimate(plan, options)
    refused = partial(_refused, plural(sum(row.trials for row in rows), "trial"))
    with approved(project, cost_of(rows), refused=refused, live=budget is not None, resume=options.resume) as left:
        ended, place = execute(plan, replace(options, budget=left), listeners)
    return Run(ended, place, plan, Baselines(project.baselines))


def _to_resume(run: Run | AnyPath | None, options: RunOptions) -> Path | None:
    """Return the folder of the run to go on with. Raises UsageError, RunNotFoundError."""
    if run is None or isinstance(run, Run):
        return None if run is None else run.folder
    return unfinished(options.reports, str(run), tuple(map(Path, options.recorded_suites)), options.rerun)


def _with_provider(project: Project, provider: object) -> tuple[str, Project]:
    """Return the name of a provider that was made in Python, and the project with it among its own."""
    if not isinstance(provider, Provider):
        hint = "it needs name, kind, capabilities, generate and close: see harness.Provider"
        raise UsageError(f"provider: a {type(provider).__name__} is no provider", hint)
    own = ProviderSpec(provider.name, provider.kind, defined="Python", adapter=object_adapter(provider))
    return own.name, replace(project, providers={**project.providers, own.name: own})


def _refused(what: str, cost: float | None) -> UsageError:
    amount = "1.00" if cost is None else f"{enough(cost):.2f}"
    more = "; and state `price:` under `providers:`" if cost is None else ""
    return NotApprovedError.of(what, cost, f"allow it up to an amount: harness.run(..., budget={amount}){more}")


def _path(path: AnyPath | None) -> Path | None:
    return None if path is None else Path(path)
