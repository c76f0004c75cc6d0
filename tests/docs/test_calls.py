"""Every call of the command line in the documentation is one that its command takes."""

import re
from pathlib import Path

import click
import pytest

from tests.cli.calls import called, parse
from tests.docs.blocks import DOCS, ROOT

pytestmark = pytest.mark.checkout

PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "suites" / "README.md"])
FENCE = re.compile(r"^(```+)[^\n]*\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def calls(page: Path) -> list[str]:
    """The lines of a page's code that call the harness; a line that goes on is one with the next."""
    code = "".join(block for _, block in FENCE.findall(page.read_text("utf-8"))).replace("\\\n", " ")
    return [line.strip() for line in code.splitlines() if re.match(r"\s*harness (?!schema prints)[a-z]", line)]


@pytest.mark.parametrize("page", [page for page in PAGES if calls(page)], ids=lambda page: str(page.relative_to(ROOT)))
def test_each_call_is_taken(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in calls(page):
        try:
            parse(*called(line))
        except click.UsageError as problem:
            if "does not exist" not in str(problem):  # the files of an example
                pytest.fail(f"{line}: {problem}")


def test_calls_are_found() -> None:
    assert sum(len(calls(page)) for page in PAGES) > 100
