"""How far the answers of a judge can be relied on: its calibration, in words."""

from datetime import datetime

from harness.judge import RELIABLE, is_reliable
from harness.records import Finding, JudgeQuality, Share
from harness.report.formatting import show_interval
from harness.report.text.bench import show_share
from harness.report.words import plural

NOT_CALIBRATED = "not calibrated"


def quality_shown(finding: Finding, when: str = "") -> list[str]:
    """Return the calibration of the judge that answered, and a warning, empty where none is due; ``when`` is the time
    (ISO 8601) of the answer. An empty list where no judge answered."""
    quality = finding.judge_quality
    if quality is None:
        return [] if finding.judge is None else [NOT_CALIBRATED, ""]
    rates = [f"{name} {_rate(share)}" for name, share in _rates(quality)]
    more = (("repeats", quality.repeatability), ("inconclusive", quality.inconclusive))
    rates += [f"{name} {show_share(share)}" for name, share in more if share.n]
    measured = f"measured on {plural(quality.images, 'image')}{_before(quality.when, when)}"
    return [f"{', '.join(rates)}; {measured}", _warning(quality)]


def judge_line(finding: Finding, when: str = "") -> str:
    """Return the same as one line for a run: ``judge gpt (shows): sensitivity …``; empty without a calibration."""
    quality = finding.judge_quality
    if quality is None:
        return ""
    return f"judge {quality.viewer} ({quality.kind}): {'; '.join(filter(None, quality_shown(finding, when)))}"


def _rates(quality: JudgeQuality) -> tuple[tuple[str, Share], ...]:
    return ("sensitivity", quality.sensitivity), ("specificity", quality.specificity)


def _rate(share: Share) -> str:
    """``97 % of 31 (84–99 %)``."""
    return f"{show_share(share)} ({show_interval(share)})" if share.n else "not measured"


def _warning(quality: JudgeQuality) -> str:
    if is_reliable(quality):
        return ""
    names = [name for name, share in _rates(quality) if (share.low or 0.0) < RELIABLE]
    return f"{' and '.join(names)} may be below {RELIABLE * 100:.0f} %: its checks only warn"


def _before(measured: str, answered: str) -> str:
    """Return how long before the answer the calibration was, and the day where that is not known."""
    try:
        days = (datetime.fromisoformat(answered) - datetime.fromisoformat(measured)).days
    except (TypeError, ValueError):
        return f" on {measured[:10]}" if measured else ""
    return f", {plural(days, 'day')} before" if days >= 1 else ", the same day" if days == 0 else f" on {measured[:10]}"
