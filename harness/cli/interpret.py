"""``harness interpret``."""

import json
from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, money_options, project_options, refuse_unused
from harness.cli.output import echo, print_json
from harness.cli.project import project_of
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.prompt import LlmInterpreter
    from harness.provider import Output


@click.command(
    name="interpret",
    epilog=examples(
        'harness interpret "a house at night, no moon, and three or four small stars"',
        'harness interpret "the same but blue" --base "a red house"',
        'harness interpret "two red circles" --questions  # as checks of a suite',
    ),
)
@click.argument("prompt")
@click.option("--negative", default="", metavar="WORDS", help="Negative prompt: what the image must not show.")
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**64 - 1),
    help="Chooses between alternatives such as 'three or four'.",
)
@click.option("--base", metavar="PROMPT", help="The scene that 'the same … but' refers to.")
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
@click.option(
    "--price", type=click.FloatRange(0), metavar="USD", help="Price of an interpretation in US dollars; 0: free."
)
@click.option("--questions", is_flag=True, help="Show the checks that `checks: auto` derives, as YAML.")
@click.option("--viewer", metavar="NAME", help="With --questions: the viewer of the checks: shapes, or a vlm.")
@money_options
@project_options
@json_option
def command(
    prompt: str,
    negative: str,
    seed: int,
    base: str | None,
    kind: str,
    price: float | None,
    questions: bool,
    viewer: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Show how PROMPT is understood: every step, the scene, and the words that were not understood; or, with
    --questions, what an image of it must answer.

    The cost of a chat model is approved, budgeted and recorded as that of images is.
    """
    from harness.prompt import Scene, explain, interpret
    from harness.records import Request, from_json, to_json

    if questions:
        refuse_unused("with --questions", "base", "seed")
    else:
        refuse_unused("without --questions", "viewer")
    start = interpret(base, seed=seed) if base else None
    project = project_of(given)
    reader = _reader(kind, {name: given.pop(name) for name in ("model", "base_url", "api_key_env")}, price)
    if questions:
        from harness.cli.interpret_questions import show_questions

        try:
            show_questions(reader, Request(prompt, negative, seed), viewer, project, given, as_json=as_json)
        finally:
            if reader is not None:
                reader.close()
        return
    if reader is None:
        scene, came = interpret(prompt, negative_prompt=negative, seed=seed, base=start), None
    else:
        from harness.cli.interpret_call import interpreted

        try:
            came = interpreted(reader, Request(prompt, negative, seed), start, project, given)
        finally:
            reader.close()
        scene = from_json(Scene, json.loads(came.answer or ""))
    if as_json:
        print_json(to_json(scene) | ({} if came is None else came.environment))
        return
    for line in explain(scene):
        echo(line)
    if came is not None:
        echo(_asked(came))


def _reader(kind: str, reached: dict[str, str | None], price: float | None) -> "LlmInterpreter | None":
    """Return the chat model that is to read, None for the rules. Raises UsageError."""
    if kind == "grammar":
        paid = ("model", "base_url", "api_key_env", "price", "budget", "live", "config", "reports")
        refuse_unused("without --interpreter llm", *paid)
        return None
    from harness.provider import BadOptionError, chat_model

    known = {name: value for name, value in reached.items() if value is not None}
    if not reached["model"] or not reached["base_url"]:
        raise UsageError("--interpreter llm needs --model and --base-url", "the key is named by --api-key-env")
    try:
        return chat_model({**known, "price": price}).interpreter()
    except BadOptionError as fault:
        raise UsageError(fault.problems[0].message, fault.problems[0].hint) from None


def _asked(came: "Output") -> str:
    """Return who was asked, how often, and what it cost."""
    who, calls = came.environment["interpreter"], came.environment["interpretation"]["calls"]
    asked, served = who["model"], who.get("served_model", who["model"])
    name = asked if served == asked else f"{asked} (served by {served})"
    cost = "cost unknown" if came.cost is None else f"${came.cost:.6f}".rstrip("0").rstrip(".")
    return f"read by {name}: {'1 call' if len(calls) == 1 else f'{len(calls)} calls'}, {cost}"
