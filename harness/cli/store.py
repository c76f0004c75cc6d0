"""``harness store``: the accepted images that are not in git."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options
from harness.cli.output import echo, print_json
from harness.cli.project import project_of
from harness.errors import EXIT_FINDING, warn

if TYPE_CHECKING:
    from harness.baseline import Baselines, Moved


@click.group(name="store")
def command() -> None:
    """Move accepted images between this machine and the store that harness.toml names.

    Manifests stay in git and hold the digests of their images. Credentials come from the environment alone.
    """


@command.command(name="push", epilog=examples("harness store push"))
@project_options
@json_option
def push(as_json: bool, **given: Any) -> int:
    """Write accepted images to the store that it does not hold yet. Nothing is overwritten.

    Exit codes: 0 the store holds every accepted image · 1 it does not · 2 it cannot be used.
    """
    from harness.baseline import push

    baselines = _baselines(given)
    return _shown(push(baselines), baselines, "pushed", as_json=as_json)


@command.command(name="pull", epilog=examples("harness store pull"))
@project_options
@json_option
def pull(as_json: bool, **given: Any) -> int:
    """Fetch accepted images that are not on the disk, into their places.

    A run fetches what it needs by itself; this fetches everything, several at a time. Exit codes as of push.
    """
    from harness.baseline import pull

    baselines = _baselines(given)
    return _shown(pull(baselines), baselines, "pulled", as_json=as_json)


@command.command(name="verify", epilog=examples("harness store verify"))
@project_options
@json_option
def verify(as_json: bool, **given: Any) -> int:
    """Read every accepted image from the store and compare it with its digest. Exit codes as of push."""
    from harness.baseline import verify_stored

    baselines = _baselines(given)
    return _shown(verify_stored(baselines), baselines, "verified", as_json=as_json)


@command.command(name="gc", epilog=examples("harness store gc", "harness store gc --older-than 30 --delete"))
@click.option(
    "--older-than", "days", type=click.FloatRange(min=0), default=14.0, show_default=True, metavar="DAYS",
    help="Images are kept that are younger, or were named within these days.",
)  # fmt: skip
@click.option("--delete", is_flag=True, help="Delete them; without it they are only listed.")
@project_options
@json_option
def gc(days: float, delete: bool, as_json: bool, **given: Any) -> None:
    """List the images of the store that no manifest names: of no branch, tag, stash or working tree.

    With --delete they are deleted, where this clone has all branches and tags of its remotes.
    """
    from harness.baseline import delete_garbage, find_garbage
    from harness.records import to_json
    from harness.report import plural

    baselines = _baselines(given)
    found = find_garbage(baselines, days)
    deleted = delete_garbage(baselines, found) if delete else 0
    if as_json:
        print_json({"unnamed": to_json(found.unnamed), "young": to_json(found.young), "named": len(found.named),
                    "foreign": found.foreign, "unseen": found.unseen, "deleted": deleted})  # fmt: skip
        return
    for why in found.unseen:
        warn(f"more images may be named: {why}")
    for one in found.unnamed:
        echo(one.key)
    size = sum(one.size for one in found.unnamed) / 1e6
    end = "deleted" if delete else "--delete deletes them" if found.unnamed else "nothing to delete"
    echo(f"{plural(len(found.unnamed), 'image')} ({size:.1f} MB) named by no manifest: {end}")
    rest = f"{len(found.named):,} named, {len(found.young):,} unnamed but younger than {days:g} days"
    echo(rest + (f", {plural(found.foreign, 'other object')} left alone" if found.foreign else ""))


def _baselines(given: dict[str, Any]) -> "Baselines":
    from harness.baseline import Baselines

    project = project_of(given)
    return Baselines(project.baselines, project.store)


def _shown(moved: "Iterator[Moved]", baselines: "Baselines", action: str, *, as_json: bool) -> int:
    """Print what was moved and what could not be; returns the exit code."""
    from harness.report import one_line, plural

    every = list(moved)
    faults = [one for one in every if one.fault is not None]
    done = [one for one in every if one.action == action]
    if as_json:
        listed = [{"trial": str(one.trial), "key": str(one.key), **_fault(one)} for one in faults]
        print_json({action: [str(one.key) for one in done], "images": len(every), "faults": listed})
        return EXIT_FINDING if faults else 0
    for one in faults:
        assert one.fault is not None
        echo(f"{one_line(str(one.trial))}: {one.fault}\n  → {one.fault.hint}")
    name = baselines.store.name if baselines.store else ""
    echo(f"{len(done)} {action} of {plural(len(every), 'image')}, {plural(len(faults), 'fault')}: {name}")
    return EXIT_FINDING if faults else 0


def _fault(one: "Moved") -> dict[str, str]:
    assert one.fault is not None
    return {"code": one.fault.code, "message": str(one.fault), "hint": one.fault.hint}
