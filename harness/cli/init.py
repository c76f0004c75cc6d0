"""``harness init``."""

from importlib.resources import files
from pathlib import Path

import click

from harness.cli.options import json_option
from harness.cli.output import print_json

PLACES = {
    "harness.toml": "harness.toml",
    "suite.yaml": "suites/first.yaml",
    "workflow.yml": ".github/workflows/images.yml",
}
"""Where each file of the scaffold goes."""
IGNORED = "reports/"
FILE = "harness.toml"


@click.command(name="init")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Begin a new project in FOLDER: its file, a suite, the baselines folder, a workflow.

    What is already there is left as it is.
    """
    written, kept = [], []
    for name, place in PLACES.items():
        target = folder / place
        if target.exists() or (name == FILE and _is_project(folder)):
            kept.append(place)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((files("harness.cli") / "scaffold" / name).read_text("utf-8"), encoding="utf-8", newline="\n")
        written.append(place)
    (folder / "baselines").mkdir(exist_ok=True)
    if _ignore(folder / ".gitignore"):
        written.append(".gitignore")
    if as_json:
        print_json({"written": written, "kept": kept})
        return
    for place in written:
        click.echo(f"wrote {place}")
    for place in kept:
        click.echo(f"kept  {place} (already there)")
    here = "" if folder == Path() else f"cd {folder} && "
    click.echo("\nGenerate it, look at it, accept it, and generate it again:")
    click.echo(f"  {here}harness run")
    click.echo('  harness accept latest --reason "first look"')
    click.echo("  harness run")


def _is_project(folder: Path) -> bool:
    """Whether the folder is a project's root already, by its pyproject.toml."""
    from harness.suite import resolve_project

    project = resolve_project(folder) if folder.is_dir() else None
    return project is not None and project.folder is not None and project.folder.resolve() == folder.resolve()


def _ignore(path: Path) -> bool:
    """Add the reports folder to ``.gitignore``; whether that changed it."""
    text = path.read_text("utf-8") if path.exists() else ""
    if IGNORED in text.splitlines():
        return False
    separator = "" if not text or text.endswith("\n") else "\n"
    path.write_text(f"{text}{separator}{IGNORED}\n", encoding="utf-8", newline="\n")
    return True
