"""The rest of a month is spent once: several commands at the same time, and one that is killed."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.counted.project import Project
from tests.proofs.counted.recorded import calls

PRICE = 0.01
WAITING = '''
import os, pathlib, time

FOLDER = pathlib.Path(__file__).parent
import paid

def generate(job):
    """A paid image that is finished only when somebody allows it."""
    (FOLDER / f"begun-{os.getpid()}").touch()
    while (FOLDER / "wait").exists():
        time.sleep(0.01)
    return paid.generate(job)
'''
PROVIDER = f'kind: python, function: "../waiting.py:generate", price: {PRICE}, concurrency: 1'
RUN = ("run", "suites/paid.yaml", "--json")


@pytest.fixture
def month(project: Project) -> Project:
    """A project whose month holds the four images of one run, and not one more."""
    project.write(PROVIDER)
    (project.folder / "waiting.py").write_text(WAITING)
    (project.folder / "harness.toml").write_text(f"budget = {{month = {4 * PRICE}}}\n")
    return project


def started(project: Project) -> tuple[subprocess.Popen[str], Any]:
    """A run whose first call is under way, waiting to be allowed to end."""
    (project.folder / "wait").touch()
    process = project.start(*RUN)
    begun = project.folder / f"begun-{process.pid}"
    until = time.monotonic() + 60
    while not begun.exists():
        assert process.poll() is None, project.printed()
        assert time.monotonic() < until, project.printed()
        time.sleep(0.02)
    return process, begun


def left(project: Project) -> float:
    assert project.harness("history", "--spend", "--json") == 0
    amount: float = json.loads(project.printed())["now"]["left"]
    return amount


def test_what_a_run_in_progress_may_spend_is_no_other_runs(month: Project) -> None:
    first, _ = started(month)
    assert month.harness(*RUN) == 2
    assert '"code": "budget-reserved"' in month.printed()
    (month.folder / "wait").unlink()
    assert first.wait(60) == 1
    assert calls(month.folder).total() == 4
    assert left(month) == 0
    assert list((month.reports / ".spending").iterdir()) == []


def test_both_spend_where_each_has_a_budget_of_its_own(month: Project) -> None:
    (month.folder / "wait").touch()
    first = month.start(*RUN, "--budget", str(2 * PRICE))
    second = month.start(*RUN, "--budget", str(2 * PRICE))
    (month.folder / "wait").unlink()
    assert {first.wait(60), second.wait(60)} == {1}
    assert calls(month.folder).total() == 4


def test_many_at_once_spend_it_once(month: Project) -> None:
    processes = [month.start(*RUN) for _ in range(4)]
    codes = [process.wait(60) for process in processes]
    assert codes.count(1) >= 1
    assert set(codes) <= {1, 2, 3}
    assert 1 <= calls(month.folder).total() <= 4
    assert left(month) >= 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_run_gives_back_what_it_did_not_spend(month: Project) -> None:
    first, begun = started(month)
    first.send_signal(signal.SIGKILL)
    first.wait(60)
    begun.unlink()
    (month.folder / "wait").unlink()
    assert left(month) == pytest.approx(3 * PRICE), "the call that was cut off was possibly billed"
    assert month.harness(*RUN) == 1, month.printed()
    assert calls(month.folder).total() == 3
    assert [path for path in Path(month.reports / ".spending").iterdir() if path.is_dir()] == []
