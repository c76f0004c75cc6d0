"""``harness init``."""

from importlib.resources import files
from pathlib import Path

import click

from harness.cli.examples import examples
from harness.cli.options import json_option
from harness.cli.output import append_lines, echo, print_json
from harness.cli.templates import DEFAULT, FILE, TEMPLATES

IGNORED = "reports/"


@click.command(
    name="init",
    epilog=examples(
        "harness init                 # a project in this folder",
        "harness init --from images/  # of images with their recipe in them",
        "harness init --from prompts.csv",
    ),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]")
@click.option(
    "--from", "sources", multiple=True, type=click.Path(path_type=Path), metavar="PATH...",
    help="Make suites of images with their recipe in them (web UI, ComfyUI, InvokeAI), and of lists of prompts "
    "(.txt .csv .tsv .jsonl); folders too. The project is then the working folder.",
)  # fmt: skip
@click.option(
    "--template", type=click.Choice(list(TEMPLATES)),
    help="; ".join(f"{name}: {template.job}" for name, template in TEMPLATES.items()) + f"  [default: {DEFAULT}]",
)  # fmt: skip
@json_option
def command(paths: tuple[Path, ...], sources: tuple[Path, ...], template: str | None, as_json: bool) -> None:
    """Create a new project in FOLDER: its file, a suite, the baselines folder, a workflow.

    Existing files are kept.

    \b
    harness init                        in this folder, for CI
    harness init shop --template server
    harness init --from images/         suites of images that exist
    """
    from harness.baseline import ATTRIBUTES

    if len(paths) > 1 and not sources:
        raise click.UsageError("a project has one folder")
    folder = paths[0] if paths and not sources else Path()
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"{folder} is a file")
    if sources and template:
        raise click.UsageError("--from makes suites of its own: --template is for a project without it")
    chosen = TEMPLATES[template or DEFAULT]
    written: list[str] = []
    existing: list[str] = []
    notes: list[str] = []
    if sources:
        from harness.cli.init_from import import_suites

        written, notes = import_suites((*sources, *paths), folder)
    for name, place in {FILE: FILE, **chosen.files}.items():
        if sources and place.startswith("suites/"):
            continue
        target = folder / place
        if target.exists() or (name == FILE and _is_project(folder)):
            existing.append(place)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((files("harness.cli") / "scaffold" / name).read_text("utf-8"), encoding="utf-8", newline="\n")
        written.append(place)
    (folder / "baselines").mkdir(exist_ok=True)
    for name, lines in ((".gitignore", (IGNORED,)), (".gitattributes", ATTRIBUTES)):
        if append_lines(folder / name, lines):
            written.append(name)
    if as_json:
        print_json({"written": written, "existing": existing, "notes": notes, "next": chosen.then})
        return
    for place in written:
        echo(f"wrote {place}")
    for place in existing:
        echo(f"exists  {place} (left as it is)")
    for note in notes:
        echo(f"note:   {note}")
    here = "" if folder == Path() else f"cd {folder} && "
    echo("\nNext; look at what was generated before you accept it:")
    for step, command_line in enumerate(chosen.then):
        echo(f"  {here if step == 0 else ''}{command_line}")
    echo("\nIn a git repository, once in each clone, so that branches that accept images merge:")
    echo(f"  {here}harness baselines install")


def _is_project(folder: Path) -> bool:
    """Return whether the folder is a project's root already, by its pyproject.toml."""
    from harness.suite import resolve_project

    project = resolve_project(folder) if folder.is_dir() else None
    return project is not None and project.folder is not None and project.folder.resolve() == folder.resolve()
