"""xdist: the controller generates for all, workers read what it answers; of the images that tests check each worker
keeps a ledger of its own, and the controller makes one run of them."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.pytest_plugin import SUFFIXES
from harness.pytest_plugin.settings import fail_session, project_of
from harness.scratch import Scratch

if TYPE_CHECKING:
    from harness.pytest_plugin.answers import Asking
    from harness.pytest_plugin.prefetch import PrefetchRun


class Controller:
    """Lives in the controller process of xdist only."""

    def __init__(self, config: pytest.Config, sessions: Any) -> None:
        from harness.ledger import run_name

        self.config, self.sessions = config, sessions
        self._scratch = Scratch()
        self.exchange = self._scratch.path
        self.reports = project_of(config).reports
        self.checks = run_name(("pytest-checks",))
        self.parts = self.reports / f".{self.checks}"
        self.run: PrefetchRun | None = None
        if config.getini("harness_suites") or any(Path(name).suffix in SUFFIXES for name in config.args):
            from harness.pytest_plugin.prefetch import preload

            preload()
        self._crashed = 0

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where it is answered, where its part goes, and where the whole run of checks will be."""
        node.workerinput["harness_exchange"] = str(self.exchange)
        node.workerinput["harness_parts"] = str(self.parts)
        node.workerinput["harness_checks"] = str(self.reports / self.checks)

    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Begin to generate what the first worker has collected: all collect the same."""
        file = self.exchange / f"{node.gateway.id}.selected"
        if self.run is not None or not file.exists():
            return
        from harness.pytest_plugin.prefetch import PrefetchRun
        from harness.records import decode_json

        selected = decode_json(list[tuple[str, tuple[str, str]]], file.read_bytes())
        self.run = PrefetchRun(self.config, [(Path(path), address) for path, address in selected], self.exchange)

    def pytest_runtest_logfinish(self) -> None:
        """Generate nothing more once the session is about to stop."""
        if self.run is not None and getattr(self.sessions, "shouldstop", False):
            self.run.halt()

    def pytest_testnodedown(self, error: object | None) -> None:
        """Let xdist replace a worker that crashed, until too many did."""
        self._crashed += error is not None
        most = self.config.getoption("maxworkerrestart", None)
        if self.run is not None and most is not None and self._crashed > int(most):
            self.run.halt()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Answer workers that still wait before they are ended, then close the run and merge the parts of checks."""
        if self.run is not None:
            self.run.halt()
        result = yield
        from harness.pytest_plugin.ending import end_prefetch

        if self.run is not None:
            end_prefetch(session, self.run)
        self._merge(session, sorted(file.parent for file in self.parts.glob("*/run.json")))
        self._scratch.close()
        return result

    def _merge(self, session: pytest.Session, folders: Sequence[Path]) -> None:
        if not folders:
            return
        from harness.baseline import Baselines
        from harness.errors import HarnessError
        from harness.pytest_plugin.ending import end_run
        from harness.runner import merge_shards

        try:
            project = project_of(self.config)
            baselines = Baselines(project.baselines, project.store)
            merged = merge_shards(folders, self.reports, baselines=baselines, name=self.checks)
        except HarnessError as error:
            fail_session(session, error)
            return
        shutil.rmtree(self.parts, ignore_errors=True)
        end_run(session, merged.folder)


class Worker:
    """Lives in a worker of xdist only: what it has collected is generated elsewhere."""

    def __init__(self, config: pytest.Config) -> None:
        given: dict[str, str] = config.workerinput  # type: ignore[attr-defined]
        self._exchange, self._name = Path(given["harness_exchange"]), given["workerid"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say which tests of suites there are, before xdist says that all are collected."""
        if "harness.pytest_plugin.collect" not in sys.modules:
            return
        from harness.pytest_plugin.collect import selected_of
        from harness.records import encode_json

        selected = [(str(path), address) for path, address in selected_of(session)]
        if selected:
            (self._exchange / f"{self._name}.selected").write_bytes(encode_json(selected))

    def asking(self) -> "Asking":
        """Return what answers the tests of this worker."""
        from harness.pytest_plugin.answers import Asking

        parent = os.getppid()
        return Asking(self._exchange, self._name, lambda: os.getppid() != parent)
