"""Verdicts that statistics give are the same under pytest, under xdist and for a single test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept
from harness.ledger import find_run, iter_results, read_run
from harness.runner import RunOptions, execute, plan_of
from harness.study import calibratable, run_calibration, store_floors
from tests.conftest import chance_in
from tests.pytest_plugin.running import pytest_run

SUITES = (Path("suites/chance.yaml"),)
CASES = """\
  - {id: dots, prompt: some dots, seeds: [0, 1], drift: calibrated}
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 6}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with noise, accepted and calibrated; read only."""
    with pytest.MonkeyPatch.context() as patch:
        folder = chance_in(tmp_path_factory.mktemp("calibrated"), patch)(CASES)
        options, there = RunOptions(SUITES), Baselines("baselines")
        run = execute(plan_of(options), options)[1]
        accept(there, run, Selection(), reason="test", who="t")
        plan = calibratable(plan_of(options), there)
        store_floors(there, run_calibration(plan, options, there, repeats=4).floors, who="t")
    return folder


@pytest.fixture
def calibrated(made: Path, copied: Callable[[Path], Path]) -> Path:
    """A copy of it, as the working folder."""
    return copied(made)


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_without_a_change_all_is_fine_and_with_one_all_drifts(calibrated: Path, more: list[str]) -> None:
    done = pytest_run("suites/chance.yaml", *more)
    assert "8 passed" in done.stdout, done.stdout
    (calibrated / "changed").touch()
    done = pytest_run("suites/chance.yaml", *more)
    assert "8 failed" in done.stdout, done.stdout
    assert done.stdout.count("trial      chance/free/base") >= 6
    assert "noise floor: score" in done.stdout
    assert "set: images: 6 (accepted 6), p = " in done.stdout
    run = find_run(Path("reports"), "latest")
    assert read_run(run).totals == {"drift": 8}
    assert {result.set is not None for result in iter_results(run) if result.key.seed is None} == {True}


def test_a_single_image_of_a_set_has_the_verdict_of_the_whole(calibrated: Path) -> None:
    (calibrated / "changed").touch()
    done = pytest_run("suites/chance.yaml::free[r3]", "suites/chance.yaml::dots[s1]")
    assert "2 failed" in done.stdout, done.stdout
    results = list(iter_results(find_run(Path("reports"), "latest")))
    assert sum(result.key.case == "free" for result in results) == 6
    [dots] = [result for result in results if result.key.case == "dots"]
    assert dots.floor is not None
    assert dots.floor.alpha == 0.05 / 3
