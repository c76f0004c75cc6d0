"""The files of an audit's report, made from its ``audit.json``: they can be made again at any time."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.ledger import inside, read_audit
from harness.records import Audit, AuditPair, ImageRef, to_json
from harness.report.audit_markdown import write_audit_markdown
from harness.report.audit_terminal import corrected_of, prompt_words
from harness.report.audit_values import with_texts
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.embed import PixelScripts
from harness.report.files import replacing
from harness.report.image_paths import Place
from harness.report.rows import DIGITS, region_rows
from harness.report.text import (
    CORRECTED_COLUMNS,
    CORRECTED_METHOD,
    audit_sentences,
    because,
    equivalence_line,
    go_line,
    kinds_shown,
    looks_line,
    sentence,
)
from harness.report.views import Views
from harness.report.words import one_line
from harness.vocabulary import HEAT_SCALE

STYLES = ("base.css", "overview.css", "detail.css", "tables.css", "audit.css", "print.css")
SCRIPTS = (
    "util.js", "shell.js", "model.js", "slots.js", "viewer.js", "regions.js", "tables.js", "audit-state.js",
    "audit-head.js", "audit-list.js", "audit-detail.js", "audit-main.js",
)  # fmt: skip


def write_audit_report(folder: Path) -> dict[str, Path]:
    """Write the page (``index.html`` with ``data.js``) and ``summary.md`` of the audit in ``folder``; their paths by
    format. Raises UsageError where there is no audit, ReportError when a file cannot be written."""
    audit = read_audit(folder)
    page, data, summary = folder / "index.html", folder / "data.js", folder / "summary.md"
    with replacing(data) as stream:
        DataScript(stream).call("audit", _data(audit, folder))
    with replacing(page) as stream:
        write_document(stream, one_line(f"{audit.a.label} ↔ {audit.b.label}"), STYLES, SCRIPTS)
    with replacing(summary) as stream:
        write_audit_markdown(stream, audit)
    return {"html": page, "markdown": summary}


def _data(audit: Audit, folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = to_json(audit)
    data |= {"sentences": audit_sentences(audit), "notes": [sentence(note) for note in audit.notes]}
    data |= {"corrected": list(corrected_of(audit)), "corrected_columns": CORRECTED_COLUMNS}
    data |= {"corrected_method": CORRECTED_METHOD}
    data |= {"line": go_line(audit), "equivalence_line": equivalence_line(audit), "looks_line": looks_line(audit)}
    data |= {"kinds": kinds_shown(audit), "heat_scale": HEAT_SCALE}
    scripts = PixelScripts(folder)
    for prompt, shown in zip(audit.prompts, data["prompts"], strict=True):
        shown["reason"] = prompt_words(prompt)
        shown["pairs"] = [_pair(pair, folder, scripts) for pair in prompt.pairs]
    return with_texts(data, audit)


def _pair(pair: AuditPair, folder: Path, scripts: PixelScripts) -> dict[str, Any]:
    data: dict[str, Any] = to_json(pair)
    sides = {"a": _image(pair.a, folder, scripts), "b": _image(pair.b, folder, scripts)}
    data |= {"note": because(pair.reasons)}
    data |= {"regions": region_rows(pair.regions), "moreRegions": pair.more_regions}
    return data | {name: cells for name, cells in sides.items() if cells is not None}


def _image(ref: ImageRef | None, folder: Path, scripts: PixelScripts) -> list[Any] | None:
    """Return the cells that the page reads an image from, as in :mod:`harness.report.rows`."""
    if ref is None:
        return None
    path = inside(folder, ref.file)
    shown = ref.file_digest[:DIGITS]
    whole = Place(path or folder / ref.file, ref.file, quote(ref.file) if path else None)
    place = Views(folder).view(whole, ref.file_digest)
    embedded = int(scripts.add(shown, place.path, place.made))
    return [place.address, ref.width, ref.height, ref.format, shown, ref.pixel_digest[:DIGITS], ref.file, embedded]
