"""``harness describe``."""

from pathlib import Path

import click

from harness.cli.examples import examples
from harness.cli.options import json_option
from harness.cli.output import echo, print_json
from harness.errors import EXIT_FINDING, EXIT_OK


@click.command(
    name="describe",
    epilog=examples(
        "harness describe image.png",
        "harness describe image.png --json",
    ),
)
@click.argument("image", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
def command(image: Path, as_json: bool) -> int:
    """Say what IMAGE shows: shapes, colors, numbers, background, relations. No model and no network is used.

    An image that is not made of the shapes that the built-in painter generates is not described: exit code 1.
    """
    from harness.image import read_file
    from harness.prompt import describe
    from harness.records import to_json
    from harness.vision import CANNOT_TELL, look, misfit, scene_shown

    view = look(read_file(image).pixels)
    reason = misfit(view)
    scene = None if reason else scene_shown(view)
    words = None if scene is None else describe(scene)
    if as_json:
        shown = None if scene is None else to_json(scene)
        print_json({"image": str(image), "words": words, "reason": reason, "scene": shown, "view": view.summary()})
    else:
        echo(words or f"{CANNOT_TELL}: {reason}")
    return EXIT_FINDING if reason else EXIT_OK
