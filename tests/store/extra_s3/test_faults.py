"""Each fault of a store comes to what the table says: never a wrong verdict, never a file half written."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.extra_s3.faults import SCENARIOS, Scenario, outcomes, servers
from tests.store.extra_s3.proxy import Proxy
from tests.store.extra_s3.server import S3


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[S3, Proxy]]:
    with servers() as found:
        yield found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.fault)
def test_a_fault_comes_to_what_the_table_says(
    scenario: Scenario, running: tuple[S3, Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = {name: outcome for name, outcome, _ in outcomes(scenario, tmp_path, *running)}
    assert found == {"run": scenario.run, "pull": scenario.pull, "push": scenario.push}
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in "".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
