"""The timeline of a monitor as SVG: the evidence of each stream after each night, beside the limit of its alarm."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from harness.records import StreamReading
from harness.report.text import stream_name

TONES = ("#3b7dd8", "#d9822b", "#2a9d6f", "#a45bc9", "#c9433f")
STYLE = (
    "svg{color:#171717;font:11px system-ui,sans-serif}text{fill:currentColor}"
    "@media (prefers-color-scheme:dark){svg{color:#ededed}}"
)
"""The ink of ``base.css``: an image takes none from its page."""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 520, 230, 34, 12, 28
LOW, HIGH = -0.25, 1.35
"""Shown of the log evidence, as a part of the limit."""


def timeline(streams: Sequence[StreamReading], nights: Sequence[int]) -> str:
    """Return the address of the SVG (a data URI) for the streams nearest to an alarm; ``nights`` are the first and last
    of the epoch."""
    first, last = nights[0], max(nights[-1], nights[0] + 1)

    def x(night: float) -> float:
        return round(LEFT + (night - first) / (last - first) * (WIDTH - LEFT - 10), 1)

    def y(part: float) -> float:
        share = (min(HIGH, max(LOW, part)) - LOW) / (HIGH - LOW)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style>']
    alarm = next((stream for stream in streams if stream.alarm is not None), None)
    if alarm is not None and alarm.earliest is not None and alarm.latest is not None:
        left, right = x(alarm.earliest - 0.5), x(alarm.latest + 0.5)
        parts.append(
            f'<rect x="{left}" y="{TOP}" width="{max(2, right - left):.1f}" height="{HEIGHT - TOP - BOTTOM}" '
            'fill="#d9822b" opacity=".22"/>'
        )
    for part, name in ((1.0, "alarm"), (0.0, "0")):
        dash = ' stroke-dasharray="4 3"' if part else ""
        parts.append(
            f'<path d="M{LEFT} {y(part)}H{WIDTH - 10}" stroke="currentColor" opacity=".5"{dash}/>'
            f'<text x="0" y="{y(part) + 4}">{name}</text>'
        )
    labels = sorted({first, (first + last) // 2, last})
    parts += (f'<text x="{x(night)}" y="{HEIGHT - 8}" text-anchor="middle">{night}</text>' for night in labels)
    for tone, stream in reversed(list(zip(TONES, streams, strict=False))):
        points = " ".join(f"{x(night)},{y(value / stream.limit)}" for night, value in stream.curve)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{tone}" stroke-width="1.8">'
            f"<title>{escape(stream_name(stream))}</title></polyline>"
        )
    return "data:image/svg+xml," + quote("".join([*parts, "</svg>"]))
