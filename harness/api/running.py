"""``harness.run``: a suite through the one runner, and its results."""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias, Unpack

from harness.api.baselines import Baselines, Choice
from harness.api.images import Image
from harness.api.suites import Suite
from harness.baseline import Change
from harness.errors import EXIT_OK, UsageError
from harness.ledger import iter_results, read_image
from harness.provider import Provider, object_adapter
from harness.records import RunRecord, TrialResult
from harness.report import notebook, plural, write_report
from harness.runner import (
    Listener,
    NotApprovedError,
    RunOptions,
    approved,
    cost_of,
    enough,
    estimate,
    execute,
    exit_code,
    plan_of,
)
from harness.suite import Plan, Project, ProviderSpec, resolve_project
from harness.vocabulary import Verdict

AnyPath: TypeAlias = str | os.PathLike[str]
SuiteSource: TypeAlias = Suite | AnyPath


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run as it ended. A notebook shows it.

    ``record`` has its totals, ``folder`` its files, ``plan`` the trials that it was made of.
    """

    record: RunRecord
    folder: Path
    plan: Plan = field(repr=False)
    baselines: Baselines

    @property
    def results(self) -> tuple[TrialResult, ...]:
        """The result of each trial, in the order they finished."""
        return tuple(iter_results(self.folder))

    @property
    def exit_code(self) -> int:
        """As of ``harness run``: 0 all proven fine, 1 findings, 3 only missing images, 130 interrupted."""
        return exit_code(self.record)

    @property
    def ok(self) -> bool:
        """Whether every image is proven fine."""
        return self.exit_code == EXIT_OK

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many trials had each verdict."""
        return {Verdict(name): count for name, count in self.record.totals.items()}

    def image(self, result: TrialResult) -> Image | None:
        """Return the image of a result; None where none came. Raises ImageLostError."""
        return None if result.image is None else Image(read_image(self.folder, result.image), name=str(result.key))

    def report(self, *, single_file: bool = False) -> Path:
        """Write the page of the run (with JUnit XML and Markdown beside it); returns its path."""
        return write_report(self.folder, baselines=self.baselines.root, single_file=single_file)["html"]

    def accept(
        self,
        reason: str,
        *,
        who: str | None = None,
        add: bool = False,
        unproven: bool = False,
        **choice: Unpack[Choice],
    ) -> list[Change]:
        """Make images of this run the baselines: see :meth:`harness.Baselines.accept`."""
        return self.baselines.accept(self, reason, who=who, add=add, unproven=unproven, **choice)

    def __repr__(self) -> str:
        return f"<harness.Run {self.record.run}: {notebook.counts(self.record)}>"

    def _repr_html_(self) -> str:
        return notebook.run_html(self.folder, self.record, self.exit_code, self.baselines.root)


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
    resume: Run | None = None,
    rerun: Collection[Verdict] = (),
    listeners: Sequence[Listener] = (),
) -> Run:
    """Generate suites and judge every image against its baseline, as ``harness run`` does.

    ``suites`` are YAML files, folders of them, or :class:`harness.Suite`; without any, the project's. ``provider``
    replaces the suites' own: its name, or an object that is a :class:`harness.Provider` (which is not
    closed). ``budget`` in US dollars allows what costs money, up to this; without one, and without one of the project,
    nothing that costs is generated. ``settings`` are the pairs of ``--set``; ``resume`` is a run to go on with, and
    ``rerun`` the verdicts without an image that are then generated again. The other arguments are the options of the
    same names. ``listeners`` are called with each event, once it is in the ledger.

    A failed image is a result, never an exception. Raises SuiteError with every problem of the suites;
    UsageError for an argument, and where something may cost money and is not approved.
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
        resume=None if resume is None else resume.folder,
        rerun=tuple(rerun),
        cache=_path(cache),
        record=_path(record),
        replay=_path(replay),
    )
    plan = plan_of(options)
    rows = estimate(plan, options)
    refused = partial(_refused, plural(sum(row.trials for row in rows), "trial"))
    with approved(project, cost_of(rows), refused=refused, live=budget is not None, resume=options.resume) as left:
        ended, place = execute(plan, replace(options, budget=left), listeners)
    return Run(ended, place, plan, Baselines(project.baselines))


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
