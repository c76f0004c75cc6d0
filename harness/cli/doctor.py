"""``harness doctor``."""

from typing import Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import console, print_json, table
from harness.cli.project import project_of
from harness.errors import EXIT_FINDING, HarnessError

STYLES = {"ok": "green", "info": "dim", "warning": "yellow", "fault": "red"}


@click.command(name="doctor", epilog=examples("harness doctor"))
@project_options
@json_option
def command(as_json: bool, **given: Any) -> int:
    """Check this installation and the project: Python, native parts, extras, suites, baselines, keys, git.

    Nothing is generated or sent, and no key is shown.
    Exit codes: 0 no fault · 1 a fault that would stop a run.
    """
    from harness.cli import doctor_checks as checks

    found = list(checks.installation())
    try:
        project = project_of(given)
    except HarnessError as fault:
        found.append(checks.Finding("project", "file", "fault", str(fault), fault.hint))
    else:
        for look in (checks.project_files, checks.providers, checks.repository):
            found += look(project)
    code = EXIT_FINDING if any(one.state == "fault" for one in found) else 0
    if as_json:
        print_json({"exit_code": code, "checks": [vars(one) for one in found]})
        return code
    _print(found)
    return code


def _print(found: list[Any]) -> None:
    from rich.text import Text

    screen, area = console(), ""
    grid = table("", "", "", "", head=False)
    for one in found:
        if one.area != area:
            grid.add_row(Text(one.area, "bold"), "", "", "")
            area = one.area
        text = Text(one.detail)
        if one.hint and one.state != "ok":
            text.append(f"\n→ {one.hint}", "dim")
        grid.add_row(Text(f"  {one.name}"), Text(one.state, STYLES[one.state]), text)
    screen.print(grid)
