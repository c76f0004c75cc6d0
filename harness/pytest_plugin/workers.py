"""xdist: each worker keeps its own ledgers, the controller makes one run of them."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.pytest_plugin.settings import UPDATES, baselines_of, reports_of

KINDS = ("suites", "checks")
"""The two runs that tests can make: trials of suites, and images that tests check."""


class Controller:
    """Lives in the controller process of xdist only."""

    def __init__(self, config: pytest.Config) -> None:
        from harness.ledger import run_name

        self.config = config
        self.reports = reports_of(config)
        self.names = {kind: run_name((f"pytest-{kind}",)) for kind in KINDS}

    def parts(self, kind: str) -> Path:
        """Where the workers keep their parts of a run."""
        return self.reports / f".{self.names[kind]}"

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where its parts go, and where the whole runs will be."""
        for kind, name in self.names.items():
            node.workerinput[f"harness_{kind}_parts"] = str(self.parts(kind))
            node.workerinput[f"harness_{kind}"] = str(self.reports / name)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Merge the parts; the workers have written theirs by now."""
        for kind in KINDS:
            folders = sorted(file.parent for file in self.parts(kind).glob("*/run.json"))
            if folders:
                self._merge(session, kind, folders)

    def _merge(self, session: pytest.Session, kind: str, folders: list[Path]) -> None:
        from harness.pytest_plugin.ending import end_run
        from harness.runner import merge_shards

        merged = merge_shards(folders, self.reports, baselines=baselines_of(self.config), name=self.names[kind])
        shutil.rmtree(self.parts(kind), ignore_errors=True)
        update = UPDATES[self.config.getoption("harness_update")]
        end_run(session, merged.folder, baselines_of(self.config), update)
