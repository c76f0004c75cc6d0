"""``harness completion``."""

import click

from harness.cli.examples import examples


@click.command(
    name="completion",
    epilog=examples(
        'eval "$(harness completion bash)"  # in ~/.bashrc',
        'eval "$(harness completion zsh)"   # in ~/.zshrc',
        "harness completion fish > ~/.config/fish/completions/harness.fish",
    ),
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print what makes SHELL complete commands, options, files, runs and cases."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root.command, {}, "harness", "_HARNESS_COMPLETE").source())
