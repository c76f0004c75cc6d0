"""The page of several machines side by side: one HTML file without scripts, the images inside it as thumbnails."""

import base64
import hashlib
import io
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.errors import HarnessError, printable
from harness.image import decode
from harness.ledger import image_problem, read_image
from harness.records import Across, AcrossCell, AcrossRow, Comparison
from harness.report.assets import asset
from harness.report.files import replacing
from harness.report.words import SIGNS, plural, shown_path

STYLES = ("base.css", "overview.css", "across.css")
SIDE = 256
"""Most pixels of a side of a thumbnail; a smaller image is embedded as it is."""
LONGEST = 240
"""Characters of a prompt or a message."""


def write_across(page: Path, across: Across) -> Path:
    """Write the page; returns its path. Raises ReportError."""
    style = "".join(asset(name) for name in STYLES)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    title = f"{plural(len(across.rows), 'trial')} across {plural(len(across.profiles), 'profile')}"
    with replacing(page) as stream:
        stream.write(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="color-scheme" content="light dark"><title>{title} · image-harness</title>'
            f'<style>{style}</style></head><body><main class="across">{_head(across, title)}'
        )
        stream.write(
            '<div class="scroll" tabindex="0" role="region" aria-label="Trials by profile, scrolls">'
            '<table><thead><tr><th scope="col">Trial</th>'
        )
        for number, profile in enumerate(across.profiles):
            stream.write(f'<th scope="col">{_profile(profile)}{"<small>reference</small>" if not number else ""}</th>')
        stream.write("</tr></thead><tbody>")
        for row in across.rows:
            stream.write(_row(row, across, page.parent))
        stream.write("</tbody></table></div></main></body></html>\n")
    return page


def profile_text(profile: Mapping[str, Any]) -> str:
    """Return a profile as it is shown: ``gpu L40S``."""
    fields = [f"{name} {'unknown' if value is None else value}" for name, value in profile.items()]
    return _short(", ".join(fields)) or "no profile"


def distance_text(distance: Comparison) -> str:
    """Return how far an image is from that of the first profile."""
    if distance.same_pixels:
        return "same pixels"
    shown = (("ssim", "SSIM", "{:.4f}"), ("delta_e", "ΔE", "{:.2f}"), ("changed", "changed", "{:.2%}"))
    parts = [
        f"{name} {form.format(value)}" for metric, name, form in shown if (value := distance.value(metric)) is not None
    ]
    return " · ".join(parts) or _short(distance.absent("max_abs") or "not comparable")


def _head(across: Across, title: str) -> str:
    by = f"by {', '.join(across.fields)}" if across.fields else "by the profile of each suite"
    facts = [by, plural(len(across.runs), "run"), *map(shown_path, map(Path, across.runs))]
    spans = "".join(f"<span>{_text(fact)}</span>" for fact in facts)
    return (
        f'<header class="meta"><span class="brand">image-harness</span><span class="facts">{spans}</span></header>'
        f"<h1>{title}</h1><p class=muted>Verdicts compare each image with the baseline of its own profile. Distances "
        "are those to the image of the first profile, and decide nothing.</p>"
    )


def _row(row: AcrossRow, across: Across, base: Path) -> str:
    cells = zip(row.cells, across.profiles, strict=True)
    made = "".join(f'<td data-profile="{_profile(profile)}">{_cell(cell, row, base)}</td>' for cell, profile in cells)
    words = f"<code>{_text(row.key)}</code><span class=muted>{_text(row.prompt)}</span>"
    return f'<tr><th scope="row">{words}</th>{made}</tr>'


def _cell(cell: AcrossCell | None, row: AcrossRow, base: Path) -> str:
    if cell is None:
        return '<span class="muted">not run</span>'
    verdict = cell.verdict.value
    pill = f'<span class="pill tone-{verdict}"><b aria-hidden=true>{SIGNS[cell.verdict]}</b>{verdict}</span>'
    distance = "" if cell.distance is None else f"<span>{_text(distance_text(cell.distance))}</span>"
    problem = f'<span class="muted">not compared: {_text(cell.problem)}</span>' if cell.problem else ""
    more = f'<span class="muted">the last of {cell.others + 1}</span>' if cell.others else ""
    return f"{_image(cell, row, base)}{pill}{distance}{problem}{more}"


def _image(cell: AcrossCell, row: AcrossRow, base: Path) -> str:
    if cell.image is None:
        return '<span class="gone muted">no image</span>'
    folder = Path(cell.run)
    try:
        source = _thumbnail(read_image(folder, cell.image))
    except (HarnessError, OSError):
        problem = image_problem(folder, cell.image) or "cannot be read"
        return f'<span class="gone muted">{_text(problem)}</span>'
    image = f'<img alt="{_text(row.prompt)}" src="data:image/png;base64,{source}">'
    try:
        address = quote(Path(os.path.relpath(folder / cell.image.file, base)).as_posix())
    except ValueError:  # another drive of Windows
        return image
    return f'<a class="frame" href="{escape(address)}">{image}</a>'


def _thumbnail(data: bytes) -> str:
    from PIL import Image as PilImage

    shown = PilImage.fromarray(decode(data).pixels)
    shown.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    shown.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")


def _profile(profile: Mapping[str, Any]) -> str:
    return escape(profile_text(profile))


def _text(value: object) -> str:
    return escape(_short(str(value)))


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
