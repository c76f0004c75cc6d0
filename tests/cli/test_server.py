"""A server under test from the command line: two revisions of it audited, a crash, and what starts nothing."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest

from tests.cli.conftest import Harness

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SERVER = Path(__file__).parents[1] / "provider" / "started_servers" / "server.py"
SUITE = """\
suite: small
provider: mine
providers:
  mine:
    kind: openai-compatible
    base_url: "http://127.0.0.1:{port}/v1"
    promise: exact-per-environment
    server: main
servers:
  main:
    command: [PYTHON, server.py, --port, "{port}"]
    ready: /health
    cwd: main
  pr: {command: [PYTHON, server.py, --port, "{port}"], ready: /health, cwd: pr}
  crashing: {command: [PYTHON, server.py, --port, "{port}", --crash-after, 2], ready: /health, cwd: pr}
  broken: {command: [PYTHON, server.py, --port, "{port}", --exit, 3], cwd: pr}
defaults: {size: 64x48, seeds: [1, 2], drift: calibrated}
cases:
  - {id: calm, prompt: a calm lake}
  - {id: hill, prompt: a green hill}
""".replace("PYTHON", sys.executable)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite beside two checkouts of a server: ``pr`` paints brighter than ``main``."""
    monkeypatch.chdir(tmp_path)
    Path("suite.yaml").write_text(SUITE)
    git("init", "-q", "main")
    copyfile(SERVER, "main/server.py")
    git("-C", "main", "add", "server.py")
    git("-C", "main", "commit", "-qm", "one")
    git("-C", "main", "worktree", "add", "-q", "-b", "pr", "../pr")
    changed = Path("pr/server.py")
    changed.write_text(changed.read_text().replace("shade or 0", "shade or 30"))
    git("-C", "pr", "commit", "-qam", "brighter")
    return tmp_path


def git(*arguments: str) -> str:
    own = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run([*own, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def servers(folder: Path) -> list[str]:
    """The processes that run a server of a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if folder in (path / "cwd").readlink().parents and b"server.py" in (path / "cmdline").read_bytes():
                found.append(path.name)
        except OSError:
            continue
    return found


def the(pattern: str) -> Path:
    (found,) = Path("reports").glob(pattern)
    return found


def test_two_revisions_of_a_server_are_compared(project: Path, harness: Harness) -> None:
    done = harness("audit", "suite.yaml", "--a", "server=main", "--b", "server=pr", "--json")
    assert done.code == 1
    audit = json.loads(the("*/audit.json").read_text())
    (note,) = [note for note in audit["notes"] if note["code"] == "audit.environments"]
    (commit,) = [one for one in note["data"]["differences"] if one["path"] == "server.commit"]
    assert (commit["before"], commit["after"]) == (
        git("-C", "main", "rev-parse", "HEAD"),
        git("-C", "pr", "rev-parse", "HEAD"),
    )
    assert the("*/a/server-mine@main.log").read_text().count("POST") == the("*/b/server-mine@pr.log").read_text().count(
        "POST"
    )
    assert not servers(project)


def test_a_server_that_crashes_fails_what_is_left(project: Path, harness: Harness) -> None:
    done = harness("run", "suite.yaml", "--set", "server=crashing", "--json")
    assert done.code in (1, 3)
    lines = [json.loads(line) for line in the("*/trials.jsonl").read_text().splitlines()]
    failed = [line["outcome"]["reasons"][0] for line in lines if line["outcome"]["verdict"] == "failed"]
    assert failed
    assert {reason["code"] for reason in failed} == {"generation.failed"}
    assert all("device-side assert" in reason["data"]["problem"] for reason in failed)
    assert "device-side assert" in the("*/server-mine@crashing.log").read_text()
    assert not servers(project)


@pytest.mark.parametrize(
    "command",
    [
        ("run", "suite.yaml", "--dry-run"),
        ("audit", "suite.yaml", "--a", "server=main", "--b", "server=broken", "--dry-run"),
        ("providers",),
        ("config",),
    ],
)
def test_what_generates_nothing_starts_nothing(
    project: Path, harness: Harness, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.provider.started import server

    monkeypatch.delattr(server, "ServerProcess")
    assert harness(*command).code == 0


def test_a_server_that_does_not_start_ends_the_run_before_it_begins(project: Path, harness: Harness) -> None:
    done = harness("run", "suite.yaml", "--set", "server=broken")
    assert done.code == 3
    assert "no model was found" in done.err
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("server: main", "server: mian", 8),
        ("ready: /health, cwd: pr}", "reday: /health, cwd: pr}", 14),
        ("  broken: {", "  broken: {commands: [a], ", 16),
    ],
)
def test_mistakes_are_shown_where_they_are(project: Path, harness: Harness, old: str, new: str, line: int) -> None:
    suite = Path("suite.yaml")
    suite.write_text(suite.read_text().replace(old, new, 1))
    done = harness("run", "suite.yaml", "--dry-run")
    assert done.code == 2
    assert f"suite.yaml:{line}:" in done.err


@pytest.mark.parametrize("chosen", ["mian", "1"])
def test_a_server_that_is_not_defined(project: Path, harness: Harness, chosen: str) -> None:
    done = harness("run", "suite.yaml", "--set", f"server={chosen}", "--dry-run")
    assert (done.code, f"--set server={chosen}" in done.err) == (2, True)


def test_servers_of_the_project(project: Path, harness: Harness) -> None:
    Path("suites").mkdir()
    Path("suites/one.yaml").write_text(
        "suite: one\nprovider: mine\ndefaults: {size: 64x48, seeds: [1], drift: calibrated}\n"
        "cases: [{id: calm, prompt: a calm lake}]\n"
    )
    Path("harness.toml").write_text(
        f"""
[providers.mine]
kind = "openai-compatible"
base_url = "http://127.0.0.1:{{port}}/v1"
server = "pr"

[servers.pr]
command = ["{sys.executable}", "server.py", "--port", "{{port}}"]
cwd = "pr"
"""
    )
    done = harness("run", "--json")
    assert done.code == 1
    (line,) = [json.loads(line) for line in the("*/trials.jsonl").read_text().splitlines()]
    assert line["environment"]["server"]["commit"] == git("-C", "pr", "rev-parse", "HEAD")
    assert line["recipe"]["subject"]["provider"] == "mine"
    assert not servers(project)


def test_the_suites_that_are_shown_can_be_used(
    tmp_path: Path, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text()
    suites = [text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if text.startswith("suite:")]
    assert len(suites) == 2
    for text in suites:
        Path("shown.yaml").write_text(text)
        done = harness("audit", "shown.yaml", "--a", "server=main", "--b", "server=pr", "--dry-run")
        assert done.code == 0, done.err
