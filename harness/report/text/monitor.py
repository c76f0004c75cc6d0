"""The sentences of a monitor."""

from collections.abc import Mapping
from math import exp, log
from typing import Any

from harness.records import MonitorReport, StreamReading
from harness.vocabulary import Code

TEMPLATES: Mapping[str, Any] = {
    Code.MONITOR_ANNOUNCED: "the service announced another {name} in night {night}: {before} → {after}",
    Code.MONITOR_DATE: "the service announces its {name}: {date}",
    Code.MONITOR_CACHED: "{count} of {images:images} came from a cache or repeat an earlier one: they are no evidence",
    Code.MONITOR_MISSING: "{count} of {planned:images} are missing, {refused} of them refused",
    Code.MONITOR_CLOCK: "the clock went back, from {before} to {at}: nights count in the order they were recorded",
    Code.MONITOR_GAP: "{days} days after the night before: missed nights do not harm the evidence",
    Code.MONITOR_OTHERS: "prompts of the suite are not monitored, --accept begins an epoch with them: {prompts:list}",
    Code.MONITOR_GONE: "prompts of the epoch are no longer in the suite: {prompts:list}",
}
STREAMS: Mapping[str, str] = {
    "appearance": "distance to earlier images",
    "L_mean": "lightness",
    "a_mean": "green to red",
    "b_mean": "blue to yellow",
    "L_sd": "contrast",
    "a_sd": "spread of green to red",
    "b_sd": "spread of blue to yellow",
    "chroma_mean": "colorfulness",
    "chroma_sd": "spread of colorfulness",
    "gradient_1": "fine detail",
    "gradient_2": "medium detail",
    "gradient_4": "coarse detail",
    "sharp_1": "sharpness",
    "sharp_2": "sharpness at half size",
    "refusals": "refusals",
    "checks": "failed checks",
    "latency": "latency",
    "cost": "cost",
}
"""What people call a stream."""
MOST = 7
"""Digits of a factor that are written out."""


def stream_name(stream: StreamReading) -> str:
    """Return a stream by the name that people use, with its prompt."""
    name = STREAMS.get(stream.stream, stream.stream)
    return f"{name} of {stream.prompt}" if stream.prompt else name


def monitor_headline(report: MonitorReport) -> str:
    """Return the answer in one sentence, without a full stop."""
    if report.alarms:
        first = report.alarms[0]
        day = report.days.get(str(first.since), "")
        return f"The model has changed, most likely on {day} (night {first.since}, {_interval(first)})"
    if report.changed:
        return "The service announced another model"
    if report.learning:
        left = sum(report.learning.values())
        return f"No change is shown; {left} reference {'image is' if left == 1 else 'images are'} still missing"
    return "No change is shown"


def alarm_line(stream: StreamReading) -> str:
    """Return what an alarm rests on, since when, and for which prompts."""
    prompts = ", ".join(list(stream.prompts)[:5]) or "no single prompt"
    more = f" and {len(stream.prompts) - 5} more" if len(stream.prompts) > 5 else ""
    return (
        f"{stream_name(stream)}: {stream.direction} since night {stream.since} ({_interval(stream)}), "
        f"alarm in night {stream.alarm}; in {prompts}{more}"
    )


def _interval(stream: StreamReading) -> str:
    if stream.earliest == stream.latest:
        return "no other night is as likely"
    return f"between {stream.earliest} and {stream.latest}"


def monitor_method(report: MonitorReport) -> str:
    """Return what the guarantee is and rests on."""
    alpha = report.epoch.alpha
    return (
        f"The chance of any false alarm over the whole life of the monitor is at most {alpha:g}, however often one "
        f"looks; epoch {report.epoch.number} has {report.alpha:.2g} of it. Each image is ranked among all images of "
        "its prompt in the epoch; a martingale bets against uniform ranks, and an alarm is raised when its capital "
        "reaches the limit of its stream (Ville's inequality). It rests on images of an unchanged model being "
        "exchangeable. The night of a change is an estimate; its interval: nights within e³ of the best likelihood."
    )


def show_evidence(stream: StreamReading) -> tuple[str, str]:
    """Return the highest evidence of a stream and its limit as factors."""
    return _factor(stream.highest), _factor(stream.limit)


def _factor(value: float) -> str:
    if value > MOST * log(10):
        return f"10^{value / log(10):.0f}"
    factor = exp(value)
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"
