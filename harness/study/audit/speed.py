"""Time and money of the two arms, as measured: pure functions over generations."""

from collections.abc import Sequence
from statistics import median

from harness.records import AuditArm, Ratio
from harness.study.audit.read import Prompt, Sample
from harness.vocabulary import Source

TAIL = 0.025
"""What an interval of 95 % leaves out on each side."""


def timed(samples: Sequence[Sample]) -> list[float]:
    """Return the seconds of the generations that were really generated."""
    return [
        sample.seconds
        for sample in samples
        if sample.has_image and sample.source == Source.GENERATED and sample.seconds > 0
    ]


def seconds_of(samples: Sequence[Sample]) -> float | None:
    """Return the median time of some generations."""
    seconds = timed(samples)
    return median(seconds) if seconds else None


def speed_of(prompts: Sequence[Prompt]) -> Ratio | None:
    """Return how much longer B takes than A, prompt by prompt; None where so few were timed that there is no interval:
    a ratio of some milliseconds says nothing then."""
    seconds = [(seconds_of(prompt.samples("a")), seconds_of(prompt.samples("b"))) for prompt in prompts]
    found = ratio([b / a for a, b in seconds if a and b])
    return None if found is None or found.low is None else found


def cost_ratio(a: AuditArm, b: AuditArm) -> Ratio | None:
    """Return how much dearer B is; None where a cost is unknown or A is free."""
    if a.cost is None or b.cost is None or a.cost == 0:
        return None
    return Ratio(b.cost / a.cost, min(a.images, b.images))


def ratio(values: Sequence[float]) -> Ratio | None:
    """Return the median of some ratios, with the interval between two of them that holds it at 95 % at least, whatever
    their distribution; without it where there are fewer than six."""
    if not values:
        return None
    import numpy as np
    from scipy.special import bdtr

    ordered, n = sorted(values), len(values)
    # the largest r such that fewer than r of n fair coins show heads at most TAIL of the time
    place = int((bdtr(np.arange(n), n, 0.5) <= TAIL).sum())
    return Ratio(median(ordered), n, *((ordered[place - 1], ordered[n - place]) if place else ()))
