"""The files of a report, made from the files of a run: they can be made again at any time."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.ledger import iter_results, read_run
from harness.records import RunRecord, TrialResult
from harness.report.files import replacing
from harness.report.image_paths import Images
from harness.report.junit import write_junit
from harness.report.markdown import write_markdown
from harness.report.page import write_page
from harness.report.tally import Tally

FORMATS = ("html", "junit", "markdown")
"""What :func:`write_report` can write."""


def write_report(
    folder: Path, *, baselines: Path, single_file: bool = False, formats: Sequence[str] = FORMATS
) -> dict[str, Path]:
    """Write the report of the run in ``folder`` beside its files; returns the path by format.

    ``html`` is ``index.html`` with ``data.js`` (alone with ``single_file``), ``junit`` is ``junit.xml``, ``markdown``
    is ``summary.md``. ``baselines`` is the folder that the files of accepted images are relative to. Reads the
    results once for each format and once to count, and holds none of them.

    Raises UsageError for an unknown format, ReportError when a file cannot be written, SingleFileTooLargeError, and
    what the ledger raises for files that are not a run's.
    """
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"unknown report format {name!r}", f"use one of {', '.join(FORMATS)}")
    run = read_run(folder)
    tally = tally_of(iter_results(folder))
    images = Images(folder, baselines)
    makers: dict[str, Callable[[], Path]] = {
        "html": lambda: write_page(folder, run, tally, iter_results(folder), images, single_file=single_file),
        "junit": lambda: _junit(folder, run, tally, iter_results(folder), images),
        "markdown": lambda: _markdown(folder, run, tally, iter_results(folder)),
    }
    return {name: makers[name]() for name in formats}


def tally_of(results: Iterable[TrialResult]) -> Tally:
    """The counts over results as they come."""
    tally = Tally()
    for result in results:
        tally.add(result)
    return tally


def _junit(folder: Path, run: RunRecord, tally: Tally, results: Iterable[TrialResult], images: Images) -> Path:
    path = folder / "junit.xml"
    with replacing(path) as stream:
        write_junit(stream, run, tally, results, images)
    return path


def _markdown(folder: Path, run: RunRecord, tally: Tally, results: Iterable[TrialResult]) -> Path:
    path = folder / "summary.md"
    with replacing(path) as stream:
        write_markdown(stream, run, tally, results, folder)
    return path
