"""``--harness-record``, ``--harness-replay`` and ``--harness-cache``: paid suites in CI, without a key."""

import re
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept, reject
from harness.ledger import find_run, iter_attempts, iter_results, read_run
from harness.runner import RunOptions, execute, plan_of
from harness.vocabulary import Verdict
from tests.pytest_plugin.conftest import made_in
from tests.pytest_plugin.running import pytest_run

Project = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with a price, its images accepted and recorded; read only."""
    with made_in(tmp_path_factory.mktemp("paid")) as project:
        folder = project()
        suite = folder / "suites/small.yaml"
        suite.write_text(suite.read_text().replace("price: 0", "price: 0.04"))
        (folder / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
        options = RunOptions((Path("suites"),), record=Path("tape"))
        _, run = execute(plan_of(options), options)
        accept(Baselines("baselines"), run, Selection(), reason="first", who="Test Person", unproven=True)
    return folder


@pytest.fixture
def paid(made: Path, copied: Callable[[Path], Path]) -> Path:
    """A copy of it, as the working folder."""
    return copied(made)


def test_a_recorded_suite_passes_without_its_provider_and_costs_nothing(paid: Path) -> None:
    (paid / "generation.py").unlink()
    done = pytest_run("suites", "--harness-replay", "tape", "-n", "2")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    results = list(iter_results(find_run(paid / "reports", "latest")))
    assert {(result.source, result.cost, result.outcome.verdict) for result in results} == {
        ("replay", 0.0, "identical")
    }


def test_a_miss_fails_its_test_and_says_what_to_do(paid: Path) -> None:
    suite = paid / "suites/small.yaml"
    suite.write_text(suite.read_text().replace("prompt: another image", "prompt: yet another image"))
    done = pytest_run("suites", "--harness-replay", "tape", "-n", "2")
    assert done.returncode == 1
    assert "2 failed, 2 passed" in done.stdout
    assert 'nothing is recorded for "yet another image"' in done.stdout
    # each of two workers tells its own, or one both
    assert re.search(r"^image-harness: (1 image is|2 images are) not in \S*tape", done.stdout, re.MULTILINE)


def test_record_and_cache_keep_what_was_generated(paid: Path) -> None:
    count = len((paid / "generated.txt").read_text().splitlines())
    assert pytest_run("suites", "--harness-live", "--harness-cache").returncode == 0
    assert len(list((paid / ".harness-cache").glob("entries/*/*.json"))) == 4
    options = RunOptions((Path("suites"),), cache=Path(".harness-cache"))
    record, _ = execute(plan_of(options), options)
    assert (record.totals, record.cost) == ({"identical": 4}, 0.0)
    assert len((paid / "generated.txt").read_text().splitlines()) == count + 4
    assert pytest_run("suites", "--harness-live", "--harness-record", "other").returncode == 0
    assert len(list((paid / "other").glob("entries/*/*.json"))) == 4


def plugin(*arguments: str) -> subprocess.CompletedProcess[str]:
    return pytest_run("suites", "--reruns", "2", *arguments)


@pytest.mark.skipif(find_spec("pytest_rerunfailures") is None, reason="needs pytest-rerunfailures")
@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_a_test_executed_again_is_replayed_again(paid: Path, more: tuple[str, ...]) -> None:
    (paid / "generation.py").unlink()
    fine = plugin("--harness-replay", "tape", *more)
    assert "4 passed" in fine.stdout, fine.stdout
    assert "rerun" not in fine.stdout
    # two of the images are not what is accepted any more
    wrong = Selection(cases=("plain",), verdicts=frozenset({Verdict.IDENTICAL}))
    reject(
        Baselines("baselines"),
        find_run(paid / "reports", "latest"),
        wrong,
        reason="x",
        who="Test Person",
        baseline=True,
    )
    done = plugin("--harness-replay", "tape", *more)
    assert re.search(r"2 failed, 2 passed, 4 rerun", done.stdout), done.stdout
    assert "nothing is recorded" not in done.stdout
    run = find_run(paid / "reports", "latest")
    assert [result.attempt.slug for result in iter_results(run) if result.key.case == "plain"] == ["rerun-1"] * 2
    assert {result.source for result, _ in iter_attempts(run)} == {"replay"}
    assert read_run(run).totals == {"identical": 2, "new": 2}
