"""A project from its root and from below, its budgets, and the one rule for paid commands; what asks, at a terminal."""

import io
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from harness.cli import main

TOML = """\
suites = ["suites/*.yaml"]
reports = "out"
{budget}
[providers.paid]
kind = "python"
function = "generation.py:generate"
promise = "exact"
price = {price}

[defaults]
size = "64x48"
"""
SUITE = "suite: a\nprovider: paid\ncases:\n  - {id: one, prompt: one}\n  - {id: two, prompt: two, seeds: [1, 2]}\n"
VARIABLES = ("HARNESS_BASELINES", "HARNESS_REPORTS", "HARNESS_SUITES", "HARNESS_BUDGET", "HARNESS_BUDGET_MONTH", "CI")
Home = Callable[..., Path]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def home(project: Callable[..., Path]) -> Home:
    """A project whose provider costs $0.02 an image, for three trials."""

    def home(budget: str = "", price: float = 0.02) -> Path:
        folder = project()
        shutil.rmtree(folder / "suites")
        (folder / "suites/deep").mkdir(parents=True)
        (folder / "suites/a.yaml").write_text(SUITE)
        (folder / "harness.toml").write_text(TOML.format(budget=budget, price=price))
        return folder

    return home


def environment(**more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**plain, "COLUMNS": "200", "NO_COLOR": "1", **more}


def called(folder: Path, *arguments: str, **more: str) -> Done:
    """Run a command in this process, in a folder and in an environment."""
    out, err = io.StringIO(), io.StringIO()
    surroundings = patch.dict(os.environ, environment(**more), clear=True)
    with surroundings, chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def data_of(done: Done) -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_a_subfolder_runs_the_same_project(home: Home) -> None:
    root = home(price=0)
    above = called(root, "run", "--json")
    below = called(root / "suites/deep", "run", "--json")
    first, second = data_of(above), data_of(below)
    assert (above.returncode, below.returncode) == (1, 1)
    assert first["run"]["suites"] == second["run"]["suites"] == ["suites/a.yaml"]
    assert first["run"]["baselines"] == second["run"]["baselines"] == "baselines"
    assert sum(first["run"]["totals"].values()) == 3
    assert len(list((root / "out").glob("*/run.json"))) == 2
    assert called(root / "suites/deep", "accept", "--reason", "x", "--unproven").returncode == 0
    assert (root / "baselines/a/manifest.json").is_file()
    assert data_of(called(root, "run", "--json"))["run"]["totals"] == {"identical": 3}
    assert data_of(called(root / "suites/deep", "run", "--json"))["run"]["totals"] == {"identical": 3}
    assert called(root / "suites/deep", "report").returncode == 0
    assert data_of(called(root / "suites/deep", "prune", "--json"))["orphans"] == []


def test_a_run_begun_at_the_root_is_resumed_from_below(home: Home) -> None:
    root = home()
    assert data_of(called(root, "run", "--budget", "0.03", "--json"))["run"]["stopped"] == "budget"
    done = data_of(called(root / "suites/deep", "run", "--resume", "--budget", "1", "--json"))
    assert (done["run"]["complete"], done["run"]["cost"]) == (True, 0.06)
    assert len(list((root / "out").glob("*/run.json"))) == 1


def test_config_says_what_is_in_force_and_from_where(home: Home) -> None:
    root = home("budget = {run = 2.0}\n")
    done = called(
        root / "suites", "config", "--json", "--baselines", "mine", HARNESS_REPORTS="elsewhere", HARNESS_BUDGET=""
    )
    settings = {row["name"]: (row["value"], row["layer"], row["where"]) for row in data_of(done)["settings"]}
    assert data_of(done)["root"] == str(root)
    assert settings["suites"] == (["*.yaml"], "file", "../harness.toml:1")
    assert settings["baselines"] == ("mine", "flag", "--baselines")
    assert settings["reports"] == ("../elsewhere", "environment", "HARNESS_REPORTS")
    assert settings["budget.run"] == (2.0, "file", "../harness.toml:3")
    assert settings["budget.month"] == (None, "default", "")
    assert settings["providers.paid"][1:] == ("file", "../harness.toml:5")
    shown = called(root, "config", HARNESS_BUDGET="0")
    assert "$0: paid calls disabled" in shown.stdout
    assert "HARNESS_BUDGET" in shown.stdout


def test_without_any_suite_it_says_what_to_do(tmp_path: Path) -> None:
    done = called(tmp_path, "run")
    assert done.returncode == 2
    assert "no suite is named" in done.stderr
    assert "harness.toml" in done.stderr


@pytest.mark.parametrize("command", ["run", "bench", "probe", "audit"])
def test_nobody_there_to_ask_is_a_refusal_that_can_be_pasted(home: Home, command: str) -> None:
    root = home()
    more = ["--b", "model=x"] if command == "audit" else []
    done = called(root, command, *more)
    assert done.returncode == 2, done.stderr
    hint = done.stderr.rpartition("amount: ")[2].strip()
    assert hint.startswith(f"harness {command}")
    assert not (root / "out").exists()
    assert called(root, command, *more, HARNESS_BUDGET="0").returncode != 2
    assert not (root / "generated.txt").exists()
    assert called(root, *hint.split()[1:]).returncode in (0, 1)
    assert (root / "generated.txt").exists()


def test_an_unknown_price_counts_as_paid(home: Home) -> None:
    root = home()
    (root / "harness.toml").write_text(TOML.format(budget="", price=0).replace("price = 0\n", ""))
    done = called(root, "run")
    assert done.returncode == 2
    assert "harness run --live" in done.stderr
    assert called(root, "run", "--live").returncode == 1
    months = data_of(called(root, "history", "--spend", "--json"))["months"]
    assert [(row["cost"], row["unknown"]) for row in months] == [(None, 3)]
    assert "3 calls of unknown cost" in called(root, "history", "--spend").stdout


def test_replay_cache_and_price_0_never_ask(home: Home) -> None:
    root = home()
    assert called(root, "run", "--live", "--record", "tape").returncode == 1
    assert called(root, "run", "--replay", "tape").returncode == 1
    assert called(root, "run", "--live", "--cache").returncode == 1
    assert called(root, "run", "--cache").returncode == 1
    done = called(root, "run", "--cache", "--set", "quality=draft")
    assert done.returncode == 2


def test_a_budget_of_0_makes_no_paid_call_and_says_so(home: Home) -> None:
    root = home("budget = {run = 0}\n")
    done = called(root, "run")
    assert done.returncode == 3
    assert "the budget is $0 (harness.toml:3): no paid call was made" in done.stdout
    assert not (root / "generated.txt").exists()


def test_the_rest_of_the_month_stops_a_run_and_removed_runs_count(home: Home) -> None:
    root = home("budget = {month = 0.10}\n")
    assert data_of(called(root, "run", "--json"))["run"].get("stopped") is None
    shutil.rmtree(next((root / "out").glob("*-a-*")))
    assert data_of(called(root, "history", "--spend", "--json"))["now"]["left"] == pytest.approx(0.04)
    stopped = data_of(called(root, "run", "--json"))["run"]
    assert (stopped["stopped"], stopped["cost"]) == ("budget", 0.04)
    third = called(root, "run")
    assert third.returncode == 3
    assert "the month's budget of $0.1 (UTC; harness.toml:3) is reached" in third.stdout
    assert len((root / "generated.txt").read_text().splitlines()) == 5


def test_two_processes_lose_no_entry(home: Home) -> None:
    root = home("budget = {month = 5}\n")
    command = [sys.executable, "-m", "harness", "run", "--json"]
    both = [
        subprocess.Popen(command, cwd=root, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [process.wait(120) for process in both] == [1, 1, 1]
    for folder in (root / "out").glob("*-a-*"):
        shutil.rmtree(folder)
    [row] = data_of(called(root, "history", "--spend", "--json"))["months"]
    assert row["cost"] == pytest.approx(3 * 0.06)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("answer", "code", "count"), [("y", 1, 3), ("n", 2, 0), ("", 2, 0)])
def test_in_a_terminal_one_question_is_asked(home: Home, answer: str, code: int, count: int) -> None:
    root = home()
    returned, screen = in_terminal(root, answer, "run")
    assert returned == code, screen
    assert screen.count("[y/N]") == 1
    assert "3 trials, about $0.06" in screen
    generated = root / "generated.txt"
    assert (len(generated.read_text().splitlines()) if generated.exists() else 0) == count
    assert ("harness run --live" in screen) == (code == 2)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_terminal_what_is_allowed_or_in_ci_is_not_asked(home: Home) -> None:
    root = home()
    for arguments, more, code in ((["--live"], {}, 1), (["--budget", "1"], {}, 1), ([], {"CI": "true"}, 2)):
        returned, screen = in_terminal(root, None, "run", *arguments, **more)
        assert (returned, "[y/N]" in screen) == (code, False), screen


def in_terminal(folder: Path, answer: str | None, *arguments: str, **more: str) -> tuple[int, str]:
    """Run a command at a pseudo-terminal; type the answer when the question stands there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env=environment(TERM="dumb", **more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, until = "", time.monotonic() + 120
    while time.monotonic() < until:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if not ready:
            continue
        try:
            piece = os.read(ours, 65536).decode(errors="replace")
        except OSError:
            break
        if not piece:
            break
        screen += piece
        if answer is not None and "[y/N]" in screen:
            os.write(ours, f"{answer}\n".encode())
            answer = None
    os.close(ours)
    return process.wait(60), screen


PROJECT_COMMANDS = (
    "run", "accept", "reject", "ignore", "prune", "probe", "calibrate", "compare", "bench", "history", "audit",
    "report", "interpret", "providers", "config",
)  # fmt: skip


def test_every_command_of_a_project_has_the_same_options() -> None:
    for name in PROJECT_COMMANDS:
        command = import_module(f"harness.cli.{name}").command
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--config", "--reports", "--baselines"} <= options, name


def test_another_project_is_named_by_its_file(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    root, elsewhere = home(price=0), tmp_path_factory.mktemp("elsewhere")
    project = ("--config", str(root / "harness.toml"))
    assert called(elsewhere, "run", *project).returncode == 1
    assert called(elsewhere, "accept", "--reason", "x", "--unproven", *project).returncode == 0
    assert data_of(called(elsewhere, "run", "--json", *project))["run"]["totals"] == {"identical": 3}
    assert called(elsewhere, "reject", "--verdict", "identical", "--reason", "x", *project).returncode == 0
    until = ("--owner", "me", "--until", "2100-01-01", "--reason", "x")
    assert called(elsewhere, "ignore", "--verdict", "identical", *until, *project).returncode == 0
    assert data_of(called(elsewhere, "history", "one", "--json", *project))["runs"] == 2
    assert called(elsewhere, "report", *project).returncode == 0
    same = ("compare", str(root / "baselines"), str(root / "baselines"), "--skip", "*.json*")
    assert called(elsewhere, *same, *project).returncode in (0, 1)
    assert list(elsewhere.iterdir()) == []
    assert len(list((root / "out").glob("*/run.json"))) == 3


STUDIES = {
    "run": ("run",),
    "audit": ("audit", "--b", "model=x"),
    "bench": ("bench", "--repeats", "2"),
    "probe": ("probe", "--repeats", "2", "--trials", "1"),
    "calibrate": ("calibrate", "--all", "--repeats", "2"),
}


@pytest.mark.parametrize("command", STUDIES)
def test_what_is_recorded_is_not_estimated_again(home: Home, command: str) -> None:
    root = home()
    if command == "calibrate":
        assert called(root, "run", "--live").returncode == 1
        assert called(root, "accept", "--reason", "x", "--unproven").returncode == 0
    whole = data_of(called(root, *STUDIES[command], "--dry-run", "--json"))["cost"]
    before = len((root / "generated.txt").read_text().splitlines()) if command == "calibrate" else 0
    assert called(root, *STUDIES[command], "--budget", "0.05").returncode in (0, 1, 3)
    assert len((root / "generated.txt").read_text().splitlines()) == before + 2
    rest = data_of(called(root, *STUDIES[command], "--resume", "--dry-run", "--json"))["cost"]
    assert rest == pytest.approx(whole - 0.04)
    refused = called(root, *STUDIES[command], "--resume")
    assert refused.returncode == 2
    assert f"${rest:.2f}" in refused.stderr


def test_what_the_cache_answers_is_not_estimated(home: Home) -> None:
    root = home()
    assert called(root, "run", "--live", "--cache").returncode == 1
    assert data_of(called(root, "run", "--cache", "--dry-run", "--json"))["cost"] == 0
    assert data_of(called(root, "run", "--cache", "--repeats", "2", "--dry-run", "--json"))["cost"] == 0.12
    suite = root / "suites/a.yaml"
    suite.write_text(suite.read_text().replace("seeds: [1, 2]", "seeds: [1, 2, 3]"))
    estimate = data_of(called(root, "run", "--cache", "--dry-run", "--json"))
    assert (estimate["trials"], estimate["cost"]) == (1, 0.02)
    (root / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--harness-cache"]
    done = subprocess.run(tests, cwd=root, capture_output=True, text=True, check=False, env=environment())
    denied = "a/two/base-s3: provider 'paid' costs money, and nothing was generated"
    assert done.stdout.count("costs money") == done.stdout.count(denied) == 2, done.stdout
    assert len((root / "generated.txt").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        (("bench",), True),
        (("probe",), True),
        (("audit", "--b", "size=32x32"), True),
        (("calibrate", "--all"), True),
        (("run",), False),
    ],
)
def test_a_study_warns_that_the_cluster_of_the_project_is_not_asked(
    home: Home, words: tuple[str, ...], warned: bool
) -> None:
    folder = home(price=0)
    with (folder / "harness.toml").open("a") as file:
        file.write('[executor]\nkind = "ray"\n')
    name, *more = words
    with chdir(folder), warnings.catch_warnings(record=True) as caught, pytest.raises(SystemExit):
        main([name, "suites/a.yaml", *more, "--dry-run"])
    assert any("executor ray" in str(one.message) for one in caught) == warned
