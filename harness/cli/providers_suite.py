"""``harness providers --explain NAME --suite SUITE``: how each word is treated that a suite asks for."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.output import table
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.provider import Asked
    from harness.suite import Project


def planned(suite: Path, name: str, project: "Project") -> tuple[Mapping[str, Any], list["Asked"]]:
    """Return the providers of a suite, and what its cases ask of the one of this name. Raises SuiteError and
    UsageError."""
    from harness.provider import asked_of, capabilities_of
    from harness.records import Recipe
    from harness.suite import load

    plan = load([suite], project=project, capabilities=capabilities_of)
    recipes = [
        Recipe(variant.request if variant.seeds is None else replace(variant.request, seed=0), variant.subject)
        for variant in plan.variants()
        if variant.subject.provider == name
    ]
    if not recipes:
        raise UsageError(f"{suite} asks nothing of `{name}`", f"it asks {', '.join(sorted(plan.providers))}")
    spec = plan.providers[name]
    return {name: spec}, asked_of(spec.kind, spec.options, recipes, name=name)


def print_asked(screen: Any, asked: list["Asked"]) -> None:
    """Print what a suite asks for and how it is treated; the models only where there are several."""
    several = len({one.model for one in asked}) > 1
    listed = table("word", "asked", *(["model"] if several else []), "means")
    for one in asked:
        listed.add_row(one.word, one.value, *([one.model or ""] if several else []), one.means)
    screen.print()
    screen.print(listed)
