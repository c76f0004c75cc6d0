"""``harness reject``."""

from typing import Any

import click

from harness.cli.decide import changes_shown, decided, decision_options
from harness.cli.examples import examples


@click.command(
    name="reject",
    epilog=examples(
        'harness reject --case two-circles --reason "three circles"',
        'harness reject --case two-circles --baseline --reason "never was right"',
    ),
)
@decision_options
@click.option("--baseline", is_flag=True, help="The accepted image is the wrong one: take it out.")
def command(baseline: bool, as_json: bool, **given: Any) -> None:
    """Record that images of RUN (default: latest) are wrong. The baseline is kept.

    With --baseline the image that is accepted now is the wrong one: it is taken out, and what it replaced is accepted
    again. Trials that are named (--key, --case …) are then chosen whatever their verdict.
    """
    from harness.baseline import reject

    _, baselines, folder, chosen, signed = decided(given, "What is wrong with them?")
    changes_shown(
        reject(baselines, folder, chosen, **signed, baseline=baseline), "rejected", as_json=as_json, run=folder
    )
