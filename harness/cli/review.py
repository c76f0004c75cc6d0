"""``harness review``."""

from typing import Any

import click

from harness.cli.completing import runs
from harness.cli.examples import examples
from harness.cli.options import project_options, who_option
from harness.cli.output import echo
from harness.cli.project import project_of


@click.command(
    name="review",
    epilog=examples(
        "harness review               # the latest run",
        "harness review artifact.zip  # the run that a CI job uploaded",
        "harness review --port 8081 --no-open",
    ),
)
@click.argument("run", default="latest", metavar="[RUN|ARTIFACT.zip|FOLDER]", shell_complete=runs)
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port on 127.0.0.1  [default: a free one]")
@click.option(
    "--idle",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0),
    help="Minutes without a request until it ends; 0: never.",
)
@click.option("--open/--no-open", "look", default=True, help="Open the page in the browser.")
@who_option
@project_options
def command(run: str, port: int, idle: float, look: bool, who: str | None, **given: Any) -> int:
    """Decide about a run in the browser: accept, reject, ignore, by groups, and undo.

    The report's page is served on 127.0.0.1 until Ctrl-C. Marks are a draft; one submit writes all of them. Where CI
    is set nothing can be written.
    """
    from harness.baseline import run_to_decide, whoami
    from harness.report import served_page, shown_path
    from harness.review import Desk, ReviewServer, opened_run
    from harness.runner import rerun
    from harness.scratch import Scratch

    project = project_of(given)
    name = str(run_to_decide(project.reports, run)) if run == "latest" else run
    with opened_run(name, project.reports) as folder, Scratch() as scratch:
        desk = Desk(folder, project.baselines, who or whoami(), rerun(folder, project), project.store)
        page = served_page(folder, project.baselines)
        server = ReviewServer(desk, page, port=port, idle=idle * 60, log=lambda line: echo(line, err=True))
        echo(f"reviewing {shown_path(folder)}")
        echo(server.address)
        echo("Ctrl-C ends it", err=True)
        if look:
            # the command line of a browser can be read by other users of the machine; a file of ours cannot
            way = scratch / "review.html"
            way.write_text(f'<meta http-equiv="refresh" content="0;url={server.address}">', "ascii")
            click.launch(way.as_uri())
        try:
            server.serve()
        except KeyboardInterrupt:
            echo("ended", err=True)
    return 0
