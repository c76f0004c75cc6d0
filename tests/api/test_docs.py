"""docs/api.md shows every public name, and its examples print what it says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import harness

pytestmark = pytest.mark.checkout

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Each piece of code with what it prints."""
    blocks = BLOCK.findall(DOCS.read_text("utf-8"))
    found = []
    for index, (kind, code) in enumerate(blocks):
        if kind == "python":
            after = blocks[index + 1] if index + 1 < len(blocks) else ("", "")
            found.append((code, after[1] if after[0] == "text" else ""))
    return found


def test_the_examples_print_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "GITHUB_ACTIONS", "HARNESS_BASELINES", "HARNESS_REPORTS", "HARNESS_SUITES"):
        monkeypatch.delenv(name, raising=False)
    names: dict[str, object] = {"__name__": "example"}
    shown = examples()
    assert len(shown) > 5
    for code, expected in shown:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(DOCS), "exec"), names)
        assert out.getvalue() == expected


@pytest.mark.parametrize("name", [name for name in harness.__all__ if name != "__version__"])
def test_every_public_name_is_used_by_an_example(name: str) -> None:
    assert any(re.search(rf"\bharness\.{name}\b", code) for code, _ in examples())
