"""``harness reject``."""

from typing import Any

import click

from harness.cli.decide import changes_shown, decided, decision_options


@click.command(name="reject")
@decision_options
@click.option("--baseline", is_flag=True, help="Remove the accepted image: it is the one that is wrong.")
def command(baseline: bool, as_json: bool, **given: Any) -> None:
    """Record that images of RUN (default: latest) are wrong. The baseline is kept."""
    from harness.baseline import reject

    _, baselines, folder, chosen, signed = decided(given, "What is wrong with them?")
    changes_shown(reject(baselines, folder, chosen, **signed, baseline=baseline), "rejected", as_json=as_json)
