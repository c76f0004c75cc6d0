"""The project that a command runs in, with its flags applied."""

from typing import TYPE_CHECKING, Any

from harness.cli.options import pairs_of
from harness.errors import warn
from harness.vocabulary import ExecutorKind

if TYPE_CHECKING:
    from harness.suite import Project


def project_of(given: dict[str, Any]) -> "Project":
    """Return the project in force for the arguments of a command: its project options are taken out of them, and its
    suites replaced by their files and folders. Raises SuiteError and UsageError."""
    from harness.suite import resolve_project

    flags = {name: given.pop(name) for name in ("baselines", "reports")}
    flags |= {"suites": given.get("suites"), "budget.run": given.get("budget")}
    flags |= {"executor.kind": given.pop("executor", None)}
    stated = pairs_of(given.pop("env", ()), "--env")
    project = resolve_project(config=given.pop("config"), flags=flags, environment=stated)
    if "suites" in given:
        given["suites"] = project.suite_paths()
    return project


def generates_here(project: "Project") -> "Project":
    """Return the project of a command that generates on this machine: warns where the project names a cluster, which
    only a run is handed to."""
    if project.executor.kind != ExecutorKind.LOCAL:
        origin = project.origins["executor.kind"]
        warn(f"executor {project.executor.kind} ({origin}) is that of a run: this generates on this machine")
    return project


def in_force(project: "Project") -> dict[str, Any]:
    """Return what a project says of the options of a run."""
    return {
        "project": project,
        "reports": project.reports,
        "baselines": project.baselines,
        "budget": project.budget.run,
    }


def budget_reached(project: "Project", budget: float | None) -> str:
    """Return what to say of a command that stopped because its ``budget`` in US dollars was reached."""
    run, month = project.budget.run, project.budget.month
    if month is not None and (run is None or budget is None or budget < run):
        origin = project.origins["budget.month"]
        where = f"the month's budget of ${month:g} (UTC; {origin})"
        return f"{where} is reached: raise it and continue with --resume, or begin a new run next month"
    if run == 0:
        return f"the budget is $0 ({project.origins['budget.run']}): no paid call was made"
    return f"the budget of ${run or 0:g} is reached: raise --budget and continue with --resume"
