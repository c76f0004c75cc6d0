"""The status page as HTML: the look of the reports, without JavaScript."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from harness.gateway.delivery_store import Delivery
from harness.gateway.records import Job, ServedImage
from harness.report import asset, plural, show_cost, show_time
from harness.vocabulary import DeliveryState, JobState

STYLES = ("base.css", "overview.css", "tables.css", "status.css")
LONGEST = 240
"""Characters of a prompt, a message or an address."""
TONES = {
    JobState.QUEUED: "inconclusive",
    JobState.RUNNING: "new",
    JobState.COMPLETED: "identical",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "incomparable",
    JobState.EXPIRED: "drift",
    DeliveryState.PENDING: "new",
    DeliveryState.DELIVERED: "identical",
    DeliveryState.DISABLED: "incomparable",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An image with its thumbnail, a PNG; None where the file is gone."""

    job: Job
    image: ServedImage
    thumbnail: bytes | None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """What the page shows."""

    default: str
    run: str
    accepting: bool
    counts: Mapping[JobState, int]
    jobs: Sequence[Job]
    images: Sequence[Shown]
    deliveries: Sequence[Delivery]
    refresh: int | None = None

    def html(self) -> str:
        """Return the page."""
        again = "" if self.refresh is None else f'<meta http-equiv="refresh" content="{self.refresh}">'
        title = "{} running, {} waiting".format(
            *(self.counts.get(state, 0) for state in (JobState.RUNNING, JobState.QUEUED))
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="color-scheme" content="light dark">{again}<title>{title} · image-harness</title>'
            f"<style>{_style()}</style></head><body><main class=status>"
            + "".join([self._head(title), self._images(), self._jobs(), self._deliveries()])
            + "</main></body></html>"
        )

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it: nothing but its own style and images is allowed."""
        digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        return {
            "Content-Security-Policy": policy + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    def _head(self, title: str) -> str:
        facts = [f"default model {self.default}", *([f"run {self.run}"] if self.run else [])]
        facts.append(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        notice = "" if self.accepting else '<p class="notice">No new jobs are accepted: see /readyz and the log.</p>'
        again = '<a href="?">stop</a>' if self.refresh else '<a href="?refresh=5">reload every 5 s</a>'
        spans = "".join(f"<span>{_text(fact)}</span>" for fact in facts)
        return (
            f"<header class=meta><span class=brand>image-harness gateway</span><span class=facts>{spans}"
            f"<span>{again}</span></span></header><h1>{title}</h1>{notice}"
        )

    def _images(self) -> str:
        if not self.images:
            return _section("Images", '<p class="empty">No images yet.</p>')
        return _section("Images", f"<div class=thumbnails>{''.join(map(_figure, self.images))}</div>")

    def _jobs(self) -> str:
        columns = {"State": "state", "Prompt": "words", "Model": "", "Seed": "", "Images": "", "Time": "", "Cost": ""}
        columns |= {"Created (UTC)": ""}
        table = _table(columns, map(_job_cells, self.jobs), "No jobs yet.")
        return _section(f"Newest {plural(len(self.jobs), 'job')}" if self.jobs else "Jobs", table)

    def _deliveries(self) -> str:
        columns = {"State": "state", "Address": "words", "Job": "", "Attempts": "", "Last attempt": ""}
        return _section("Webhooks", _table(columns, map(_delivery_cells, self.deliveries), "No webhooks yet."))


def _style() -> str:
    return "".join(asset(name) for name in STYLES)


def _text(value: object) -> str:
    """Return foreign text for HTML: short, escaped, without control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return escape(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def _section(title: str, body: str) -> str:
    return f'<section class="box"><h2>{_text(title)}</h2>{body}</section>'


def _table(columns: dict[str, str], rows: Iterator[list[str]], empty: str) -> str:
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}" data-label="{_text(name)}">{cell}</td>'
            for (name, kind), cell in zip(columns.items(), cells, strict=True)
        )
        + "</tr>"
        for cells in rows
    )
    if not body:
        return f'<p class="empty">{_text(empty)}</p>'
    head = "".join(f'<th class="{kind}" scope="col">{_text(name)}</th>' for name, kind in columns.items())
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _pill(state: JobState | DeliveryState) -> str:
    return f'<span class="pill tone-{TONES.get(state, "failed")}">{_text(state)}</span>'


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _figure(shown: Shown) -> str:
    image, prompt = shown.image, _text(shown.job.request.prompt)
    source = "" if shown.thumbnail is None else base64.b64encode(shown.thumbnail).decode()
    inside = f'<img alt="{prompt}" src="data:image/png;base64,{source}">' if source else "<span class=empty>gone</span>"
    fault = f'<span class="bad">fault: {_text(shown.job.fault)}</span>' if shown.job.fault else ""
    seed = "no seed" if image.seed is None else f"seed {image.seed}"
    return (
        f'<figure><a class="frame" href="/v1/artifacts/{_text(image.digest)}">{inside}</a>'
        f'<figcaption><span class=clip title="{prompt}">{prompt}</span><span class=muted>{seed}</span>{fault}'
        "</figcaption></figure>"
    )


def _job_cells(job: Job) -> list[str]:
    request = job.request
    words = f'{_text(request.prompt)}<a class="small muted" href="/v1/jobs/{_text(job.id)}">{_text(job.id)}</a>'
    if job.error is not None:
        words += f'<span class="small bad">{_text(job.error.code)}: {_text(job.error.message)}</span>'
    if job.fault is not None:
        words += f'<span class="small bad">fault on demand: {_text(job.fault)}</span>'
    spent = None if job.started is None or job.finished is None else job.finished - job.started
    return [
        _pill(job.state),
        words,
        _text(request.model),
        "–" if request.seed is None else str(request.seed),
        f"{len(job.done)} of {request.n}",
        _text(show_time(spent)),
        _text(show_cost(job.cost)) if job.done else "–",
        _time(job.created),
    ]


def _delivery_cells(delivery: Delivery) -> list[str]:
    last = delivery.log[-1] if delivery.log else {}
    outcome = last.get("error") or last.get("status", "–")
    return [
        _pill(delivery.state),
        f'{_text(delivery.url.partition("?")[0])}<span class="small muted">{_text(delivery.id)}</span>',
        f'<a href="/v1/jobs/{_text(delivery.job)}">{_text(delivery.job[:12])}…</a>',
        str(delivery.attempts),
        f'{_text(outcome)}<span class="small muted">{_time(last["at"]) if last else ""}</span>',
    ]
