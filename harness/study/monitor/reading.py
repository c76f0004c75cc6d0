"""What the nights of a monitor show together."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from harness.judge import Ranks, epoch_alpha, monitor_streams
from harness.records import MonitorNight, MonitorReport, Reason
from harness.study.monitor.plan import Monitored
from harness.study.monitor.ranking import is_evidence
from harness.study.monitor.state import MonitorState
from harness.vocabulary import Code

DATES = ("shutdown_date", "deprecation_date")
GAP = 1.9
"""Days between two nights from which on one was missed."""


def monitor_report(suite: str, state: MonitorState, prompts: Monitored) -> MonitorReport:
    """Return what the nights of the epoch in force show. Raises ValueError where no epoch has begun."""
    epoch = state.epoch
    if epoch is None:
        raise ValueError("no epoch has begun")
    alpha = epoch_alpha(epoch.alpha, epoch.number)
    evidence = Counter(image.prompt for image in state.images() if is_evidence(image))
    seen = [Ranks(night.number, image.prompt, image.p) for night in state.nights for image in night.images if image.p]
    lacking = {name: left for name in prompts.trials if (left := epoch.reference - evidence[name]) > 0}
    streams = monitor_streams(seen, epoch.prompts, alpha)
    named = {number for one in streams for number in (one.alarm, one.since, one.earliest, one.latest)}
    return MonitorReport(
        suite=suite,
        epoch=epoch,
        alpha=alpha,
        nights=len(state.nights),
        images=evidence.total(),
        learning=lacking,
        streams=streams,
        days={str(night.number): night.at[:10] for night in state.nights if night.number in named},
        announced=tuple(_announced(state.nights)),
        notes=tuple(_notes(state.nights, prompts)),
    )


def _announced(nights: list[MonitorNight]) -> Iterator[Reason]:
    """Yield what the service said for the first time after it had said something else: facts, not estimates."""
    said: dict[str, list[object]] = {}
    for night in nights:
        for name, value in night.served.items():
            known = said.setdefault(name, [])
            if known and value not in known:
                data = {"name": name, "before": known[-1], "after": value, "night": night.number}
                yield Reason(Code.MONITOR_ANNOUNCED, data)
            if value not in known:
                known.append(value)


def _notes(nights: list[MonitorNight], prompts: Monitored) -> Iterator[Reason]:
    if nights:
        night = nights[-1]
        for name in DATES:
            if name in night.served:
                yield Reason(Code.MONITOR_DATE, {"name": name, "date": night.served[name]})
        missing = night.planned - sum(bool(image.features) for image in night.images)
        if missing:
            refused = sum(image.refused for image in night.images)
            yield Reason(Code.MONITOR_MISSING, {"count": missing, "planned": night.planned, "refused": refused})
        if cached := sum(bool(image.cached) for image in night.images):
            yield Reason(Code.MONITOR_CACHED, {"count": cached, "images": len(night.images)})
    if len(nights) > 1:
        before, at = nights[-2].at, nights[-1].at
        days = (datetime.fromisoformat(at) - datetime.fromisoformat(before)).total_seconds() / 86400
        if days < 0:
            yield Reason(Code.MONITOR_CLOCK, {"before": before, "at": at})
        if days > GAP:
            yield Reason(Code.MONITOR_GAP, {"days": round(days, 1)})
    if prompts.others:
        yield Reason(Code.MONITOR_OTHERS, {"prompts": list(prompts.others)})
    if prompts.gone:
        yield Reason(Code.MONITOR_GONE, {"prompts": list(prompts.gone)})
