"""``harness interpret``."""

from typing import Any

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
@click.option(
    "--interpreter",
    "kind",
    type=click.Choice(("grammar", "llm")),
    default="grammar",
    show_default=True,
    help="Rules that run here, or a chat model.",
)
@click.option("--model", metavar="NAME", help="The chat model.")
@click.option("--base-url", metavar="URL", help="Its server, such as http://127.0.0.1:8080/v1.")
@click.option("--api-key-env", metavar="NAME", help="The environment variable that holds the key.")
@json_option
def command(
    prompt: str, negative: str, seed: int, base: str | None, kind: str, as_json: bool, **reached: str | None
) -> None:
    """Show how PROMPT is understood: every step, the scene, and the words that were not understood."""
    from harness.prompt import explain, interpret
    from harness.records import to_json

    start = interpret(base, seed=seed) if base else None
    reader = _reader(kind, reached)
    try:
        scene = reader.interpret(prompt, negative_prompt=negative, seed=seed, base=start)
    finally:
        if kind == "llm":
            reader.interpreter.close()
    if as_json:
        replies = {"interpreter": reader.environment(), "interpretation": reader.story(seed)} if kind == "llm" else {}
        print_json(to_json(scene) | replies)
        return
    for line in explain(scene):
        click.echo(line)
    if kind == "llm":
        click.echo(_asked(reader))


def _reader(kind: str, reached: dict[str, str | None]) -> Any:
    """The interpreter; of a chat model a session, which keeps what it took."""
    from harness.errors import UsageError
    from harness.prompt import GrammarInterpreter, LlmInterpreter, LlmSettings

    given = [f"--{name.replace('_', '-')}" for name, value in reached.items() if value is not None]
    if kind == "grammar":
        if given:
            raise UsageError(f"{given[0]} is for a chat model", "add --interpreter llm")
        return GrammarInterpreter()
    if not reached["model"] or not reached["base_url"]:
        raise UsageError("--interpreter llm needs --model and --base-url", "the key is named by --api-key-env")
    return LlmInterpreter(LlmSettings(reached["model"], reached["base_url"], reached["api_key_env"])).session()


def _asked(session: Any) -> str:
    """Who was asked, how often, and what it cost."""
    replies, asked = session.replies, session.interpreter.settings.model
    served = replies.served.get("served_model", asked)
    name = asked if served == asked else f"{asked} (served by {served})"
    cost = "cost unknown" if replies.cost is None else f"${replies.cost:.6f}".rstrip("0").rstrip(".")
    calls = "1 call" if len(replies.calls) == 1 else f"{len(replies.calls)} calls"
    return f"read by {name}: {calls}, {cost}"
