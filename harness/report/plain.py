"""The findings of a run as plain HTML, for a browser that runs no scripts; part of the page itself."""

from html import escape

from harness.records import TrialResult
from harness.report.image_paths import Place, Places
from harness.report.text import because
from harness.report.words import SIGNS, one_line
from harness.vocabulary import Status

MOST = 200
"""Findings that are listed; the others are counted."""


class PlainFindings:
    """Collects the findings of a run in the order of the run; ``images``: with their images, which are beside the
    page."""

    def __init__(self, *, images: bool = True) -> None:
        self._images = images
        self._items: list[str] = []
        self._more = 0

    def add(self, result: TrialResult, places: Places) -> None:
        """Add a trial, where it is a finding or has no image."""
        if result.outcome.status not in (Status.FINDING, Status.MISSING):
            return
        if len(self._items) >= MOST:
            self._more += 1
            return
        verdict = result.outcome.verdict
        words = f"<b>{escape(SIGNS[verdict])} {escape(verdict)}</b> {escape(one_line(str(result.key)))}"
        images = "" if not self._images else _image("accepted", places.baseline) + _image("candidate", places.candidate)
        self._items.append(f"<li><p>{words}: {escape(one_line(because(result.outcome.reasons)))}</p>{images}</li>\n")

    def html(self, headline: str, accept: str) -> str:
        """Return the list below the run in one sentence; ``accept`` is the command that decides."""
        more = f"<p>and {self._more:,} more: summary.md counts them</p>" if self._more else ""
        command = f"<code>{escape(accept)} --key TRIAL --reason WHY</code>"
        how = f"<p>To accept what is right: {command}</p>" if accept else ""
        note = "<p>Scripts do not run here: this is the list of the findings. With scripts the page compares, filters "
        note += "and decides; they run on this machine alone.</p>"
        found = f"<ol>\n{''.join(self._items)}</ol>" if self._items else ""
        return f'<div class="plain-findings"><h1>{escape(headline)}</h1>{note}{how}{found}{more}</div>'


def _image(word: str, place: Place | None) -> str:
    if place is None or place.address is None:
        return ""
    address = escape(place.address, quote=True)
    return f'<a href="{address}"><img src="{address}" alt="{word}" title="{word}" width="160" loading="lazy"></a> '
