"""``harness generate``."""

from pathlib import Path
from typing import Any

import click

from harness.cli.examples import examples
from harness.cli.output import console, echo, print_json
from harness.errors import GenerationError, UsageError
from harness.vocabulary import Quality, values_of

MOST = 64
"""Most seeds of one call: a contact sheet that a person can still look at."""


class Seeds(click.ParamType[tuple[int, ...]]):
    """``7``, ``0..8`` (both ends included) or ``1,5,9``."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        found: list[int] = []
        for part in str(value).split(","):
            first, dots, last = part.strip().partition("..")
            if not first.isdecimal() or (dots and not last.isdecimal()):
                self.fail(f"'{value}' is not a seed: whole numbers from 0, such as 7, 0..8 or 1,5,9", param, ctx)
            start, end = int(first), int(last) if dots else int(first)
            if not 0 <= start <= end < 2**64 or end - start >= MOST:
                self.fail(f"'{part}': seeds from 0 to 2^64 - 1, at most {MOST} of them", param, ctx)
            found += range(start, end + 1)
        if len(found) > MOST:
            self.fail(f"{len(found)} seeds; at most {MOST}", param, ctx)
        return tuple(found)


@click.command(
    name="generate",
    epilog=examples(
        'harness generate "two red circles" --seed 7 --quality hd',
        'harness generate "a house at night, no moon" --seed 0..8  # a contact sheet',
    ),
)
@click.argument("prompt")
@click.option("--seed", "seeds", default="0", show_default=True, type=Seeds(), help="7, 0..8 or 1,5,9.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="PNG to write  [default: from the prompt]"
)
@click.option("--quality", type=click.Choice(values_of(Quality)), help="Steps, and so time.")
@click.option("--size", metavar="WxH", default="256x256", show_default=True, help="64 to 2048 pixels a side.")
@click.option("--style", type=click.Choice(("flat", "outline", "pastel")), help="Else the prompt decides.")
@click.option("--guidance", type=float, help="How strictly the scene is followed, 0 to 10.")
@click.option("--steps", type=int, help="Steps of the sampler, 1 to 200.")
@click.option("--negative", default="", metavar="WORDS", help="What the image must not show.")
@click.option("--input-image", type=click.Path(path_type=Path, exists=True), help="An image to start from.")
@click.option(
    "--mask", type=click.Path(path_type=Path, exists=True), help="White is generated again, the rest is kept."
)
@click.option("--strength", type=click.FloatRange(0, 1), help="How far to go from --input-image.")
@click.option("--model", metavar="NAME", help="painter@1, painter@2, or a weights file.")
@click.option("--arithmetic", type=click.Choice(("exact", "float32")), help="exact: the same on every machine.")
@click.option("--embed", is_flag=True, help="Store the recipe in the PNG: `harness init --from` reads it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(prompt: str, seeds: tuple[int, ...], output: Path | None, embed: bool, as_json: bool, **given: Any) -> None:
    """Generate PROMPT with the built-in painter. Several seeds make a contact sheet."""
    from harness.cli.generate_jobs import jobs_of, sheet, target_of
    from harness.image import with_recipe

    if embed and len(seeds) > 1:
        raise click.UsageError("--embed has no effect on a contact sheet: it has no one recipe")
    jobs = jobs_of(prompt, seeds, given)
    target = output or target_of(prompt)
    screen = console(stderr=True)
    try:
        generated = _generated(jobs, screen)
    except GenerationError as fault:
        # here the prompt and the options are the caller's own: what cannot be generated is a wrong call
        raise UsageError(fault.problem, fault.hint) from fault
    data = generated[0].data if len(generated) == 1 else sheet([one.data for one in generated], seeds)
    if embed:
        data = with_recipe(data, jobs[0].recipe)
    target.write_bytes(data)
    environment = dict(generated[0].environment)
    if as_json:
        print_json(
            {"file": str(target), "seeds": seeds, "environment": environment, "seconds": [d.seconds for d in generated]}
        )
        return
    _print(environment)
    total = sum(one.seconds for one in generated)
    what = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    echo(f"{target}  ({what}, {total:.2f} s)")


def _generated(jobs: list[Any], screen: Any) -> list[Any]:
    from harness.generation import open_provider
    from harness.suite import ProviderSpec

    provider = open_provider(ProviderSpec("painter", "painter", root="."))
    try:
        from rich.progress import track

        shown = track(jobs, "generating", console=screen, transient=True, disable=not screen.is_terminal)
        return [provider.generate(job) for job in shown]
    finally:
        provider.close()


def _print(environment: dict[str, Any]) -> None:
    """Print what was not understood, and what was generated otherwise than asked."""
    interpretation = environment.get("interpretation")
    if not isinstance(interpretation, dict):
        return
    for step in interpretation.get("steps", ()):
        if isinstance(step, dict) and step.get("kind") == "adjust":
            echo(f"note: {step['words']}: {step['effect']}", err=True)
    if interpretation.get("unknown"):
        echo(f"not understood: {', '.join(map(repr, interpretation['unknown']))}", err=True)
