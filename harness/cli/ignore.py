"""``harness ignore``."""

from datetime import date, datetime
from typing import Any

import click

from harness.cli.decide import changes_shown, decided, decision_options
from harness.cli.examples import examples
from harness.cli.options import refuse_unused


@click.command(
    name="ignore",
    epilog=examples(
        'harness ignore --case house --owner ada --until 2030-01-31 --reason "a bug"',
        'harness ignore --case house --undo --reason "fixed"',
    ),
)
@decision_options
@click.option("--owner", help="Owner of this exception.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, such as 2030-01-31.")
@click.option("--undo", "unignore", is_flag=True, help="Remove an ignore.")
def command(owner: str | None, until: datetime | None, unignore: bool, as_json: bool, **given: Any) -> None:
    """Exclude trials of RUN (default: latest) from the exit code until a day.

    They are still generated, judged and shown. After that day they count again. With --undo trials that are named
    (--key, --case …) are chosen whatever their verdict.
    """
    from harness import baseline

    if unignore:
        refuse_unused("with --undo", "owner", "until")

    _, baselines, folder, selection, signed = decided(given, "Why may it differ for now?")
    keys = baseline.choose(folder, selection.whatever_verdict() if unignore else selection)
    if unignore:
        changes_shown(baseline.unignore(baselines, keys, **signed), "unignored", as_json=as_json)
        return
    if owner is None or until is None:
        raise click.UsageError("an ignore needs --owner NAME and --until YYYY-MM-DD, so that it ends")
    changes = baseline.ignore(baselines, keys, **signed, owner=owner, until=until.date(), today=date.today())
    changes_shown(changes, "ignored", as_json=as_json, run=folder)
