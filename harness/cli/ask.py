"""``harness ask``."""

from pathlib import Path

import click

from harness.cli.examples import examples
from harness.cli.options import json_option
from harness.cli.output import echo, print_json
from harness.errors import EXIT_FINDING, EXIT_OK


@click.command(name="ask", epilog=examples('harness ask image.png "how many red circles?"'))
@click.argument("image", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("question")
@json_option
def command(image: Path, question: str, as_json: bool) -> int:
    """Answer QUESTION about IMAGE in a word or a number. No model and no network is used.

    Such as: "how many red circles?", "is there a house?", "what color is the star?", "what is left of the tree?", "is
    the sun above the house?", "is it night?". Where there is no answer the reason is given: exit code 1.
    """
    from harness.image import read_file
    from harness.vision import answer

    given = answer(read_file(image).pixels, question)
    if as_json:
        found = {"answer": given.value, "reason": given.reason, "boxes": given.boxes}
        print_json({"image": str(image), "question": question, **found})
    else:
        echo(f"{given.text}: {given.reason}" if given.reason else given.text)
    return EXIT_OK if given.value is not None else EXIT_FINDING
