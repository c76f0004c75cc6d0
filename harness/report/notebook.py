"""The HTML that a notebook shows: self-contained, every text escaped, readable on light and on dark.

No color of the ground or of the text is set: both are the notebook's own. What is set is readable on either.
"""

import base64
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import EXIT_FINDING, EXIT_OK
from harness.image import ImageError, read_file
from harness.ledger import iter_results
from harness.records import RunRecord, TrialResult
from harness.report.formatting import show_cost
from harness.report.image_paths import Images
from harness.report.text import because
from harness.report.words import plural
from harness.report.write import tally_of
from harness.vocabulary import FINE, Status

if TYPE_CHECKING:
    from harness.image import Pixels

LARGEST, SMALLEST = 512, 128
"""Sides in pixels that an image is embedded and shown with: what is larger is reduced, what is smaller is enlarged."""
SHOWN = 8
"""Findings of a run that are shown one by one; of a run without any, its first images."""
TONES = {Status.OK: "#1a7340", Status.FINDING: "#9f4400", Status.MISSING: "#93194f", Status.IGNORED: "#5c5c5c"}
"""Grounds of badges; white reads on each of them."""
_CSS = """
.image-harness{font:13px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;max-width:1000px;margin:4px 0}
.image-harness p{margin:6px 0;overflow-wrap:anywhere}
.image-harness b.badge{padding:2px 9px;border-radius:99px;color:#fff;font-weight:600;margin-right:8px}
.image-harness .row{display:grid;gap:12px;margin:8px 0}
.image-harness figure{margin:0;min-width:0}
.image-harness figcaption{opacity:.75;font-size:12px;overflow-wrap:anywhere}
.image-harness img{display:block;max-width:100%;height:auto;margin:0;
background:repeating-conic-gradient(#bbb 0 25%,#eee 0 50%) 0 0/16px 16px}
.image-harness dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:2px 16px;margin:8px 0}
.image-harness dl div{display:flex;justify-content:space-between;gap:8px;border-bottom:1px solid rgb(128 128 128/.3)}
.image-harness dt{opacity:.75;font-weight:400}.image-harness dd{margin:0}
"""


def page(*parts: str) -> str:
    """One piece of HTML for the output of a cell."""
    return f'<div class="image-harness"><style>{_CSS}</style>{"".join(parts)}</div>'


def headline(word: str, status: Status, text: str = "") -> str:
    """Return a verdict in its color, and what is said of it."""
    return f'<p><b class="badge" style="background:{TONES[status]}">{escape(word)}</b>{escape(text)}</p>'


def lines(texts: Iterable[str]) -> str:
    """Paragraphs."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def row(figures: Sequence[str], width: int) -> str:
    """Figures of at most ``width`` pixels side by side, smaller where there is less room."""
    columns = f"repeat(auto-fit,minmax({min(width, 150)}px,1fr))"
    style = f"grid-template-columns:{columns};max-width:{len(figures) * (width + 12)}px"
    return f'<div class="row" style="{style}">{"".join(figures)}</div>'


def numbers(values: Iterable[tuple[str, str]]) -> str:
    """Names with their values, in as many columns as there is room for."""
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values)
    return f"<dl>{cells}</dl>"


def figure(pixels: "Pixels", caption: str) -> str:
    """Return an image embedded as PNG of at most LARGEST pixels a side, with its caption."""
    from PIL import Image as PilImage

    shown = PilImage.fromarray(pixels)
    shown.thumbnail((LARGEST, LARGEST))
    out = io.BytesIO()
    shown.save(out, "PNG")
    times = max(1, SMALLEST // max(shown.size))
    style = ";image-rendering:pixelated" if times > 1 else ""
    text = base64.b64encode(out.getvalue()).decode("ascii")
    return (
        f'<figure><img alt="{escape(caption)}" style="width:{shown.width * times}px{style}" '
        f'src="data:image/png;base64,{text}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def counts(run: RunRecord) -> str:
    """``3 identical, 1 drift``."""
    return ", ".join(f"{count} {verdict}" for verdict, count in run.totals.items()) or "no trial"


def run_html(folder: Path, run: RunRecord, exit_code: int, baselines: Path) -> str:
    """Return a run: what it came to, and its first findings with the images behind them."""
    tally = tally_of(iter_results(folder))
    images, shown = Images(folder, baselines), tally.findings[:SHOWN]
    left = tally.trials - tally.statuses[Status.OK] - len(shown)
    status = {EXIT_OK: Status.OK, EXIT_FINDING: Status.FINDING}.get(exit_code, Status.MISSING)
    facts = {"trials": f"{tally.trials:,}", "seconds": f"{run.seconds:.4g}", "cost": show_cost(tally.cost)}
    some = () if shown else islice(iter_results(folder), SHOWN)
    return page(
        headline(status, status, counts(run)),
        numbers(facts.items()),
        *(_finding(images, result) for result in shown),
        row([image for result in some for image in _figures(images, result)], 128),
        lines([f"and {plural(left, 'more trial')} to look at"] if left > 0 else []),
        lines([str(folder)]),
    )


def _finding(images: Images, result: TrialResult) -> str:
    outcome = result.outcome
    text = f"{result.key}: {because(outcome.reasons)}" if outcome.reasons else str(result.key)
    return headline(outcome.verdict, outcome.status, text) + row(_figures(images, result), 224)


def _figures(images: Images, result: TrialResult) -> list[str]:
    """Return the accepted image, the new one and the heat map, as far as they are there; of what is fine the image."""
    places = images.of(result)
    shown = {str(result.key): places.candidate}
    if result.outcome.verdict not in FINE:
        shown = {"accepted": places.baseline, "new": places.candidate, "heat map": places.heat_map}
    figures = []
    for caption, place in shown.items():
        with suppress(ImageError):
            figures += [] if place is None else [figure(read_file(place.path).pixels, caption)]
    return figures
