"""What happens once, when all tests are done: the report, and the images to accept."""

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.pytest_plugin.failure import shown
from harness.pytest_plugin.settings import CHECKED, project_of, report, reports_of


def end_run(session: pytest.Session, folder: Path, baselines: Path, update: frozenset[str]) -> None:
    """Write the report of the whole run, and accept the images with one of the ``update`` verdicts.

    An image that may not be accepted (unproven, or with ``CI`` set) fails the session and says why.
    """
    from harness.ledger import keep_spending, read_run
    from harness.report import write_report

    config = session.config
    keep_spending(reports_of(config))
    for note in read_run(folder).notes or ():
        report(config, f"image-harness: {note}")
    if update:
        try:
            _accept(session, folder, baselines, update)
        except HarnessError as error:
            report(config, f"image-harness: {error}" + (f"\n  → {error.hint}" if error.hint else ""))
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    written = write_report(folder, baselines=baselines)
    report(config, f"image-harness report: {shown(written['html'])}")


def _accept(session: pytest.Session, folder: Path, baselines: Path, update: frozenset[str]) -> None:
    from harness.baseline import Baselines, Selection, accept, whoami
    from harness.ledger import read_run
    from harness.runner import rerun

    # an image that a test made has no provider that could generate it again
    made_by_tests = read_run(folder).suites == CHECKED

    changes = accept(
        Baselines(baselines),
        folder,
        Selection(verdicts=update),
        reason=f"pytest --harness-update={session.config.getoption('harness_update')}",
        who=whoami(),
        unproven=made_by_tests,
        rerun=None if made_by_tests else rerun(folder, project_of(session.config)),
    )
    for change in changes:
        report(session.config, f"image-harness accepted {change.key}")
