"""``harness schema``."""

import click

from harness.cli.examples import examples


@click.command(name="schema", epilog=examples("harness schema > suite.schema.json"))
def command() -> None:
    """Print the JSON Schema of a suite, for editors and other programs."""
    from harness.suite import schema_text

    click.echo(schema_text(), nl=False)
