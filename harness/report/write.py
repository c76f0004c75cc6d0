"""The files of a report, made from the files of a run: they can be made again at any time."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol, TextIO

from harness.errors import UsageError
from harness.ledger import iter_results, read_run
from harness.records import RunRecord, TrialResult
from harness.report.files import ReportError
from harness.report.image_paths import Images, Places
from harness.report.junit import JUnitFile
from harness.report.markdown import MarkdownFile
from harness.report.page import PageFile
from harness.report.tally import Tally


class ReportFile(Protocol):
    """One format: takes the results one by one, and is written when they are counted."""

    def add(self, result: TrialResult, places: Places) -> None:
        """Take the next result, with where its images are."""

    def write(self, run: RunRecord, tally: Tally) -> Path:
        """Write the file. Raises ReportError."""


FORMATS = ("html", "junit", "markdown")
"""What :func:`write_report` can write."""


def write_report(
    folder: Path,
    *,
    baselines: Path,
    single_file: bool = False,
    formats: Sequence[str] = FORMATS,
    tally: Tally | None = None,
    again: Sequence[str] = (),
) -> dict[str, Path]:
    """Write the report of the run in ``folder`` beside its files; returns the path by format.

    ``html`` is ``index.html`` with ``data.js`` (alone with ``single_file``), ``junit`` is ``junit.xml``, ``markdown``
    is ``summary.md``. ``baselines`` is the folder that the files of accepted images are relative to. Reads the results
    once for all formats, adds each to ``tally`` and holds none of them: rows wait in a temporary file until the counts
    at the top of a format are known. ``again`` are options that the commands of the summary keep
    (:func:`harness.report.commands.next_steps`).

    Raises UsageError for an unknown format, ReportError when a file cannot be written, SingleFileTooLargeError, and
    what the ledger raises for files that are not a run's.
    """
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"unknown report format {name!r}", f"use one of {', '.join(FORMATS)}")
    run, images = read_run(folder), Images(folder, baselines)
    tally = Tally() if tally is None else tally
    try:
        with ExitStack() as stack:
            files = {name: _file(name, images, stack, again, single_file=single_file) for name in formats}
            for result in iter_results(folder):
                tally.add(result)
                places = images.of(result)
                for file in files.values():
                    file.add(result, places)
            return {name: file.write(run, tally) for name, file in files.items()}
    except OSError as fault:
        raise ReportError(folder, fault.strerror or str(fault)) from fault


def tally_of(results: Iterable[TrialResult]) -> Tally:
    """Return the counts over results as they come."""
    tally = Tally()
    for result in results:
        tally.add(result)
    return tally


def _file(name: str, images: Images, stack: ExitStack, again: Sequence[str], *, single_file: bool) -> ReportFile:
    if name == "markdown":
        return MarkdownFile(images.folder, again=again)
    opened = TemporaryFile("w+", dir=images.folder, encoding="utf-8", newline="\n")  # noqa: SIM115 (the stack closes it)
    rows: TextIO = stack.enter_context(opened)
    return JUnitFile(rows, images) if name == "junit" else PageFile(rows, images, single_file=single_file)
