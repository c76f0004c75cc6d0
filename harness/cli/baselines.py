"""``harness baselines``: their check, and what git needs to merge manifests."""

import subprocess
from pathlib import Path
from typing import Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import append_lines, echo, print_json
from harness.cli.project import project_of
from harness.errors import EXIT_FINDING, UsageError

EXISTING_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="baselines")
def command() -> None:
    """Check baselines; let git merge their manifests."""


@command.command(name="verify", epilog=examples("harness baselines verify"))
@project_options
@json_option
def verify(as_json: bool, **given: Any) -> int:
    """Check that every manifest can be read and every accepted image is as it was accepted.

    Exit codes: 0 all is · 1 something is not.
    """
    from harness.baseline import Baselines
    from harness.report import plural

    project = project_of(given)
    baselines = Baselines(project.baselines, project.store)
    faults = baselines.verify()
    if as_json:
        print_json({"faults": [{"code": one.code, "message": str(one), "hint": one.hint} for one in faults]})
    for fault in () if as_json else faults:
        echo(f"{fault}\n  → {fault.hint}")
    if not as_json:
        echo(f"{plural(len(faults), 'fault')} in the baselines of {plural(len(baselines.suites()), 'suite')}")
    return EXIT_FINDING if faults else 0


@command.command(name="merge", epilog=examples("harness baselines merge base.json ours.json theirs.json"))
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


@command.command(name="install", epilog=examples("harness baselines install"))
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
