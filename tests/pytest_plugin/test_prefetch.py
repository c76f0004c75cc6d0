"""One run generates ahead of the tests; whatever pytest and xdist choose, stop or lose keeps its meaning."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger import find_run, iter_attempts, iter_results, read_run
from harness.pytest_plugin.attempts import next_attempt, samples_of
from harness.records import Attempt, Policy, Recipe, Request, Rule, RunRecord, Subject, Trial, TrialKey
from harness.study import history_of
from harness.vocabulary import AttemptKind
from tests.pytest_plugin.conftest import made_in
from tests.pytest_plugin.running import command, environment, pytest_run

Project = Callable[..., Path]
EIGHT = "[0, 1, 2, 3, 4, 5, 6, 7]"
CASE = "  - {id: a, prompt: an image}\n"


def generated() -> list[str]:
    """What the provider was asked for: prompt, seed, repeat."""
    return Path("generated.txt").read_text().splitlines() if Path("generated.txt").exists() else []


def seeds() -> list[int]:
    return [int(line.split("|")[1]) for line in generated()]


def last() -> RunRecord:
    return read_run(find_run(Path("reports"), "latest"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of eight seeds whose images were accepted; generated two at a time; read only."""
    with made_in(tmp_path_factory.mktemp("eight")) as project:
        folder = project(CASE, seeds=EIGHT, options=", concurrency: 2")
        (folder / "pytest.ini").write_text("[pytest]\n")
        assert pytest_run("suites/small.yaml", "--harness-update=missing").returncode == 0
    (folder / "generated.txt").unlink()
    return folder


@pytest.fixture
def eight(made: Path, copied: Callable[[Path], Path]) -> Path:
    """A copy of it, as the working folder."""
    return copied(made)


def spoil(seed: int) -> None:
    """Let the accepted image of a seed be another one."""
    Path(f"baselines/small/a/base-s{seed}.png").write_bytes(Path("baselines/small/a/base-s0.png").read_bytes()[:-1])


@pytest.mark.parametrize("more", [["-p", "no:xdist"], ["-n", "0"], ["-n", "2"], ["-n", "2", "--dist", "loadfile"]])
def test_each_image_is_generated_once_and_the_run_is_complete(eight: Path, more: list[str]) -> None:
    done = pytest_run("suites/small.yaml", *more)
    assert "8 passed" in done.stdout, done.stdout
    assert sorted(seeds()) == list(range(8))
    assert (last().complete, last().totals) == (True, {"identical": 8})


def test_workers_need_no_provider(eight: Path) -> None:
    program = eight / "generation.py"
    guard = "import os\nif 'PYTEST_XDIST_WORKER' in os.environ: raise RuntimeError('a worker generates')\n"
    program.write_text(guard + program.read_text())
    assert "8 passed" in pytest_run("suites/small.yaml", "-n", "2").stdout


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_only_what_was_chosen_is_generated(eight: Path, more: list[str]) -> None:
    assert "2 passed" in pytest_run("suites/small.yaml", "-k", "s3 or s5", *more).stdout
    assert sorted(seeds()) == [3, 5]
    assert "1 passed" in pytest_run("suites/small.yaml::a[s6]", *more).stdout
    assert sorted(seeds()) == [3, 5, 6]
    assert (last().complete, last().orphans) == (True, ())


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_last_failed_generates_what_failed(eight: Path, more: list[str]) -> None:
    spoil(4)
    assert "1 failed, 7 passed" in pytest_run("suites/small.yaml", *more).stdout
    Path("generated.txt").unlink()
    assert "1 failed" in pytest_run("suites/small.yaml", "--lf", *more).stdout
    assert seeds() == [4]


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_collecting_alone_generates_nothing(eight: Path, more: list[str]) -> None:
    done = pytest_run("suites/small.yaml", "--co", *more)
    assert done.stdout.count("suites/small.yaml::a[s") == 8, done.stdout
    assert generated() == []


def test_the_first_failure_ends_it_with_what_was_under_way(eight: Path) -> None:
    spoil(1)
    done = pytest_run("suites/small.yaml", "-x")
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert set(seeds()) <= {0, 1, 2}
    assert (last().complete, last().stopped) == (False, "interrupted")


def test_the_first_failure_ends_it_under_xdist(eight: Path) -> None:
    suite = eight / "suites/small.yaml"
    suite.write_text(suite.read_text().replace(EIGHT, str(list(range(40)))))
    spoil(1)
    done = pytest_run("suites/small.yaml", "-x", "-n", "2")
    assert done.returncode == 2, done.stdout
    assert len(seeds()) < 40
    assert (last().complete, last().stopped) == (False, "interrupted")


CRASH = """
import os, pathlib
def pytest_runtest_call(item):
    if item.name == "a[s2]" and {condition}:
        pathlib.Path("crashed").touch()
        os._exit(7)
"""


def test_a_crashed_worker_is_replaced_and_nothing_is_generated_twice(eight: Path) -> None:
    (eight / "conftest.py").write_text(CRASH.format(condition="not pathlib.Path('crashed').exists()"))
    done = pytest_run("suites/small.yaml", "-n", "2")
    assert "1 failed, 7 passed" in done.stdout, done.stdout
    assert sorted(seeds()) == list(range(8))
    assert last().totals == {"identical": 8}


def test_without_workers_left_the_run_is_recorded_as_stopped(eight: Path) -> None:
    suite = eight / "suites/small.yaml"
    suite.write_text(suite.read_text().replace(EIGHT, str(list(range(40)))).replace("an image", "a slow image"))
    (eight / "conftest.py").write_text(CRASH.format(condition="True"))
    done = pytest_run("suites/small.yaml", "-n", "1", "--max-worker-restart", "0")
    assert "crashed while running" in done.stdout, done.stdout
    assert len(seeds()) < 40
    assert (last().complete, last().stopped) == (False, "interrupted")


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_an_interrupt_ends_every_process_and_records_what_was_generated(eight: Path, more: list[str]) -> None:
    suite = eight / "suites/small.yaml"
    suite.write_text(suite.read_text().replace("an image", "a slow image").replace(EIGHT, str(list(range(400)))))
    with subprocess.Popen(
        command("suites/small.yaml", *more), stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        end = time.monotonic() + 60
        while len(generated()) < 6 and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 2, output
    run = find_run(Path("reports"), "latest")
    assert len(list(iter_results(run))) == len(generated()) < 400
    assert (last().complete, last().stopped) == (False, "interrupted")


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_a_run_that_cannot_begin_fails_each_test_with_the_reason(eight: Path, more: list[str]) -> None:
    (eight / "blocked").write_text("a file where the folder of the runs should be")
    done = pytest_run("suites/small.yaml", "--harness-report", "blocked", *more)
    assert "8 failed" in done.stdout, done.stdout
    assert "blocked" in done.stdout
    assert generated() == []


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_a_budget_that_is_reached_answers_the_tests_that_are_left(eight: Path, more: list[str]) -> None:
    suite = eight / "suites/small.yaml"
    suite.write_text(suite.read_text().replace("price: 0", "price: 0.25"))
    done = pytest_run("suites/small.yaml", "--harness-budget", "0.8", *more)
    assert "5 failed, 3 passed" in done.stdout, done.stdout
    assert done.stdout.count("UsageError") + done.stdout.count("the budget is reached") >= 5
    assert (len(generated()), last().stopped) == (3, "budget")


RERUN = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    # what pytest-rerunfailures does for --reruns 1
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        item._initrequest() if hasattr(item, "_initrequest") else None
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_an_item_executed_again_is_a_new_attempt_and_the_last_counts(eight: Path, more: list[str]) -> None:
    (eight / "conftest.py").write_text(RERUN)
    program = eight / "generation.py"
    program.write_text(
        program.read_text().replace(
            '    if "slow"', '    seed += 3 * (seed == 2 and attempt == "repeat-0")\n    if "slow"'
        )
    )
    done = pytest_run("suites/small.yaml", "--junitxml=junit.xml", *more)
    assert "8 passed" in done.stdout, done.stdout
    assert "image-harness unstable: suites/small.yaml::a[s2] passed on attempt 2" in done.stdout
    assert done.stdout.count("unstable") == 1
    # the first, its repeat that shows whether it changed, and that of the second execution
    assert [line for line in generated() if "|2|" in line] == ["an image|2|0"] * 3
    [unstable] = re.findall(r'<testcase [^>]*name="a\[s2\]".*?</testcase>', Path("junit.xml").read_text(), re.DOTALL)
    assert 'name="unstable" value="passed on attempt 2"' in unstable
    assert re.findall('name="verdict" value="([a-z]+)"', unstable) == ["identical"]
    run = find_run(Path("reports"), "latest")
    attempts = [
        (one.attempt.slug, one.outcome.verdict, counts) for one, counts in iter_attempts(run) if one.key.seed == 2
    ]
    assert sorted(attempts) == [("repeat-0", "drift", False), ("rerun-0", "identical", True)]
    assert read_run(run).totals == {"identical": 8}
    [trace] = history_of(Path("reports"), f"{next(iter_results(run)).key.suite}/a/base-s2").traces
    assert [visit.summary.outcome.verdict for visit in trace.visits] == ["new", "identical"]
    assert len(re.findall("<testcase ", (run / "junit.xml").read_text())) == 8


def test_one_that_fails_again_fails(eight: Path) -> None:
    (eight / "conftest.py").write_text(RERUN)
    spoil(3)
    done = pytest_run("suites/small.yaml")
    assert "1 failed, 7 passed" in done.stdout, done.stdout
    assert "unstable" not in done.stdout
    assert [line for line in generated() if "|3|" in line] == ["an image|3|0", "an image|3|0"]


CHECKED = """
import pathlib
from PIL import Image, ImageDraw

def test_dot(image_harness):
    color = "red"
    if pathlib.Path("flaky").exists():
        pathlib.Path("flaky").unlink()
        color = "green"
    image = Image.new("RGB", (40, 40), "white")
    ImageDraw.Draw(image).ellipse((8, 8, 30, 30), fill=color)
    image_harness.check(image, "dot")
"""


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_a_check_executed_again_is_a_new_attempt_and_the_last_counts(project: Project, more: list[str]) -> None:
    folder = project()
    (folder / "test_dot.py").write_text(CHECKED)
    assert pytest_run("test_dot.py", "--harness-update=missing").returncode == 0
    (folder / "conftest.py").write_text(RERUN)
    (folder / "flaky").touch()
    done = pytest_run("test_dot.py", *more)
    assert "1 passed" in done.stdout, done.stdout
    assert "image-harness unstable: test_dot.py::test_dot passed on attempt 2" in done.stdout
    run = find_run(folder / "reports", "latest")
    results = [(one.attempt.slug, one.outcome.verdict, counts) for one, counts in iter_attempts(run)]
    assert results == [("repeat-0", "drift", False), ("rerun-0", "identical", True)]
    assert read_run(run).totals == {"identical": 1}


def test_two_tests_with_one_name_for_an_image_are_distinguished(project: Project) -> None:
    test = CHECKED.replace("def test", "@pytest.mark.parametrize('x', ['a b', 'a?b'])\ndef test").replace(
        "harness)", "harness, x)"
    )
    (project() / "test_twice.py").write_text("import pytest\n" + test)
    done = pytest_run("test_twice.py", "--harness-update=missing")
    assert "2 passed" in done.stdout, done.stdout
    assert len({result.key for result in iter_results(find_run(Path("reports"), "latest"))}) == 2


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_suites_are_collected_beside_testpaths(eight: Path, more: list[str]) -> None:
    (eight / "tests").mkdir()
    (eight / "tests/test_one.py").write_text("def test_one(): pass\n")
    (eight / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nharness_suites = suites\n")
    assert "9 passed" in pytest_run(*more).stdout
    assert "1 passed" in pytest_run("tests", *more).stdout
    assert "8 passed" in pytest_run("suites", *more).stdout
    (eight / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nharness_suites = siutes\n")
    done = pytest_run(*more)
    assert "1 passed" in done.stdout
    assert "harness_suites: there is no" in done.stdout


def test_suites_are_collected_once_where_nothing_is_named(eight: Path) -> None:
    (eight / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
    assert "8 passed" in pytest_run().stdout
    os.chdir("baselines")
    assert "no tests ran" in pytest_run().stdout


def test_a_set_is_generated_anew_as_a_whole() -> None:
    trial = Trial(
        TrialKey("s", "c", "base", None),
        Recipe(Request("p"), Subject("m", "m")),
        attempt=Attempt(AttemptKind.SAMPLE, 2),
    )
    trial = replace(trial, policy=Policy(drift=Rule("set", samples=6)))
    assert [one.attempt.index for one in samples_of(trial)] == [0, 1, 2, 3, 4, 5]
    assert [one.attempt.index for one in samples_of(next_attempt(trial, 3))] == [6, 7, 8, 9, 10, 11]
    alone = replace(trial, policy=Policy())
    assert [one.attempt.slug for one in samples_of(next_attempt(alone, 2))] == ["rerun-2"]
