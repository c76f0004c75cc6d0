"""The HTML page of a run."""

import shlex
from pathlib import Path
from typing import Any, TextIO

from harness.ledger import PAGE_FILE
from harness.records import RunRecord, TrialResult
from harness.report.commands import accept_words
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.embed import SAME_PIXELS_BYTES, Embedded, PixelScripts
from harness.report.files import append_rows, replacing
from harness.report.formatting import show_seconds
from harness.report.image_paths import Images, Places
from harness.report.plain import PlainFindings
from harness.report.rows import COLUMNS, SHARED, row
from harness.report.tally import Tally
from harness.report.text import FORMULAS, run_shown
from harness.report.views import Views
from harness.report.words import ORDER, SIGNS, compared, noun_of, run_title
from harness.vocabulary import HEAT_SCALE, Verdict

STYLES = (
    "base.css", "overview.css", "detail.css", "tables.css", "checks.css", "chance.css", "explain.css",
    "deciding.css", "print.css",
)  # fmt: skip
SCRIPTS = (
    "util.js", "shell.js", "model.js", "state.js", "overview.js", "slots.js", "tables.js", "matrix.js", "list.js",
    "viewer.js", "regions.js", "checks.js", "numbers.js", "chance.js", "explain.js", "marks.js", "alike.js",
    "deciding.js", "submit.js", "panel.js", "detail.js", "keys.js", "main.js",
)  # fmt: skip


class PageFile:
    """``index.html`` of a run with ``data.js``, or alone with everything in it; ``rows`` is a temporary file."""

    def __init__(self, rows: TextIO, images: Images, *, single_file: bool = False) -> None:
        self._rows, self._images = rows, images
        self._script, self._views = DataScript(rows), Views(images.folder)
        self._embedded = Embedded(self._script, images.folder) if single_file else None
        self._plain = PlainFindings(images=not single_file)
        self._differing, self._same = PixelScripts(images.folder), PixelScripts(images.folder, SAME_PIXELS_BYTES)

    def add(self, result: TrialResult, places: Places) -> None:
        """Add the row of a trial. Raises SingleFileTooLargeError."""
        places = self._views.of(result, places)
        self._plain.add(result, places)
        scripts = self._same if result.outcome.verdict == Verdict.IDENTICAL else self._differing
        self._script.row(row(result, places, self._script, (self._embedded or scripts).add))
        heat = places.heat_map
        if self._embedded and heat is not None and heat.address:
            self._embedded.add(heat.address, heat.path, made=True)

    def write(self, run: RunRecord, tally: Tally) -> Path:
        """Write the page; returns its path. Raises ReportError."""
        page, data = self._images.folder / PAGE_FILE, self._images.folder / "data.js"
        self._script.call("end", {"trials": tally.trials})
        with replacing(data) as stream:
            DataScript(stream).call("head", page_head(run, tally, self._images))
            append_rows(self._rows, stream)
        with replacing(page) as stream:
            accept = "" if compared(run) else shlex.join(accept_words(self._images.folder, self._images.baselines))
            plain = self._plain.html(f"{run_title(run)}: {tally.headline(noun_of(run))}", accept)
            write_document(stream, run_title(run), STYLES, SCRIPTS, data if self._embedded else None, plain=plain)
        if self._embedded:
            data.unlink()
        return page


def page_head(run: RunRecord, tally: Tally, images: Images) -> dict[str, Any]:
    """Return what the page says of the whole run."""
    head: dict[str, Any] = {
        "columns": COLUMNS,
        "shared": SHARED,
        "order": ORDER,
        "signs": SIGNS,
        "title": run_title(run),
        "headline": tally.headline(noun_of(run)),
        "noun": noun_of(run),
        "heatScale": HEAT_SCALE,
        "formulas": FORMULAS,
        "accept": accept_words(images.folder, images.baselines),
        "compared": compared(run),
        "run": run_shown(run),
        "took": show_seconds(run.seconds or tally.seconds),
        "cost": run.cost if run.cost is not None else tally.cost,
        "money": tally.money,
        "omissions": tally.omissions,
    }
    return head
