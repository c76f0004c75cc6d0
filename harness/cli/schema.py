"""``harness schema``."""

import click


@click.command(name="schema")
def command() -> None:
    """Print the JSON Schema of a suite, for editors and other programs."""
    from harness.suite import schema_text

    click.echo(schema_text(), nl=False)
