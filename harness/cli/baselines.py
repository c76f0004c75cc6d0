"""``harness baselines``: what git needs to merge manifests."""

import subprocess
from pathlib import Path

import click

from harness.cli.output import append_lines, echo
from harness.errors import EXIT_FINDING, UsageError

EXISTING_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="baselines")
def command() -> None:
    """Let git merge the manifests of accepted images."""


@command.command(name="merge")
@click.argument("base", type=EXISTING_FILE)
@click.argument("ours", type=EXISTING_FILE)
@click.argument("theirs", type=EXISTING_FILE)
@click.argument("path", type=click.Path(path_type=Path), required=False)
def merge(base: Path, ours: Path, theirs: Path, path: Path | None) -> int:
    """Merge the manifests BASE, OURS and THEIRS into OURS: git's merge driver (%O %A %B %P).

    Exit codes: 0 merged · 1 a trial was changed on both sides: both entries are in the file, between git's
    conflict marks · 2 a side cannot be read: OURS is left as it was.
    """
    from harness.baseline import merge_manifests
    from harness.ledger import atomic_write

    place = path or ours
    merged = merge_manifests(base, ours, theirs, place)
    atomic_write(ours, merged.data)
    for conflict in merged.conflicts:
        echo(f"harness: conflict in {place}: {conflict}", err=True)
        for file in (place.parent.parent / file for file in conflict.files):
            echo(f"  → keep one: git checkout --ours -- {file} (or --theirs), and its entry in {place}", err=True)
    return EXIT_FINDING if merged.conflicts else 0


@command.command(name="install")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False, exists=True))
def install(folder: Path) -> None:
    """Set git up in FOLDER's repository, so that it merges manifests by their entries.

    The same by hand: git config merge.harness.driver "harness baselines merge %O %A %B %P"
    """
    from harness.baseline import ATTRIBUTES, DRIVER

    for name, value in (("name", "manifests of accepted images, entry by entry"), ("driver", DRIVER)):
        arguments = ["git", "-C", str(folder), "config", f"merge.harness.{name}", value]
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 - git, as everywhere
        except OSError as error:
            raise UsageError(f"git cannot be run: {error.strerror}", "install git") from error
        if done.returncode:
            raise UsageError(f"git config failed in {folder}: {done.stderr.strip()}", "run it inside a git repository")
    echo(f"git config merge.harness.driver = {DRIVER}")
    if append_lines(folder / ".gitattributes", ATTRIBUTES):
        echo("wrote .gitattributes (commit it; every clone runs `harness baselines install` once)")
