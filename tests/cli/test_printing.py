"""Nothing that is printed steers the terminal or the log that shows it."""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.cli import main
from harness.errors import printable, printable_json, terminal_text

ESC, C1, BIDI = "\x1b]0;owned\x07\x1b[2J", "\x9b31m", "\u202egnp.exe"
COMMANDS = "::stop-commands::x ##[error]owned ##vso[task.setvariable]x"
HOSTILE = f"{ESC}{C1}{BIDI}section_start:1:x\r\x1b[0K"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)


@given(st.text())
@example(HOSTILE)
def test_no_text_steers_a_terminal(text: str) -> None:
    assert not STEERS.search(printable(text))
    assert len(printable(text)) == len(text)
    assert printable(printable(text)) == printable(text)


@given(st.text() | st.text(":#[ \tvso\n\x85\u2028"))
@example("  ::stop-commands::x\n\t::add-mask::y")
def test_no_line_of_a_log_is_a_command(text: str) -> None:
    os.environ["GITHUB_ACTIONS"] = "true"
    try:
        assert not COMMAND.search(terminal_text(text))
    finally:
        del os.environ["GITHUB_ACTIONS"]


@given(st.dictionaries(st.text(), st.text() | st.text("#[vso\u202e\U000e0041")))
def test_json_that_is_printed_holds_the_same(data: dict[str, str]) -> None:
    text = printable_json(json.dumps(data, ensure_ascii=False, indent=2))
    assert json.loads(text) == data
    assert not STEERS.search(text)
    assert not COMMAND.search(text)


Said = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """``said("run", "s.yaml", CI="")`` → all that a command printed, as in a workflow of GitHub."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **environment: str) -> str:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            variables = {"GITHUB_ACTIONS": "true", "CI": "true", "COLUMNS": "60", **environment}
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit):
                main(list(arguments))
        return "".join(capsys.readouterr())

    return call


def _checked(text: str, *, annotations: bool = False) -> None:
    for line in text.splitlines():
        if annotations and line.startswith(("::error title=", "::error file=", "::notice ")):
            line = line[2:]
        assert not COMMAND.search(line), line
    assert not STEERS.search(text), STEERS.search(text)


@pytest.mark.parametrize(
    "suite",
    [
        'suite: "{h}"\ncases: [{{id: a, prompt: a fox}}]\n',
        'suite: s\ncases: [{{id: "{h}", prompt: a fox}}]\n',
        'suite: s\n"{k}": 1\ncases: [{{id: a, prompt: a fox}}]\n',
        'suite: s\nprovider: "{h}"\ncases: [{{id: a, prompt: a fox}}]\n',
        'suite: s\nproviders: {{"{h}": {{kind: "{h}"}}}}\ncases: [{{id: a, prompt: a fox}}]\n',
        'suite: s\ndefaults: {{quality: "{h}"}}\ncases: [{{id: a, prompt: a fox, "{h}": "{h}"}}]\n',
        'suite: s\ncases: [{{id: a, prompt: a fox, checks: [{{"{h}": 1}}]}}]\n',
        "suite: s\ncases: [{{id: a, prompt: a fox}}\n# {h}\n]]\n",
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"], ["--debug"]])
def test_complaints_about_a_suite(tmp_path: Path, said: Said, suite: str, options: list[str]) -> None:
    escaped = (HOSTILE + "\n" + COMMANDS).replace("\x1b", "\\e").replace("\x07", "\\a").replace("\x9b", "\\x9b")
    escaped = escaped.replace("\r", "\\r").replace("\n", "\\n").replace("\u202e", "\\u202e")
    (tmp_path / "s.yaml").write_text(suite.format(h=escaped, k=escaped.replace("[", "")))
    text = said("run", "s.yaml", *options)
    assert "s.yaml" in text
    _checked(text)


def test_what_a_program_said_and_how_files_are_called(tmp_path: Path, said: Said) -> None:
    script = f"import sys; sys.exit({(HOSTILE + chr(10) + COMMANDS) * 3!r})"
    (tmp_path / "p.py").write_text(script)
    (tmp_path / "s.yaml").write_text(
        "suite: s\nprovider: mine\nproviders: {mine: {kind: command, "
        f"argv: ['{sys.executable}', p.py, '{{prompt}}', '{{seed}}', '{{out}}']}}}}\n"
        f"cases: [{{id: a, prompt: {json.dumps('a fox ' + COMMANDS)}}}]\n"
    )
    for command in (["run", "s.yaml"], ["run", "s.yaml", "--json"], ["run", "s.yaml", "--dry-run"]):
        _checked(said(*command), annotations=True)
    for command in (["report"], ["history"], ["export"], ["accept", "latest", "--reason", "x"]):
        _checked(said(*command, CI="", GITHUB_ACTIONS="true"), annotations=True)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"\x1b[2J{COMMANDS}\n::x.png").write_bytes(b"no image" + folder.encode())
    _checked(said("compare", "a", "b"), annotations=True)
    _checked(said("compare", f"a/\x1b[2J{COMMANDS}\n::x.png", "b/none\x1b[2J.png"))
    _checked(said("run", "\x1b[2J\n::stop-commands::x"))
    _checked(said(f"\x1b[2J\n{COMMANDS}"))
    _checked(said("interpret", f"a fox {HOSTILE} \n{COMMANDS}"))
