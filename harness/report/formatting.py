"""How times, costs and shares are shown: the same in every table, page and line."""

from harness.records import Share

DASH = "–"
"""What stands for a figure that could not be measured."""


def show_seconds(seconds: float) -> str:
    """Return what a whole run took: ``4.2 s``, ``3 min 05 s``, ``2 h 05 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def show_time(seconds: float | None) -> str:
    """Return what one generation took: ``64 ms``, ``1.32 s``, ``–``."""
    if seconds is None:
        return DASH
    if seconds < 0.0001:
        return "< 0.1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def show_cost(cost: float | None) -> str:
    """US dollars, or ``unknown``; what is less than can be shown is never shown as nothing."""
    if cost is None:
        return "unknown"
    if 0 < cost < 0.0001:
        return "< $0.0001"
    if cost == 0 or cost >= 1:
        return f"${cost:,.2f}"
    dollars, _, part = f"{cost:.4f}".rstrip("0").partition(".")
    return f"${dollars}.{part:0<2}"


def show_price(cost: float | None) -> str:
    """Return what something costs: ``free``, ``$0.0123``, ``unknown``."""
    return "free" if cost == 0 else show_cost(cost)


def about_cost(cost: float | None) -> str:
    """Return what something would cost, as a clause: ``free``, ``about $1.20``, ``cost unknown``."""
    return "cost unknown" if cost is None else "free" if cost == 0 else f"about {show_cost(cost)}"


def show_interval(share: Share) -> str:
    """Return the 95 % interval of a share: ``84–99 %``, ``–`` where nothing was counted."""
    if share.low is None or share.high is None:
        return DASH
    return f"{share.low * 100:.0f}–{share.high * 100:.0f} %"
