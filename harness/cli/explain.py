"""``harness explain``."""

from typing import TYPE_CHECKING, Any

import click

from harness.cli.completing import cases, runs
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import echo, print_json
from harness.cli.project import project_of

if TYPE_CHECKING:
    from harness.records import VerdictExplanation


@click.command(
    name="explain",
    epilog=examples(
        "harness explain latest two-circles/base-s0",
        "harness explain latest quickstart/house/base-s0 --json",
    ),
)
@click.argument("run", shell_complete=runs)
@click.argument("key", shell_complete=cases)
@click.option(
    "--attempt", type=click.IntRange(0), help="Which generation of the trial; the first where it is left out."
)
@project_options
@json_option
def command(run: str, key: str, attempt: int | None, as_json: bool, **given: Any) -> int:
    """Show how one verdict of a RUN follows from its evidence, so that it can be computed again.

    KEY is suite/case/variant-sSEED as reports print it, or an end of it that fits one trial (a case). Evidence, rule,
    numbers, formulas and their sources are printed in order. Nothing is judged anew: where a number computed again is
    not the recorded one, both are shown.
    """
    from harness.judge import explain
    from harness.ledger import find_run, find_trial

    explanation = explain(find_trial(find_run(project_of(given).reports, run), key, attempt))
    if as_json:
        print_json({"explanation": explanation, "formulas": _formulas(explanation)})
    else:
        _print(explanation)
    return 0


def _formulas(explanation: "VerdictExplanation") -> dict[str, dict[str, str]]:
    from harness.report import FORMULAS

    used = dict.fromkeys(step.formula for step in explanation.steps)
    return {formula: FORMULAS[formula]._asdict() for formula in used}


def _print(explanation: "VerdictExplanation") -> None:
    from harness.report import FORMULAS, explained, sentence

    echo(f"{explanation.key}, generation {explanation.attempt}: {explanation.verdict} ({explanation.status})")
    for number, (step, shown) in enumerate(zip(explanation.steps, explained(explanation), strict=True), 1):
        words = FORMULAS[step.formula]
        echo(f"\n{number:>2}. {words.name}: {shown.value}")
        if shown.trouble:
            echo(f"    {shown.trouble}: the numbers here give something else")
        if shown.inputs:
            echo(f"    with     {shown.inputs}")
        echo(f"    formula  {words.expression}")
        if words.origin:
            echo(f"    source   {words.origin}")
    for title, reasons in (("reasons", explanation.reasons), ("warnings", explanation.warnings)):
        if reasons:
            echo(f"\n{title}:")
        for reason in reasons:
            echo(f"  {reason.code}: {sentence(reason)}")
