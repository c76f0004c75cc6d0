"""Where the runs of a project generate: the table ``executor`` of its file, and the flag."""

import sys
from pathlib import Path

import pytest

from harness.errors import MissingExtraError
from harness.generation import Limits, Session, Sources
from harness.records import ExecutorSpec, RunRecord
from harness.suite import ProviderSpec, SuiteError, resolve_project
from harness.vocabulary import ExecutorKind

TABLE = '[executor]\nkind = "ray"\naddress = "10.0.0.1:6379"\ngpus = 0.5\n'


def test_the_flag_overrides_the_kind_and_the_file_says_the_rest(tmp_path: Path) -> None:
    assert resolve_project(tmp_path).executor == ExecutorSpec()
    (tmp_path / "harness.toml").write_text(TABLE)
    project = resolve_project(tmp_path)
    assert project.executor == ExecutorSpec(ExecutorKind.RAY, "10.0.0.1:6379", gpus=0.5)
    assert project.origins["executor.kind"].layer == "file"
    here = resolve_project(tmp_path, flags={"executor.kind": "local"})
    assert here.executor.kind is ExecutorKind.LOCAL
    assert here.origins["executor.kind"].where == "--executor"


@pytest.mark.parametrize("table", ['kind = "rey"', "gpus = -1", 'address = ""', "nodes = 2", 'cpus = "two"'])
def test_an_executor_that_cannot_be_is_refused_at_its_place(tmp_path: Path, table: str) -> None:
    (tmp_path / "harness.toml").write_text(f"[executor]\n{table}\n")
    with pytest.raises(SuiteError) as caught:
        resolve_project(tmp_path)
    assert [problem.place.line for problem in caught.value.problems] == [2]


def test_without_the_extra_the_run_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    sources = Sources({"p": ProviderSpec("p", "painter")}, executor=ExecutorSpec(ExecutorKind.RAY))
    with pytest.raises(MissingExtraError) as caught:
        Session.open(sources, RunRecord("", ("s.yaml",), "t", "0"), tmp_path / "reports", limits=Limits())
    assert "image-harness[ray]" in caught.value.hint
    assert not (tmp_path / "reports").exists()
