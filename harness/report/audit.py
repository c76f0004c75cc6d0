"""The files of an audit's report, made from its ``audit.json``: they can be made again at any time."""

from pathlib import Path
from typing import Any

from harness.ledger import read_audit
from harness.records import Audit, AuditPair, to_json
from harness.report.audit_markdown import write_audit_markdown
from harness.report.audit_terminal import corrected_of, prompt_words
from harness.report.audit_values import with_texts
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.embed import PixelScripts
from harness.report.files import replacing
from harness.report.rows import region_rows
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
    views = Views(folder)
    data |= {"note": because(pair.reasons)}
    data |= {"regions": region_rows(pair.regions), "moreRegions": pair.more_regions}
    return data | {name: views.cells(ref, scripts) for name, ref in (("a", pair.a), ("b", pair.b)) if ref is not None}
