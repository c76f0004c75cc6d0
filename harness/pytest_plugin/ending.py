"""What happens once, when all tests are done: the report, and the pictures to accept."""

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.failure import shown
from harness.pytest_plugin.settings import CHECKED, tell


def end_run(session: pytest.Session, folder: Path, baselines: Path, update: frozenset[str]) -> None:
    """Write the report of the whole run, and accept the pictures with one of the ``update`` verdicts.

    A picture that may not be accepted (unproven, or with ``CI`` set) fails the session and says why.
    """
    from harness.ledger import read_run
    from harness.report import write_report

    config = session.config
    for note in read_run(folder).notes or ():
        tell(config, f"image-harness: {note}")
    if update:
        try:
            _accept(session, folder, baselines, update)
        except HarnessError as error:
            tell(config, f"image-harness: {error}" + (f"\n  → {error.remedy}" if error.remedy else ""))
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    written = write_report(folder, baselines=baselines)
    tell(config, f"image-harness report: {shown(written['html'])}")


def _accept(session: pytest.Session, folder: Path, baselines: Path, update: frozenset[str]) -> None:
    from harness.baseline import Baselines, Selection, accept, whoami
    from harness.ledger import read_run
    from harness.run import redraw

    # a picture that a test made has no provider that could draw it again
    made_by_tests = read_run(folder).suites == CHECKED

    changes = accept(
        Baselines(baselines),
        folder,
        Selection(verdicts=update),
        reason=f"pytest --harness-update={session.config.getoption('harness_update')}",
        who=whoami(),
        unproven=made_by_tests,
        redraw=None if made_by_tests else redraw(folder),
    )
    for change in changes:
        tell(session.config, f"image-harness accepted {change.key}")
