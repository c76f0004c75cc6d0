"""Time and money of the two arms, as measured: pure functions over drawings."""

from collections.abc import Sequence
from math import sqrt
from statistics import median

from harness.records.audit import AuditArm, Ratio
from harness.study.audit_read import Draw, Prompt

TAIL = 0.025
"""What an interval of 95 % leaves out on each side."""


def timed(draws: Sequence[Draw]) -> list[float]:
    """The seconds of the drawings that were really drawn."""
    return [draw.seconds for draw in draws if draw.there and draw.source == "drawn" and draw.seconds > 0]


def seconds_of(draws: Sequence[Draw]) -> float | None:
    """The median time of some drawings."""
    seconds = timed(draws)
    return median(seconds) if seconds else None


def speed_of(prompts: Sequence[Prompt]) -> Ratio | None:
    """How much longer B takes than A, prompt by prompt."""
    found = [(seconds_of(prompt.draws("a")), seconds_of(prompt.draws("b"))) for prompt in prompts]
    return ratio([b / a for a, b in found if a and b])


def cost_ratio(a: AuditArm, b: AuditArm) -> Ratio | None:
    """How much dearer B is; None where a cost is unknown or A is free."""
    if a.cost is None or b.cost is None or a.cost == 0:
        return None
    return Ratio(b.cost / a.cost, min(a.pictures, b.pictures))


def ratio(values: Sequence[float]) -> Ratio | None:
    """The median of some ratios, with the interval between two of them that holds it at 95 % at least, whatever their
    distribution; without it where there are fewer than six."""
    if not values:
        return None
    ordered, n = sorted(values), len(values)
    place = _order(n)
    if place is None:
        return Ratio(median(ordered), n)
    return Ratio(median(ordered), n, ordered[place - 1], ordered[n - place])


def _order(n: int) -> int | None:
    """The largest r (from 1) such that fewer than r of n fair coins show heads at most 2.5 % of the time."""
    from scipy.special import bdtr

    r = max(1, int(n / 2 - sqrt(n)))
    if bdtr(r - 1, n, 0.5) > TAIL:
        return None
    while bdtr(r, n, 0.5) <= TAIL:
        r += 1
    return r
