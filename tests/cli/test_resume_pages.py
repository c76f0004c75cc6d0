"""A command that was killed between its last line and its pages: resuming it writes them, and generates nothing."""

from pathlib import Path

import pytest

from tests.cli.conftest import Harness

SUITE = "suite: s\nprovider: painter\ncases: [{id: a, prompt: a red circle}, {id: b, prompt: a blue square}]\n"


@pytest.mark.parametrize(
    "command", [("run", "suite.yaml"), ("audit", "suite.yaml", "--b", "quality=draft")], ids=["run", "audit"]
)
@pytest.mark.parametrize("named", [True, False])
def test_a_complete_run_without_pages_gets_them(
    harness: Harness, command: tuple[str, ...], *, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("suite.yaml").write_text(SUITE, "utf-8")
    first = harness(*command)
    [page] = Path("reports").glob("*/index.html")
    lines = {path: path.read_bytes() for path in page.parent.rglob("trials.jsonl")}
    for path in (page, page.with_name("data.js"), page.with_name("junit.xml")):
        path.unlink(missing_ok=True)
    done = harness(*command, "--resume", *([page.parent.name] if named else []))
    assert done.code == first.code
    assert page.is_file()
    assert page.with_name("data.js").is_file()
    assert lines
    for path, before in lines.items():
        assert path.read_bytes().startswith(before)
        assert b'"outcome"' not in path.read_bytes()[len(before) :], "generated again"
    assert len(list(Path("reports").glob("*/index.html"))) == 1


def test_one_with_its_pages_is_not_resumed(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("suite.yaml").write_text(SUITE, "utf-8")
    harness("run", "suite.yaml")
    assert harness("run", "suite.yaml", "--resume").code == 2
