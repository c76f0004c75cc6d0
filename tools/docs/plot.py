"""Line plots as SVG, in the colors of the page that holds them (``site.css``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 14, 44
"""Space around the axes in pixels; the names of the lines stand on the right."""
TICKS = 5
LINE_HEIGHT = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name and its points, x ascending."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it shows, and its range."""

    title: str
    low: float
    high: float

    def ticks(self) -> list[float]:
        """Return round numbers within the range, about TICKS."""
        rough = (self.high - self.low) / TICKS
        power = 10 ** floor(log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        return [step * index for index in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value is between two pixels."""
        return start + (min(max(value, self.low), self.high) - self.low) / (self.high - self.low) * (end - start)


def plot(caption: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """Return the figure as HTML: axes, lines, their names, and the caption as its text for screen readers."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<path style="stroke:currentColor;stroke-width:1;stroke-dasharray:none" d="M{LEFT} {TOP}V{bottom}H{right}"/>'
    ]
    for tick in x.ticks():
        at = x.place(tick, LEFT, right)
        parts.append(f'<text x="{at:.1f}" y="{bottom + 17}" text-anchor="middle">{tick:g}</text>')
    for tick in y.ticks():
        at = y.place(tick, bottom, TOP)
        parts.append(f'<text x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x.title)}</text>')
    middle = (TOP + bottom) / 2
    parts.append(f'<text transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{escape(y.title)}</text>')
    names = _apart([y.place(line.points[-1][1], bottom, TOP) for line in lines])
    for index, (line, name) in enumerate(zip(lines, names, strict=True)):
        way = "L".join(f"{x.place(a, LEFT, right):.1f} {y.place(b, bottom, TOP):.1f}" for a, b in line.points)
        label = f'<text class="name" x="{right + 8}" y="{name + 4:.1f}">{escape(line.name)}</text>'
        parts.append(f'<g class="line-{index}"><path d="M{way}"/>{label}</g>')
    said = escape(caption, quote=True)
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
    return f'<figure class="drawn">{head}{"".join(parts)}</svg><figcaption>{said}</figcaption></figure>'


def _apart(heights: Sequence[float]) -> list[float]:
    """Return these heights with at least LINE_HEIGHT between two, in their order."""
    found = dict.fromkeys(range(len(heights)), 0.0)
    last = float("-inf")
    for index in sorted(found, key=lambda one: heights[one]):
        last = found[index] = max(heights[index], last + LINE_HEIGHT)
    return list(found.values())
