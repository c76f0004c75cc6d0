"""The figures of an audit as text for its page: each object of its data gets them as ``shown``."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from harness.records import Audit, AuditArm
from harness.report.formatting import DASH, show_price, show_seconds, show_time
from harness.report.text.audit import how_much_faster, show_p
from harness.report.words import show_value

_FORMATS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(("score", "control_a", "control_b"), partial(show_value, "score")),
    **dict.fromkeys(("seconds_a", "seconds_b"), show_time),
    **dict.fromkeys(("p", "adjusted", "together"), show_p),
}

_AS_THEY_ARE = frozenset(("arguments", "environment", "findings_a", "findings_b", "metrics"))
"""What the page shows without figures, or with its own."""


def with_texts(data: dict[str, Any], audit: Audit) -> dict[str, Any]:
    """Return the data of the page with ``shown``: texts by the name of the figure, in each object that has any."""
    data = _shown(data)
    data["shown"] |= {"took": show_seconds(audit.seconds)}
    if audit.speed is not None:
        data["shown"]["speed"] = how_much_faster(audit.speed) or "no difference in time shown"
    return data | {name: data[name] | {"shown": _arm(arm)} for name, arm in (("a", audit.a), ("b", audit.b))}


def _arm(arm: AuditArm) -> dict[str, str]:
    return {"seconds": show_time(arm.seconds), "p95": show_time(arm.p95), "cost": show_price(arm.cost)}


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    texts = {name: show(value[name]) for name, show in _FORMATS.items() if value.get(name) is not None}
    if {"count", "n"} <= value.keys():
        texts["count"] = f"{value['count']:,} of {value['n']:,}"
        low, high = value.get("low"), value.get("high")
        texts["interval"] = DASH if low is None or high is None else f"{low * 100:.0f}–{high * 100:.0f} %"
    if "metrics" in value:
        value = value | {"metrics": _metrics(value["metrics"])}
    return {name: item if name in _AS_THEY_ARE else _shown(item) for name, item in value.items()} | {"shown": texts}


def _metrics(values: Mapping[str, float]) -> dict[str, Any]:
    return {**values, "shown": {name: show_value(name, value) for name, value in values.items()}}
