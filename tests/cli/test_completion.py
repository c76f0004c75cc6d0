"""What a shell completes, asked as the shell asks it."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from tests.cli.conftest import Harness

Project = Callable[..., Path]


def completed(*words: str) -> list[str]:
    """The values that are offered for the last word."""
    line = " ".join(["harness", *words])
    env = {"_HARNESS_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    printed = CliRunner().invoke(cli, env=env, prog_name="harness").output
    return [row.partition(",")[2] for row in printed.splitlines() if row]


def test_commands_and_options() -> None:
    assert completed("rev") == ["review"]
    assert completed("run", "--ca") == ["--case", "--cache"]
    assert completed("keys", "re") == ["revoke"]
    assert completed("--de") == ["--debug"]


def test_runs_and_cases_of_the_project(harness: Harness, project: Project) -> None:
    project()
    assert completed("explain", "la") == ["latest"]
    harness("run", "suites", "--case", "plain")
    [name] = [folder.name for folder in Path("reports").iterdir() if folder.is_dir()]
    assert completed("accept", "") == ["latest", name]
    assert completed("report", name[:9]) == [name]
    assert completed("history", "pla") == ["plain"]
    assert completed("run", "--case", "pla") == ["plain"]


def test_a_fault_of_the_project_completes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("harness.toml").write_text("suites = 7")
    assert completed("history", "") == []
    assert completed("report", "") == ["latest"]


def test_a_warning_is_not_written_into_the_line(harness: Harness, project: Project) -> None:
    project()
    harness("run", "suites", "--case", "plain")
    [run] = Path("reports").glob("*/run.json")
    run.write_text("garbage")
    env = {"_HARNESS_COMPLETE": "bash_complete", "COMP_WORDS": "harness report ", "COMP_CWORD": "2"}
    with warnings.catch_warnings(record=True) as written:
        warnings.simplefilter("always")
        done = CliRunner().invoke(cli, env=env, prog_name="harness")
    assert (done.output.splitlines(), done.stderr, written) == (["plain,latest"], "", [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_this_command(harness: Harness, shell: str) -> None:
    script = harness("completion", shell)
    assert script.code == 0
    assert f"_HARNESS_COMPLETE={shell}_complete" in script.out


def test_commands_are_completed_without_importing_them() -> None:
    code = (
        "import sys; from harness.cli.app import cli; from click import Context\n"
        "assert len(cli.shell_complete(Context(cli), '')) > 20\n"
        "print([name for name in sys.modules if name.startswith('harness.cli.') and name != 'harness.cli.app'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
