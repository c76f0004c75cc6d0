"""A run folder that someone else made: whatever it names, nothing outside is read, written or waited for."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.errors import HarnessError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")

SUITE = """\
suite: s
provider: painter
defaults: {size: 64x64, seeds: [0, 1], quality: QUALITY}
cases: [{id: fox, prompt: a red circle on blue}]
"""
CANARY = b"canary-5f1d7c"
NAMES = {
    *("file", "file_digest", "pixel_digest", "digest", "heat_map", "format", "run", "baselines", "suites"),
    *("suite", "case", "variant", "shard", "path", "replay", "cache", "record", "model", "kind", "provider", "started"),
}
"""Fields of records that name a file, a folder or something that a name is made of."""
COMMANDS = (
    ["report", "RUN"],
    ["report", "RUN", "--single-file"],
    ["export", "RUN"],
    ["history"],
    ["report", "--merge", "RUN"],
    ["audit", "RUN", "RUN"],
    ["accept", "RUN", "--reason", "x", "--unproven"],
    ["reject", "RUN", "--reason", "x"],
    ["run", "s.yaml", "--resume", "RUN"],
)
_opened: list[str] = []
_watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in ("open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate"):
        _opened.extend(os.fsdecode(one) for one in arguments if isinstance(one, (str, bytes, os.PathLike)))


sys.addaudithook(_watch)


def invoked(*arguments: str) -> str:
    """Run a command in this process, at most 20 s; a fault of its own is fine, an internal one is not."""
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"{arguments} waits for something"))
    signal.alarm(20)
    try:
        ran = CliRunner().invoke(cli, list(arguments), obj=list(arguments))
    finally:
        signal.alarm(0)
    fine = ran.exception is None or isinstance(ran.exception, (SystemExit, HarnessError, OSError))
    assert fine, (arguments, ran.exception)
    return f"{ran.output}{ran.exception}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an accepted run and one that drifted from it: the one that is made foreign."""
    root = tmp_path_factory.mktemp("made") / "project"
    root.mkdir()
    patch = pytest.MonkeyPatch()
    patch.chdir(root)
    for name in ("CI", "GITHUB_ACTIONS"):
        patch.delenv(name, raising=False)
    (root / "s.yaml").write_text(SUITE.replace("QUALITY", "standard"))
    invoked("run", "s.yaml")
    invoked("accept", "latest", "--reason", "first")
    (root / "s.yaml").write_text(SUITE.replace("QUALITY", "draft"))
    invoked("run", "s.yaml")
    *older, latest = sorted(run for run in (root / "reports").iterdir() if (run / "run.json").exists())
    for run in older:
        shutil.rmtree(run)
    latest.rename(root / "reports" / "RUN")
    patch.undo()
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    global _watching
    shutil.copytree(made, tmp_path / "project")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(CANARY)
    (outside / "evil.yaml").write_bytes(CANARY)
    monkeypatch.chdir(tmp_path / "project")
    for name in ("CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    _opened.clear()
    _watching = True
    try:
        yield tmp_path / "project"
    finally:
        _watching = False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "project"]
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret.png": CANARY, "evil.yaml": CANARY}
    for path in (tmp_path / "project").rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert CANARY not in path.read_bytes(), path
    real = os.path.realpath(outside)
    assert not [path for path in _opened if os.path.realpath(path).startswith(f"{real}/")]


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of the texts in a record that name something."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:1]):
            yield from leaves(item, (*at, index))
    elif isinstance(value, str) and any(part in NAMES for part in at[-2:]):
        yield at


def changed(value: Any, at: tuple[Any, ...], new: str) -> Any:
    if not at:
        return new
    copy = value.copy()
    copy[at[0]] = changed(value[at[0]], at[1:], new)
    return copy


VALUES = ("../../../outside/secret.png", "OUTSIDE/secret.png", "images/link.png", "/dev/zero", "images/pipe")


@pytest.mark.parametrize("shift", [0, 2])
def test_no_field_of_a_record_leads_outside(project: Path, shift: int) -> None:
    run = project / "reports" / "RUN"
    (run / "images" / "link.png").symlink_to(project.parent / "outside" / "secret.png")
    os.mkfifo(run / "images" / "pipe")
    _opened.clear()
    tried = 0
    for file in (run / "run.json", run / "trials.jsonl", project / "baselines" / "s" / "manifest.json"):
        kept = file.read_text()
        first, rest = (kept.splitlines()[0], kept.splitlines()[1:]) if file.suffix == ".jsonl" else (kept, [])
        for at in leaves(json.loads(first)):
            tried += 1
            value = VALUES[(tried + shift) % len(VALUES)].replace("OUTSIDE", str(project.parent / "outside"))
            # a line begins with its format, as it was written
            line = json.dumps(changed(json.loads(first), at, value), separators=(",", ":"))
            file.write_text("".join(f"{text}\n" for text in (line, *rest)))
            for command in COMMANDS[tried % 2 :: 2]:
                invoked(*command)
        file.write_text(kept)
    assert tried > 20
    (run / "images" / "link.png").unlink()
    (run / "images" / "pipe").unlink()


ENTRIES = (
    *("run.json", "trials.jsonl", "images", "heat_maps", "index.html", "data.js", "junit.xml", "summary.md", "pixels"),
    *(".lock", "IMAGE", "HEAT"),
)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("kind", ["file", "folder", "pipe", "hard"])
def test_no_entry_of_the_folder_leads_outside(project: Path, entry: str, kind: str) -> None:
    run = project / "reports" / "RUN"
    at = run / entry
    if entry in ("IMAGE", "HEAT"):
        at = next(iter((run / {"IMAGE": "images", "HEAT": "heat_maps"}[entry]).iterdir()))
    if at.is_dir():
        shutil.rmtree(at)
    at.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(at)
    elif kind == "hard":
        at.hardlink_to(project.parent / "outside" / "secret.png")
    else:
        at.symlink_to(project.parent / "outside" / ("secret.png" if kind == "file" else ""))
    _opened.clear()
    for command in COMMANDS:
        said = invoked(*command)
        assert CANARY.decode() not in said
    at.unlink(missing_ok=True)


def test_a_suite_that_came_with_a_run_is_not_executed(project: Path) -> None:
    run = project / "reports" / "RUN"
    (run / "evil.yaml").write_text(
        "suite: s\nprovider: p\nproviders: {p: {kind: command, promise: exact, price: 0, "
        f"argv: [/bin/sh, -c, 'touch {project}/executed; exit 1', '{{seed}}', '{{out}}']}}}}\n"
        "cases: [{id: fox, prompt: a fox}]\n"
    )
    for name in ("run.json", "trials.jsonl"):
        text = (run / name).read_text().replace('"painter"', '"command"')
        text = text.replace('"provider":"command"', '"provider":"p"')
        (run / name).write_text(text)
    record = json.loads((run / "run.json").read_text())
    for suite in ("reports/RUN/evil.yaml", str(run / "evil.yaml"), "reports/../reports/RUN/evil.yaml"):
        (run / "run.json").write_text(json.dumps(record | {"suites": [suite]}))
        invoked("accept", "RUN", "--reason", "x")
        assert not (project / "executed").exists()
