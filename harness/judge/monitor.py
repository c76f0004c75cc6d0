"""Whether a hosted model has changed, asked again every night: evidence that may be looked at at any time.

1. Each new value is ranked among all values of its prompt so far, itself included, ties broken at random: while
   values are exchangeable (nothing changed), these p-values are independent and uniform, however few values there are
   (smoothed conformal p-values: Vovk, Gammerman & Shafer, *Algorithmic Learning in a Random World*, 2005, chapter 8).
   No reference is reused as if it were fresh: it is a part of the ranking.
2. A martingale bets against uniform p-values. Its capital moves among densities f_k on [0, 1] at a small rate J, so
   that a change at any later night is found (the Simple Jumper of Vovk, Petej, Nouretdinov, Ahlberg, Carlsson &
   Gammerman, "Retrain or not retrain", 2021, arXiv 2102.10439, here over powers too):
   C_k ← ((1 − J) C_k + J ΣC / K) · f_k(p); the evidence is ΣC.
3. By Ville's inequality (1939) the chance that it ever reaches 1/a is at most a. Streams share the rate by fixed
   weights, alarm at 1/(w α), Σ w = 1: by the union bound valid whatever depends on what. Epoch n has α/(n(n+1)), so
   that α holds over the whole life.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.judge.energy import pair_distances, whitened
from harness.records import StreamReading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MONITOR_ALPHA = 0.01
"""The chance of any false alarm over the whole life of a monitor."""
JUMP = 0.01
"""Part of the capital that is spread anew over the bets at each value."""
STEPS = (0.05, 0.1, 0.2, 0.35)
"""Bets on p-values below each (and above 1 − each): after a change the new values rank among the outermost, and the
share of those grows."""
STAKE = 0.9
"""Part of the capital that such a bet risks."""
POWER = 0.5
"""Bets on extreme ranks: ε p^(ε−1), and the same of 1 − p."""
LEAST_P = 1e-9
"""Nearer to 0 or 1 no p-value is bet on."""
MARGIN = 3.0
"""A night may be the first after the change where its log-likelihood is at most this much less than the best."""
APPEARANCE = "appearance"
FEATURE_STREAMS = (
    *("L_mean", "a_mean", "b_mean", "L_sd", "a_sd", "b_sd", "chroma_mean", "chroma_sd"),
    *("gradient_1", "gradient_2", "gradient_4", "sharp_1", "sharp_2"),
)
"""The features of an image that are ranked by themselves too: a small shift of one is lost in a distance over all."""
SCALAR_STREAMS = ("refusals", "checks", "latency", "cost")
SIDE = len(STEPS) + 1
DIRECTIONS = ("", *("higher",) * SIDE, *("lower",) * SIDE)
"""Of the values that each bet is on, in the order of :func:`log_bets`."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The p-values of one image of a prompt in a night, by stream."""

    night: int
    prompt: str
    p: Mapping[str, float]


def epoch_alpha(alpha: float, number: int) -> float:
    """Return the part of the false-alarm rate that epoch ``number`` (from 1) has; all parts sum to ``alpha``."""
    return alpha / (number * (number + 1))


def rank_p(scores: "Sequence[float] | Floats", u: float) -> float:
    """Return the smoothed p-value of the last score among all of them: the share that is larger, and of those equal to
    it the part ``u``, a number from 0 to 1 that depends on no score. Small where the last is large."""
    import numpy as np

    values = np.asarray(scores, np.float64)
    last = values[-1]
    return float((np.count_nonzero(values > last) + u * np.count_nonzero(values == last)) / len(values))


def appearance_scores(vectors: "Sequence[Sequence[float]] | Floats") -> "Floats":
    """Return how far each image (n × d) is from the others of its prompt: the mean distance, whitened by all of them.

    The same function of each image and of the others in any order, as ranks need it; rounded to 9 digits, so that
    equal images have equal scores.
    """
    import numpy as np

    rows = whitened(np.asarray(vectors, np.float64))
    count = len(rows)
    if count < 2 or not rows.shape[1]:
        return np.zeros(count)
    return np.asarray(np.round(pair_distances(rows).sum(axis=1) / (count - 1), 9))


def log_bets(p: "Floats") -> "Floats":
    """Return the logarithms of the densities at p-values: bets × the shape of ``p``. The first bets on nothing."""
    import numpy as np

    low = np.clip(p, LEAST_P, 1 - LEAST_P)
    high = 1 - low

    def side(x: "Floats") -> "list[Floats]":
        steps = (np.where(x <= step, math.log(STAKE / step + 1 - STAKE), math.log(1 - STAKE)) for step in STEPS)
        return [*steps, math.log(POWER) + (POWER - 1) * np.log(x)]

    return np.stack([np.zeros_like(low), *side(low), *side(high)])


def log_wealth(p: "Floats") -> "Floats":
    """Return the log evidence after each of the p-values (… × T): Algorithm 1 over :func:`log_bets`."""
    import numpy as np

    bets = np.exp(log_bets(np.asarray(p, np.float64)))
    count = len(bets)
    capital = np.full(bets.shape[:-1], 1 / count)
    total = np.zeros(bets.shape[1:-1])
    curve = np.empty(bets.shape[1:])
    for index in range(bets.shape[-1]):
        capital = ((1 - JUMP) * capital + JUMP / count) * bets[..., index]
        grown = capital.sum(axis=0)
        capital /= grown
        total = total + np.log(grown)
        curve[..., index] = total
    return curve


def stream_weights(prompts: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return the part of the false-alarm rate of each (stream, prompt; empty: all prompts); they sum to 1.

    A quarter each for the appearance of all prompts, of single prompts, for features, and for what is no image.
    """
    weights = {(APPEARANCE, ""): 0.25}
    weights |= {(name, ""): 0.25 / len(FEATURE_STREAMS) for name in FEATURE_STREAMS}
    weights |= {(name, ""): 0.25 / len(SCALAR_STREAMS) for name in SCALAR_STREAMS}
    return weights | {(APPEARANCE, prompt): 0.25 / len(prompts) for prompt in prompts}


def monitor_streams(seen: Sequence[Ranks], prompts: Sequence[str], alpha: float) -> tuple[StreamReading, ...]:
    """Return the evidence of each stream of an epoch that has any values, alarms first, then the nearest to one.

    ``seen`` is in the order in which it was recorded; ``alpha`` the rate of this epoch. An alarm stays.
    """
    found = []
    for (stream, prompt), weight in stream_weights(prompts).items():
        own = [one for one in seen if stream in one.p and prompt in ("", one.prompt)]
        if own:
            found.append(_reading(stream, prompt, own, math.log(1 / (alpha * weight))))
    return tuple(sorted(found, key=lambda one: (one.alarm is None, one.alarm or 0, one.limit - one.highest)))


def _reading(stream: str, prompt: str, own: Sequence[Ranks], limit: float) -> StreamReading:
    import numpy as np

    p = np.array([one.p[stream] for one in own])
    nights = [one.night for one in own]
    curve = log_wealth(p)
    over = np.flatnonzero(curve >= limit)
    after_night = {night: round(float(value), 4) for night, value in zip(nights, curve, strict=True)}
    reading = StreamReading(
        stream=stream,
        prompt=prompt,
        count=len(own),
        log_e=float(curve[-1]),
        highest=float(max(0.0, curve.max())),
        limit=limit,
        curve=tuple(after_night.items()),
    )
    if not len(over):
        return reading
    bets = log_bets(p)[1:]
    peak = int(curve.argmax()) + 1
    bet, earliest, since, latest, start = change_point(bets[:, :peak], nights)
    prompts: dict[str, float] = {}
    for one, value in zip(own[start:peak], bets[bet, start:peak], strict=True):
        prompts[one.prompt] = prompts.get(one.prompt, 0.0) + float(value)
    most = sorted(((name, round(value, 3)) for name, value in prompts.items() if value > 0), key=lambda one: -one[1])
    return _with_change(reading, nights[int(over[0])], (earliest, since, latest), DIRECTIONS[bet + 1], dict(most))


def _with_change(
    reading: StreamReading, alarm: int, when: tuple[int, int, int], direction: str, prompts: dict[str, float]
) -> StreamReading:
    earliest, since, latest = when
    return replace(
        reading, alarm=alarm, earliest=earliest, since=since, latest=latest, direction=direction, prompts=prompts
    )


def change_point(bets: "Floats", nights: Sequence[int]) -> tuple[int, int, int, int, int]:
    """Return which bet gained most and since when: (bet, earliest, most likely and latest first night, its index).

    ``bets`` are log densities (bets × values, without the neutral one), ``nights`` those of the values. The most likely
    first night is that from which on some bet gained most (the maximum of the log-likelihood ratio, as in CUSUM: Page
    1954); earliest and latest are those within MARGIN of it.
    """
    import numpy as np

    count = bets.shape[1]
    gained = np.cumsum(bets[:, ::-1], axis=1)[:, ::-1]
    starts = np.array([i for i in range(count) if i == 0 or nights[i] != nights[i - 1]])
    bet, place = np.unravel_index(int(gained[:, starts].argmax()), (len(bets), len(starts)))
    best = gained[:, starts].max(axis=0)
    near = starts[np.flatnonzero(best >= best.max() - MARGIN)]
    start = int(starts[place])
    return int(bet), nights[int(near[0])], nights[start], nights[int(near[-1])], start
