"""docs/golden-tests.md: its tests run, its suites generate or load, its failure messages come."""

from pathlib import Path

import pytest

from benchmarks.server_changes import Server
from harness.ledger import find_run, iter_results
from harness.runner import RunOptions, execute, plan_of
from harness.suite import load
from harness.vocabulary import Code, Verdict
from tests.docs.blocks import DOCS, write_files
from tests.pytest_plugin.running import pytest_run

pytestmark = pytest.mark.checkout

PAGE = DOCS / "golden-tests.md"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The files of the page, in the working folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "HARNESS_BASELINES", "HARNESS_REPORTS", "HARNESS_SUITES"):
        monkeypatch.delenv(name, raising=False)
    return write_files(PAGE)


def test_the_tests_before_and_after(project: dict[str, str]) -> None:
    assert {"pipeline.py", "test_before.py", "test_after.py"} <= set(project)
    first = pytest_run("--harness-update=missing", PYTHONPATH=".:" + str(PAGE.parents[1]))
    assert "2 passed" in first.stdout, first.stdout
    changed = project["test_after.py"].replace("STEPS = 4", "STEPS = 5")
    swapped = pytest_run("test_after.py", BUG="swapped", PYTHONPATH=".:" + str(PAGE.parents[1]))
    [result] = iter_results(find_run(Path("reports"), "latest"))
    assert result.outcome.verdict == Verdict.DRIFT, swapped.stdout
    assert result.outcome.reasons[0].code == Code.CHANGE_CHANNELS
    Path("test_after.py").write_text(changed)
    pytest_run("test_after.py", PYTHONPATH=".:" + str(PAGE.parents[1]))
    [result] = iter_results(find_run(Path("reports"), "latest"))
    assert result.outcome.reasons[0].code == Code.SUBJECT_CHANGED
    assert [one["path"] for one in result.outcome.reasons[0].data["differences"]] == ["settings.steps"]


def test_the_suite_of_a_server_generates(project: dict[str, str]) -> None:
    server = Server()
    with server.serving():
        suite = Path("suites/server.yaml")
        suite.write_text(project["suites/server.yaml"].replace("http://127.0.0.1:8000", server.url))
        given = RunOptions((suite,))
        _, folder = execute(plan_of(given), given)
    results = list(iter_results(folder))
    assert [result.outcome.verdict for result in results] == [Verdict.NEW] * 4
    assert all(result.environment["dtype"] == "float32" for result in results)


def test_the_suite_of_a_workflow_loads(project: dict[str, str]) -> None:
    assert "suites/workflow.yaml" in project
    Path("flow.json").write_text(
        '{"3": {"class_type": "KSampler", "inputs": {"seed": 0, "steps": 20}},'
        ' "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},'
        ' "9": {"class_type": "SaveImage", "inputs": {}}}'
    )
    [suite] = load([Path("suites/workflow.yaml")]).suites
    assert len(suite.cases) == 1
