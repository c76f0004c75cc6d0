"""The HTML page of a run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from harness.records import RunRecord, TrialResult
from harness.report.columns import DataScript
from harness.report.commands import accept_words
from harness.report.document import write_document
from harness.report.embed import SAME_PIXELS_BYTES, Embedded, PixelScripts
from harness.report.files import replacing
from harness.report.image_paths import Images
from harness.report.rows import COLUMNS, SHARED, row
from harness.report.tally import Tally
from harness.report.text import run_shown
from harness.report.words import ORDER, SIGNS, compared, noun_of, run_title
from harness.vocabulary import Verdict

STYLES = ("base.css", "overview.css", "detail.css", "chance.css", "print.css")
SCRIPTS = (
    "util.js", "shell.js", "model.js", "state.js", "overview.js", "slots.js", "list.js", "viewer.js", "numbers.js",
    "chance.js", "panel.js", "detail.js", "keys.js", "main.js",
)  # fmt: skip


def write_page(
    folder: Path,
    run: RunRecord,
    tally: Tally,
    results: Iterable[TrialResult],
    images: Images,
    *,
    single_file: bool = False,
) -> Path:
    """Write ``index.html`` and ``data.js``, or ``index.html`` alone with everything in it. Returns the page's path.

    Raises ReportError, SingleFileTooLargeError.
    """
    page, data = folder / "index.html", folder / "data.js"
    with replacing(data) as stream:
        _write_data(stream, run, tally, results, images, single_file=single_file)
    with replacing(page) as stream:
        write_document(stream, run_title(run), STYLES, SCRIPTS, data if single_file else None)
    if single_file:
        data.unlink()
    return page


def _write_data(
    stream: TextIO,
    run: RunRecord,
    tally: Tally,
    results: Iterable[TrialResult],
    images: Images,
    *,
    single_file: bool,
) -> None:
    script = DataScript(stream)
    script.call("head", _head(run, tally, images))
    embedded = Embedded(script, images.folder) if single_file else None
    differing, same = PixelScripts(images.folder), PixelScripts(images.folder, SAME_PIXELS_BYTES)
    for result in results:
        scripts = same if result.outcome.verdict == Verdict.IDENTICAL else differing
        script.row(row(result, images, script, embedded.add if embedded else scripts.add))
        heat = images.heat_map(result)
        address = images.address(heat)
        if embedded and address:
            embedded.add(address, heat)
    script.call("end", {"trials": tally.trials})


def _head(run: RunRecord, tally: Tally, images: Images) -> dict[str, Any]:
    head: dict[str, Any] = {
        "columns": COLUMNS,
        "shared": SHARED,
        "order": ORDER,
        "signs": SIGNS,
        "title": run_title(run),
        "headline": tally.headline(noun_of(run)),
        "noun": noun_of(run),
        "accept": accept_words(images.folder, images.baselines),
        "compared": compared(run),
        "run": run_shown(run),
        "seconds": run.seconds or tally.seconds,
        "cost": run.cost if run.cost is not None else tally.cost,
        "money": tally.money,
        "omissions": tally.omissions,
    }
    return head
