"""What happens once, when all tests are done: the report, and the images to accept."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, UsageError
from harness.pytest_plugin.failure import shown
from harness.pytest_plugin.settings import UPDATES, fail_session, project_of, report
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    from harness.baseline import Baselines, Selection
    from harness.pytest_plugin.prefetch import PrefetchRun


def end_run(session: pytest.Session, folder: Path) -> None:
    """Write the report of the whole run, and accept the images with the verdicts of ``--harness-update``.

    An image that may not be accepted (unproven) is named and fails the session; the others are accepted. With ``CI``
    set none is.
    """
    from harness.baseline import Baselines
    from harness.ledger import read_run
    from harness.report import write_report

    config, record = session.config, read_run(folder)
    project, update = project_of(config), UPDATES[config.getoption("harness_update")]
    baselines = Baselines(project.baselines, project.store)
    for note in record.notes or ():
        report(config, f"image-harness: {note}")
    if (repeats := config.getoption("harness_repeats")) > 1 and record.made_by_tests:
        from harness.pytest_plugin.repeating import store_noise

        try:
            for line in store_noise(folder, baselines, repeats):
                report(config, f"image-harness: {line}")
        except HarnessError as error:
            fail_session(session, error)
    if update:
        try:
            _accept(session, folder, baselines, update)
        except HarnessError as error:
            fail_session(session, error)
    written = write_report(folder, baselines=project.baselines)
    report(config, f"image-harness report: {shown(written['html'])}")
    if not update:
        _findings(config, folder)


def end_prefetch(session: pytest.Session, run: "PrefetchRun") -> None:
    """Close the run that generates ahead, write its report and accept as :func:`end_run` does."""
    run.finish()
    if run.fault:
        fail_session(session, run.fault)
    elif run.folder is not None:
        end_run(session, run.folder)


def _findings(config: pytest.Config, folder: Path) -> None:
    """Report how many findings have the same reason, where any do, and the commands that can help."""
    from harness.ledger import iter_results, read_run
    from harness.report import Tally, labeled, next_steps

    tally = Tally()
    for result in iter_results(folder):
        tally.add(result)
    for group in tally.groups if tally.to_look_at > len(tally.groups) else ():
        report(config, f"  {group.count:,} {group.named[0].outcome.verdict}: {group.why}")
    for label, command in labeled(next_steps(read_run(folder), tally, folder)):
        report(config, f"{label:<6}{command}")


def _accept(session: pytest.Session, folder: Path, baselines: "Baselines", update: frozenset[Verdict]) -> None:
    """Accept what was shown to repeat; the rest is named, and fails the session."""
    from harness.baseline import NotProvenError, Selection, choose

    chosen = Selection(verdicts=update)
    try:
        _accept_chosen(session, folder, baselines, chosen)
    except NotProvenError as refused:
        named = {key for key, _ in refused.trials}
        proven = frozenset(str(key) for key in choose(folder, chosen) if key not in named)
        if not proven:
            raise
        _accept_chosen(session, folder, baselines, Selection(verdicts=update, keys=proven))
        for key, problem in refused.trials:
            report(session.config, f"image-harness not accepted {key}: {problem}")
        count = f"{len(named):,} of {refused.chosen:,} trials"
        fail_session(session, UsageError(f"{count} not accepted: not shown to repeat", refused.hint))


def _accept_chosen(session: pytest.Session, folder: Path, baselines: "Baselines", chosen: "Selection") -> None:
    from harness.baseline import accept, whoami
    from harness.runner import rerun

    changes = accept(
        baselines,
        folder,
        chosen,
        reason=f"pytest --harness-update={session.config.getoption('harness_update')}",
        who=whoami(),
        rerun=rerun(folder, project_of(session.config)),
    )
    for change in changes:
        report(session.config, f"image-harness accepted {change.key}")
