"""The plots of a benchmark as SVG, by matplotlib (the extra ``plots``)."""

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.errors import MissingExtraError
from harness.records import ArmFigures, Bench

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#010203"
"""Written in place of the text color of the page, which the finished SVG takes over."""
STYLE = "svg { color: #171717 } @media (prefers-color-scheme: dark) { svg { color: #ededed } }"
"""The ink of ``base.css``: an image takes none from its page."""
TONES = ("#3b7dd8", "#d9822b", "#2a9d6f", "#a45bc9", "#c9433f", "#8a7a1f", "#1f9aa8", "#c25a93")
"""One color an arm, readable on light and dark."""
MARKS = "os^Dvph*"
WIDTH, HEIGHT = 5.2, 3.3
LABELED = 8
"""Most arms whose names are written at their points."""

Plot = Callable[["Axes", Bench], None]


def plots_of(bench: Bench) -> list[tuple[str, str, str]]:
    """``(title, what it says, address of its SVG)`` of each plot that there is something to show in. Raises
    MissingExtraError."""
    try:
        import matplotlib as mpl
    except ModuleNotFoundError:
        raise MissingExtraError("the plots of a benchmark", "plots") from None
    style: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "image-harness", "font.family": "sans-serif", "font.size": 9,
        "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
        "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    }  # fmt: skip
    with mpl.rc_context(style):
        return [(title, meaning, _svg(plot, bench)) for title, meaning, fits, plot in PLOTS if fits(bench)]


def _svg(plot: Plot, bench: Bench) -> str:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained", facecolor="none")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot(facecolor="none")
    axes.grid(color=INK, alpha=0.12, linewidth=0.6)
    axes.set_axisbelow(True)
    plot(axes, bench)
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _image(text.getvalue())


def _image(svg: str) -> str:
    """Return the SVG as the address of an image, without what varies, its ink as dark or light as the page's."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(rf"(fill|stroke): {INK}", r"\1: currentColor", body)
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px system-ui, sans-serif", body)
    head, _, rest = body.partition(">")
    return "data:image/svg+xml," + quote(f"{head}><style>{STYLE}</style>{rest}")


def _tone(index: int) -> dict[str, Any]:
    return {"color": TONES[index % len(TONES)], "marker": MARKS[index // len(TONES) % len(MARKS)]}


def _latencies(axes: "Axes", bench: Bench) -> None:
    for index, arm in enumerate(bench.arms):
        values = sorted(arm.latency.seconds)
        if values:
            shares = [(number + 1) / len(values) for number in range(len(values))]
            color = TONES[index % len(TONES)]
            axes.step([values[0], *values], [0, *shares], where="post", color=color, label=arm.label, linewidth=1.5)
    axes.set_xscale("log")
    _plain_log(axes)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("seconds an image")
    axes.set_ylabel("share of generations")
    _legend(axes)


def _trade(axes: "Axes", bench: Bench) -> None:
    for index, arm in enumerate(bench.arms):
        share, seconds = arm.checks, arm.latency.p50
        if share.rate is None or seconds is None or share.low is None or share.high is None:
            continue
        rate = 100 * share.rate
        error = [[rate - 100 * share.low], [100 * share.high - rate]]
        axes.errorbar([seconds], [rate], yerr=error, capsize=2, elinewidth=0.8, linestyle="none", **_tone(index))
        if len(bench.arms) <= LABELED:
            axes.annotate(arm.label, (seconds, rate), xytext=(7, -3), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    _plain_log(axes)
    axes.margins(x=0.28)
    axes.set_xlabel("seconds an image (median)")
    axes.set_ylabel("checks passed, %")


def _flow(axes: "Axes", bench: Bench) -> None:
    levels = sorted({one.concurrency for arm in bench.arms for one in arm.throughput})
    for index, arm in enumerate(bench.arms):
        points = sorted((one.concurrency, one.per_second) for one in arm.throughput)
        axes.plot([x for x, _ in points], [y for _, y in points], label=arm.label, linewidth=1.3, **_tone(index))
    axes.set_xticks(levels, [str(level) for level in levels])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("generations at a time")
    axes.set_ylabel("images a second")
    _legend(axes)


def _tags(axes: "Axes", bench: Bench) -> None:
    tags = sorted({tag for arm in bench.arms for tag in arm.by_tag}, reverse=True)
    gap = 0.7 / max(1, len(bench.arms))
    for index, arm in enumerate(bench.arms):
        offset = (len(bench.arms) / 2 - index - 0.5) * gap
        rows = [(row + offset, arm.by_tag[tag]) for row, tag in enumerate(tags) if tag in arm.by_tag]
        rates = [100 * (share.rate or 0) for _, share in rows]
        lows = [100 * (share.rate or 0) - 100 * (share.low or 0) for _, share in rows]
        highs = [100 * (share.high or 0) - 100 * (share.rate or 0) for _, share in rows]
        axes.errorbar(
            rates, [row for row, _ in rows], xerr=[lows, highs], linestyle="none", markersize=4, elinewidth=0.9,
            label=arm.label, **_tone(index),
        )  # fmt: skip
    axes.set_yticks(range(len(tags)), tags)
    axes.set_xlim(0, 103)
    axes.set_xlabel("checks passed, % (95 % interval)")
    _legend(axes)


def _legend(axes: "Axes") -> None:
    """Put the names of the arms above the plot, where they cover no point."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=8)


def _plain_log(axes: "Axes") -> None:
    """Ticks of a logarithmic axis as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _timed(arm: ArmFigures) -> bool:
    return bool(arm.latency.seconds)


PLOTS: tuple[tuple[str, str, Callable[[Bench], bool], Plot], ...] = (
    (
        "Trade-off", "Up is more checks passed, left is faster; bars are 95 % intervals.",
        lambda bench: any(_timed(arm) and arm.checks.n for arm in bench.arms), _trade,
    ),
    (
        "Latency", "The share of generations that were done within a time, one at a time.",
        lambda bench: any(map(_timed, bench.arms)), _latencies,
    ),
    (
        "Throughput", "Images a second by how many are generated at a time.",
        lambda bench: any(one.concurrency > 1 for arm in bench.arms for one in arm.throughput), _flow,
    ),
    (
        "Checks by tag", "What the images show of what was asked, with 95 % intervals.",
        lambda bench: any(arm.by_tag for arm in bench.arms), _tags,
    ),
)  # fmt: skip
