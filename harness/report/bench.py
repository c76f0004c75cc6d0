"""The files of a benchmark's report, made from its ``bench.json``: they can be made again at any time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from harness.errors import MissingExtraError
from harness.ledger import read_regular, refuse_links
from harness.records import ArmFigures, Bench, Share, Shown, read_document
from harness.report.bench_plots import plots_of
from harness.report.corrected import write_corrected
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.files import ReportError, replacing
from harness.report.formatting import show_interval
from harness.report.text import (
    BENCH_COLUMNS,
    CORRECTED_COLUMNS,
    CORRECTED_METHOD,
    because,
    bench_cells,
    bench_facts,
    bench_headline,
    bench_method,
    corrected_rows,
    missing_words,
    show_share,
    stopped_words,
)
from harness.report.views import Views
from harness.report.words import SIGNS

STYLES = ("base.css", "overview.css", "detail.css", "tables.css", "checks.css", "arms.css", "print.css")
SCRIPTS = (
    "util.js", "shell.js", "model.js", "slots.js", "viewer.js", "regions.js", "tables.js", "arms-state.js", "arms.js",
    "arms-detail.js", "bench.js",
)  # fmt: skip


def read_bench(folder: Path) -> Bench:
    """Read the benchmark in a folder. Raises ReportError when there is none that can be read."""
    path = folder / "bench.json"
    try:
        refuse_links(folder)
        return read_document("bench", Bench, read_regular(path))
    except (OSError, ValueError) as error:
        raise ReportError(path, str(error)) from error


def write_bench_report(folder: Path) -> dict[str, Path]:
    """Write the page (``index.html`` with ``data.js``) and ``summary.md`` of the benchmark in ``folder``; their paths
    by format. Raises ReportError."""
    bench = read_bench(folder)
    page, data, summary = folder / "index.html", folder / "data.js", folder / "summary.md"
    with replacing(data) as stream:
        DataScript(stream).call("bench", _data(bench, folder))
    with replacing(page) as stream:
        write_document(stream, bench.bench, STYLES, SCRIPTS)
    with replacing(summary) as stream:
        write_bench_markdown(stream, bench)
    return {"html": page, "markdown": summary}


def _data(bench: Bench, folder: Path) -> dict[str, Any]:
    """Return what the page shows, each value as it is shown."""
    best = _best(bench.arms)
    data: dict[str, Any] = {
        "bench": bench.bench,
        "suites": ", ".join(bench.suites),
        "headline": bench_headline(bench),
        "facts": [bench.started[:16].replace("T", " ") + " UTC", bench_facts(bench)],
        "notices": [stopped_words(bench)] if bench.stopped else [],
        "method": bench_method(bench),
        "columns": BENCH_COLUMNS,
        "arms": [
            {
                "cells": bench_cells(arm),
                "missing": missing_words(arm),
                "best": [number for number, column in enumerate(BENCH_COLUMNS) if index in best.get(column, ())],
            }
            for index, arm in enumerate(bench.arms)
        ],
        "labels": [arm.label for arm in bench.arms],
        "tags": list(_tags(bench.arms)),
        "corrected": list(_corrected(bench)),
        "corrected_columns": CORRECTED_COLUMNS,
        "corrected_method": CORRECTED_METHOD,
        "images": _images(bench.arms, Views(folder)),
        "signs": SIGNS,
        "plots": [],
    }
    try:
        data["plots"] = [{"title": title, "text": text, "image": image} for title, text, image in plots_of(bench)]
    except MissingExtraError as missing:
        data["notices"].append(f"{missing}: {missing.hint}")
    return data


def _best(arms: Sequence[ArmFigures]) -> dict[str, set[int]]:
    """Return which rows of a column are bold: the fastest by each percentile, and the one with most checks passed."""
    if len(arms) < 2:
        return {}
    found: dict[str, set[int]] = {}
    for name in ("p50", "p90", "p99"):
        timed = {index: value for index, arm in enumerate(arms) if (value := getattr(arm.latency, name)) is not None}
        found[name] = {index for index, value in timed.items() if value == min(timed.values())}
    rates = {index: arm.checks.rate for index, arm in enumerate(arms) if arm.checks.rate is not None}
    top = {index for index, rate in rates.items() if rate == max(rates.values())}
    found["checks passed"] = top if len(top) < len(rates) else set()
    return found


def _tags(arms: Sequence[ArmFigures]) -> Iterator[dict[str, Any]]:
    for tag in sorted({tag for arm in arms for tag in arm.by_tag}):
        shares = [arm.by_tag.get(tag, Share(0, 0)) for arm in arms]
        yield {"tag": tag, "cells": [(show_share(share), show_interval(share)) for share in shares]}


def _corrected(bench: Bench) -> Iterator[tuple[str, ...]]:
    return corrected_rows((arm.label, arm.corrected) for arm in bench.arms)


def _images(arms: Sequence[ArmFigures], views: Views) -> list[dict[str, Any]]:
    """Make a row a trial, with what each arm generated of it; None where an arm has nothing of it."""
    rows: dict[str, dict[str, Any]] = {}
    for index, arm in enumerate(arms):
        for shown in arm.shown:
            row = rows.setdefault(
                shown.trial,
                {"trial": shown.trial, "prompt": shown.prompt, "tags": list(shown.tags), "cells": [None] * len(arms)},
            )
            row["cells"][index] = _cell(shown, views)
    return list(rows.values())


def _cell(shown: Shown, views: Views) -> dict[str, Any]:
    return {
        "image": None if shown.image is None else views.cells(shown.image),
        "verdict": shown.verdict,
        "why": because(shown.reasons),
        "checks": [[one.label, one.outcome, one.seen] for one in shown.findings],
    }


def write_bench_markdown(stream: TextIO, bench: Bench) -> None:
    """Write the benchmark as Markdown: sentence, table, checks by tag."""
    stream.write(f"# {bench.bench}\n\n**{_plain(bench_headline(bench))}.**\n\n")
    stream.write("| " + " | ".join(BENCH_COLUMNS) + " |\n|---|" + "--:|" * (len(BENCH_COLUMNS) - 1) + "\n")
    for arm in bench.arms:
        stream.write("| " + " | ".join(map(_plain, bench_cells(arm))) + " |\n")
    for arm in bench.arms:
        if arm.missing:
            stream.write(f"\n{_plain(arm.label)}: {missing_words(arm)}.\n")
    tags = sorted({tag for arm in bench.arms for tag in arm.by_tag})
    if tags:
        stream.write("\n| checks passed | " + " | ".join(_plain(arm.label) for arm in bench.arms) + " |\n")
        stream.write("|---|" + "--:|" * len(bench.arms) + "\n")
        for tag in tags:
            shares = (show_share(arm.by_tag.get(tag, Share(0, 0))) for arm in bench.arms)
            stream.write(f"| {_plain(tag)} | " + " | ".join(shares) + " |\n")
    write_corrected(stream, list(_corrected(bench)))
    stream.write(f"\n{bench_method(bench)}\n")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
