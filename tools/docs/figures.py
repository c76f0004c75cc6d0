"""The figures of ``docs/statistics.md``, computed by the functions that judge."""

from collections.abc import Callable
from math import e as euler
from math import log10

from harness.judge import log_wealth, rank_p, set_power, wilson
from harness.judge.floor import prediction_limit
from tools.docs.plot import Axis, Line, plot

CASES = 16
RATE = 0.05 / CASES
"""The rate of each of the trials that share a false-alarm rate of 5 %."""
SPREAD = 0.15
"""Spread of the log-scores in the figure of the limit."""
NIGHTS, CHANGE, A_NIGHT, SHIFT = 120, 60, 6, 1.5
"""Of the figure of the monitor: nights, the first one after the change, images a night, the change in deviations."""


def text(name: str) -> str:
    """Return a figure as a block of HTML in Markdown."""
    return f"\n{FIGURES[name]()}\n"


def _limit() -> str:
    repeats = range(2, 41)

    def line(label: str, generations: int) -> Line:
        limits = ((n, prediction_limit(RATE, n, 0.0, SPREAD, CASES * (n - 1), generations)) for n in repeats)
        return Line(label, [(n, limit) for n, limit in limits if limit is not None])

    return plot(
        "The limit as a multiple of the typical score, by the number of repeats that measured the noise. One "
        "generation alone needs a far limit; three that must all exceed it need a near one, at the same rate.",
        Axis("repeats of each case", 2, 40),
        Axis("limit ÷ typical score", 1, 2),
        [line("one generation", 1), line("all of three", 3)],
    )


def _power() -> str:
    samples = (4, 6, 8, 10, 12, 16, 20)
    lines = [
        Line(f"{effect} deviations", [(n, set_power(n, n, 1, effect, RATE)) for n in samples]) for effect in (5, 4, 3)
    ]
    return plot(
        "The chance that a set against one of the same size shows a change, by the size of sets and change.",
        Axis("images in each set", 4, 20),
        Axis("power", 0, 1),
        lines,
    )


def _share() -> str:
    counts = range(10, 201, 10)
    bounds = [(n, wilson(round(0.9 * n), n)) for n in counts]
    lines = [
        Line("upper end", [(n, high) for n, (_, high) in bounds]),
        Line("lower end", [(n, low) for n, (low, _) in bounds]),
    ]
    caption = "The 95 % interval of a share when 9 of 10 images pass a check, by the number of images."
    return plot(caption, Axis("images", 10, 200), Axis("share", 0.5, 1), lines)


def _monitor() -> str:
    import numpy as np

    def evidence(label: str, shift: float) -> Line:
        random = np.random.default_rng(0)
        values = random.standard_normal(NIGHTS * A_NIGHT)
        values[CHANGE * A_NIGHT :] += shift
        ties = random.random(len(values))
        p = np.array([rank_p(values[: index + 1], ties[index]) for index in range(len(values))])
        nights = log_wealth(p)[A_NIGHT - 1 :: A_NIGHT] * log10(euler)
        return Line(label, [(night + 1, float(value)) for night, value in enumerate(nights)])

    return plot(
        f"The evidence of one stream over {NIGHTS} nights of {A_NIGHT} images (simulated, seed 0): nothing changes, or "
        f"the values move by {SHIFT} standard deviations in night {CHANGE + 1}. It alarms at the limit.",
        Axis("night", 1, NIGHTS),
        Axis("log₁₀ of the evidence", -4, 12),
        [
            evidence("changed", SHIFT),
            evidence("unchanged", 0.0),
            Line("limit", [(1, 2 + log10(4)), (NIGHTS, 2 + log10(4))]),
        ],
    )


FIGURES: dict[str, Callable[[], str]] = {"limit": _limit, "power": _power, "share": _share, "monitor": _monitor}
"""Each figure by its name."""
