"""The page of a benchmark: one HTML file without scripts, the images beside it."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from harness.errors import MissingExtraError
from harness.ledger import atomic_write
from harness.records import ArmFigures, Bench, Share, Shown, read_document
from harness.report.assets import asset, icon
from harness.report.bench_plots import plots_of
from harness.report.bench_words import (
    BENCH_COLUMNS,
    bench_cells,
    bench_headline,
    how,
    missing_words,
    show_share,
    stopped_words,
    write_bench_markdown,
)
from harness.report.files import ReportError, replacing
from harness.report.formatting import show_cost, show_interval, show_seconds
from harness.report.text import because

MOST_IMAGES = 60
"""Rows of images at most; the rest is counted."""


def read_bench(folder: Path) -> Bench:
    """Return the benchmark in a folder. Raises ReportError when there is none that can be read."""
    path = folder / "bench.json"
    try:
        return read_document("bench", Bench, path.read_bytes())
    except (OSError, ValueError) as error:
        raise ReportError(path, str(error)) from error


def write_bench_report(folder: Path) -> dict[str, Path]:
    """Write ``index.html`` and ``summary.md`` from ``bench.json``; returns the path by format. Raises ReportError."""
    bench = read_bench(folder)
    page, summary = folder / "index.html", folder / "summary.md"
    atomic_write(page, "".join(_page(bench)).encode())
    with replacing(summary) as stream:
        write_bench_markdown(stream, bench)
    return {"html": page, "markdown": summary}


def _page(bench: Bench) -> Iterator[str]:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file: data:; base-uri 'none'"
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(bench.bench)} · image-harness</title>\n{icon()}\n"
        f"<style>{asset('base.css')}{asset('bench.css')}</style>\n</head>\n<body>\n<main>\n"
    )
    yield from _head(bench)
    yield from _table(bench)
    yield from _plots(bench)
    yield from _tags(bench)
    yield from _images(bench)
    yield f'<p class="how">{escape(how(bench))}</p>\n</main>\n</body>\n</html>\n'


def _head(bench: Bench) -> Iterator[str]:
    generations = sum(arm.generations for arm in bench.arms)
    spent = [arm.spent for arm in bench.arms]
    known = [one for one in spent if one is not None]
    cost = show_cost(sum(known) if len(known) == len(spent) else None)
    facts = f"{bench.started} · {generations:,} generations in {show_seconds(bench.seconds)} · spent {cost}"
    yield (
        f'<p class="meta"><span class="brand">image-harness</span><span>{escape(facts)}</span></p>\n'
        f'<p class="eyebrow">Benchmark of {escape(", ".join(bench.suites))}</p>\n'
        f"<h1>{escape(bench_headline(bench))}</h1>\n"
    )
    if bench.stopped:
        yield f'<p class="notice">{escape(stopped_words(bench))}</p>\n'


def _table(bench: Bench) -> Iterator[str]:
    yield '<div class="wide"><table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in BENCH_COLUMNS)
    yield "</tr></thead>\n<tbody>\n"
    best = _best(bench.arms)
    for index, arm in enumerate(bench.arms):
        name, *rest = bench_cells(arm)
        left_out = f'<br><span class="failed">{escape(missing_words(arm))}</span>' if arm.missing else ""
        yield f'<tr><th scope="row">{escape(name)}{left_out}</th>'
        for column, text in zip(BENCH_COLUMNS[1:], rest, strict=True):
            marks = [*(["best"] if index in best.get(column, ()) else []), *(["first"] if column == "first" else [])]
            yield f'<td class="{" ".join(marks)}">{escape(text)}</td>' if marks else f"<td>{escape(text)}</td>"
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _best(arms: Sequence[ArmFigures]) -> dict[str, set[int]]:
    """Return which rows are set bold: the fastest by each percentile, and the one that passes most checks."""
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


def _plots(bench: Bench) -> Iterator[str]:
    try:
        plots = plots_of(bench)
    except MissingExtraError as missing:
        yield f'<p class="notice">{escape(str(missing))}: <code>{escape(missing.hint)}</code></p>\n'
        return
    yield '<div class="plots">\n'
    for title, said, svg in plots:
        yield f"<figure><figcaption><b>{escape(title)}</b><span>{escape(said)}</span></figcaption>\n{svg}</figure>\n"
    yield "</div>\n"


def _tags(bench: Bench) -> Iterator[str]:
    tags = sorted({tag for arm in bench.arms for tag in arm.by_tag})
    if not tags:
        return
    yield '<h2>Checks passed, by tag</h2>\n<div class="wide"><table>\n<thead><tr><th scope="col"></th>'
    yield "".join(f'<th scope="col">{escape(arm.label)}</th>' for arm in bench.arms)
    yield "</tr></thead>\n<tbody>\n"
    for tag in tags:
        yield f'<tr><th scope="row">{escape(tag)}</th>'
        for arm in bench.arms:
            share = arm.by_tag.get(tag, Share(0, 0))
            interval = f'<span class="muted small">{escape(show_interval(share))}</span>'
            yield f"<td>{escape(show_share(share))} {interval}</td>"
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _images(bench: Bench) -> Iterator[str]:
    rows: dict[str, dict[int, Shown]] = {}
    for index, arm in enumerate(bench.arms):
        for shown in arm.shown:
            rows.setdefault(shown.trial, {})[index] = shown
    if not rows:
        return
    yield '<h2>What they generated</h2>\n<div class="wide"><table class="images">\n<thead><tr><th scope="col"></th>'
    yield "".join(f'<th scope="col">{escape(arm.label)}</th>' for arm in bench.arms)
    yield "</tr></thead>\n<tbody>\n"
    for trial, found in list(rows.items())[:MOST_IMAGES]:
        prompt = next(iter(found.values())).prompt
        yield f'<tr><th scope="row">{escape(trial)}<span>{escape(prompt)}</span></th>'
        yield "".join(_image(found.get(index)) for index in range(len(bench.arms)))
        yield "</tr>\n"
    yield "</tbody></table></div>\n"
    if len(rows) > MOST_IMAGES:
        yield f'<p class="how">and {len(rows) - MOST_IMAGES:,} trials more</p>\n'


def _image(shown: Shown | None) -> str:
    if shown is None:
        return "<td></td>"
    if shown.file is None:
        return f'<td><div class="none">{escape(because(shown.reasons))}</div></td>'
    address = escape(quote(shown.file))
    failed = "".join(f'<p class="failed">✗ {escape(f"{one.check}: {one.seen}")}</p>' for one in shown.failed)
    return f'<td><a href="{address}"><img src="{address}" alt="{escape(shown.prompt)}" loading="lazy"></a>{failed}</td>'
