"""``harness accept``."""

from pathlib import Path

import click

from harness.cli.decide import changes_told, choice_options, reason_of, selection_of
from harness.cli.options import baselines_option, json_option, reports_option


@click.command(name="accept")
@choice_options
@click.option("--reason", help="Why: kept in the manifest and log.")
@click.option("--who", help="Who accepts  [default: git's user name]")
@click.option("--also", "add", is_flag=True, help="Keep what was accepted before, and accept this as well.")
@click.option("--unproven", is_flag=True, help="Accept pictures that were not shown to repeat.")
@reports_option
@baselines_option
@json_option
def command(
    run: str,
    reason: str | None,
    who: str | None,
    add: bool,
    unproven: bool,
    reports: Path,
    baselines: Path,
    as_json: bool,
    **choice: tuple[str, ...],
) -> None:
    """Make pictures of RUN (default: latest) the baselines.

    Without a choice, those that need a decision: new, drift, incomparable, inconclusive. Only what is meant is
    rewritten. Where a picture should repeat exactly it must have been drawn twice the same; where that can be done
    here at no cost, it is drawn again now.
    """
    from harness.baseline import Baselines, accept, whoami
    from harness.ledger import find_run
    from harness.run import redraw

    folder = find_run(reports, run)
    changes = accept(
        Baselines(baselines),
        folder,
        selection_of(choice),
        reason=reason_of(reason, "Why are these pictures right?"),
        who=who or whoami(),
        unproven=unproven,
        add=add,
        redraw=redraw(folder),
    )
    changes_told(changes, "accepted", as_json=as_json)
