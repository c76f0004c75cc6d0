"""The page of a monitor: one file with everything inside, written after each night."""

import base64
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.ledger import make_folder
from harness.records import MonitorImage, MonitorNight, MonitorReport
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.files import replacing
from harness.report.monitor_timeline import TONES, timeline
from harness.report.text import (
    alarm_line,
    monitor_headline,
    monitor_method,
    sentence,
    show_evidence,
    stream_name,
)
from harness.report.words import plural

STYLES = ("base.css", "overview.css", "tables.css", "print.css", "monitor.css")
SCRIPTS = ("util.js", "model.js", "slots.js", "tables.js", "monitor.js")
MOST_PROMPTS, EACH = 8, 4
"""Rows of images at most, and images before and after in each."""
MOST_NIGHTS = 30
"""Nights in the table at most, the latest first."""


def write_monitor_report(
    folder: Path, report: MonitorReport, nights: Sequence[MonitorNight], small: Callable[[str], Path]
) -> dict[str, Path]:
    """Write ``index.html`` into ``folder``; ``nights`` are those of the epoch, ``small`` says where the copy of an
    image is by its pixel digest. Raises ReportError."""
    make_folder(folder)
    page, data = folder / "index.html", folder / ".monitor-data.js"
    try:
        with replacing(data) as stream:
            DataScript(stream).call("monitor", _data(report, nights, small))
        with replacing(page) as stream:
            write_document(stream, f"monitor {report.suite}", STYLES, SCRIPTS, data)
    finally:
        data.unlink(missing_ok=True)
    return {"html": page}


def _data(report: MonitorReport, nights: Sequence[MonitorNight], small: Callable[[str], Path]) -> dict[str, Any]:
    epoch = report.epoch
    alarm = report.alarms[0] if report.alarms else None
    shown = report.streams[: len(TONES)]
    return {
        "suite": report.suite,
        "headline": monitor_headline(report),
        "facts": [
            nights[-1].at[:16].replace("T", " ") + " UTC",
            plural(report.nights, "night"),
            plural(report.images, "image"),
            f"epoch {epoch.number} since {epoch.at[:10]}: {epoch.reason} ({epoch.who})",
        ],
        "notices": [
            *map(alarm_line, report.alarms[:5]),
            *([f"{len(report.alarms) - 5} more streams raised an alarm"] if len(report.alarms) > 5 else []),
            *map(sentence, (*report.announced, *report.notes)),
        ],
        "timeline": timeline(shown, (nights[0].number, nights[-1].number)) if shown else "",
        "legend": [(tone, stream_name(stream)) for tone, stream in zip(TONES, shown, strict=False)],
        "streams": [
            [stream_name(stream), *show_evidence(stream), f"{stream.count:,}", _when(stream.alarm), _when(stream.since)]
            for stream in report.streams
        ],
        "contacts": list(_contacts(report, nights, small)),
        "sides": ["before", "after"] if alarm else ["first", "latest"],
        "nights": [_night_cells(night) for night in reversed(nights[-MOST_NIGHTS:])],
        "method": monitor_method(report),
    }


def _contacts(
    report: MonitorReport, nights: Sequence[MonitorNight], small: Callable[[str], Path]
) -> Iterator[dict[str, Any]]:
    """Yield a row a prompt: images before the change and after it, or the first and the latest."""
    alarm = report.alarms[0] if report.alarms else None
    prompts = list(alarm.prompts if alarm and alarm.prompts else report.epoch.prompts)[:MOST_PROMPTS]
    for prompt in prompts:
        own = [(night.number, image) for night in nights for image in night.images if _is_shown(image, prompt, small)]
        if alarm is not None and alarm.since is not None and alarm.earliest is not None:
            before = [one for one in own if one[0] < alarm.earliest][-EACH:]
            after = [one for one in own if one[0] >= alarm.since][-EACH:]
        else:
            before, after = own[:EACH], own[EACH:][-EACH:]
        yield {"prompt": prompt, "sides": [[_shown(*one, small) for one in side] for side in (before, after)]}


def _is_shown(image: MonitorImage, prompt: str, small: Callable[[str], Path]) -> bool:
    return image.prompt == prompt and bool(image.pixels) and not image.cached and small(image.pixels).is_file()


def _shown(night: int, image: MonitorImage, small: Callable[[str], Path]) -> dict[str, Any]:
    data = base64.b64encode(small(image.pixels).read_bytes()).decode()
    return {"night": night, "url": f"data:image/png;base64,{data}"}


def _night_cells(night: MonitorNight) -> list[str]:
    images = night.images
    cost = [image.cost for image in images if image.cost is not None]
    said = "; ".join(f"{name} {value}" for name, value in night.served.items() if name != "price")
    return [
        f"{night.number}",
        night.at[:16].replace("T", " "),
        f"{sum(bool(image.features) for image in images)} of {night.planned}",
        f"{sum(image.refused for image in images)}",
        f"{sum(bool(image.cached) for image in images)}",
        f"${sum(cost):.4g}" if cost else "–",
        said or "–",
    ]


def _when(night: int | None) -> str:
    return "–" if night is None else f"night {night}"
