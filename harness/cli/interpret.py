"""``harness interpret``."""

import click

from harness.cli.options import json_option
from harness.cli.output import print_json


@click.command(name="interpret")
@click.argument("prompt")
@click.option("--negative", default="", metavar="WORDS", help="What must not be seen, as a negative prompt.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**63 - 1), help="Settles 'three or four'."
)
@click.option("--base", metavar="PROMPT", help="The scene that 'the same … but' starts from.")
@json_option
def command(prompt: str, negative: str, seed: int, base: str | None, as_json: bool) -> None:
    """Show how PROMPT is understood: every step, the scene, and the words that were not understood."""
    from harness.prompt import explain, interpret

    scene = interpret(prompt, negative_prompt=negative, seed=seed, base=interpret(base, seed=seed) if base else None)
    if as_json:
        print_json(scene)
        return
    for line in explain(scene):
        click.echo(line)
