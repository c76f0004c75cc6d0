"""Distinguishing an answer of a cache from a generation: by what the service says, and by how quick it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb
from statistics import median
from typing import Any

from harness.judge.observation import Observation
from harness.records import Reason
from harness.vocabulary import Code, ProbeName, Source

QUICKER = 10.0
"""How many times quicker than every fresh generating an answer with known bytes is when it comes from a cache."""
HERE = (
    ProbeName.REPEAT, ProbeName.ORDER, ProbeName.CONCURRENCY, ProbeName.SEED, ProbeName.PROMPT, ProbeName.UNSEEDED,
    ProbeName.ASIDE,
)  # fmt: skip
"""Probes whose generations are made one by one in a process that is warm."""
SLOWER = 2.0
"""How many times slower answers with new bytes are (medians) than those with known bytes where a cache has these."""
CHANCE = 0.01
"""Largest chance of that order of times where bytes have no part in it."""
SLOW_ENOUGH = 0.05
"""Seconds that fresh generations must take before their time says anything."""


def cache_evidence(
    source: Source, environment: Mapping[str, Any], cost: float | None, price: float | None
) -> Reason | None:
    """Why an answer was not generated; None when nothing says so.

    Read are the ``source`` of the image, what the service says of its cache and usage (under ``reply`` of the
    environment), and a cost of nothing (US dollars) where an image has a price.
    """
    if source != Source.GENERATED:
        return Reason(Code.CACHE_SOURCE, {"source": source})
    reply = environment.get("reply")
    if not isinstance(reply, Mapping):
        reply = {}
    cache = reply.get("cache")
    if cache is True or (isinstance(cache, str) and cache.strip().upper().startswith("HIT")):
        return Reason(Code.CACHE_HIT)
    usage = reply.get("usage")
    counts = [*_numbers(usage)] if isinstance(usage, Mapping) else []
    if counts and not any(counts):
        return Reason(Code.CACHE_USAGE)
    if price is not None and price > 0 and cost == 0:
        return Reason(Code.CACHE_FREE)
    return None


def with_instant(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return the generations, those marked ``cached`` that came impossibly quickly.

    An answer whose bytes came before is one of a cache when it is QUICKER times quicker than every generation that
    brought new bytes, where there are at least two of those and all took SLOW_ENOUGH, and when at least half of the
    answers with known bytes are that quick: a busy machine makes some generations slow, a cache makes all repeats
    quick. All of them are also of one where all, without exception, are quicker than new bytes, SLOWER times in the
    median, the first generation aside, and there are enough of both that this has a chance of at most CHANCE: the
    program around a cache may take time too. Only the times of generations made one by one in this process count
    (HERE): a fresh one loads something first.
    """
    known: set[str] = set()
    fresh: list[float] = []
    again: list[float] = []
    for observation in observations:
        if not observation.fresh or observation.probe not in HERE:
            continue
        if observation.data in known:
            again.append(observation.seconds)
        else:
            fresh.append(observation.seconds)
        known.add(observation.data)
    if len(fresh) < 2 or min(fresh) < SLOW_ENOUGH:
        return tuple(observations)
    limit = min(fresh) / QUICKER
    if _apart(fresh[1:], again):
        limit = min(fresh[1:])
    elif 2 * sum(seconds < limit for seconds in again) < len(again):
        return tuple(observations)
    found: list[Observation] = []
    known.clear()
    for observation in observations:
        repeats = observation.fresh and observation.probe != ProbeName.BATCH and observation.data in known
        if repeats and observation.seconds < limit:
            instant = Reason(Code.CACHE_INSTANT, {"seconds": observation.seconds, "fresh": min(fresh)})
            found.append(replace(observation, cached=instant))
        else:
            found.append(observation)
        known.add(observation.data)
    return tuple(found)


def _apart(fresh: Sequence[float], again: Sequence[float]) -> bool:
    """Return whether new bytes always took longer than known ones, in the median SLOWER times, which is no chance."""
    if not fresh or not again or min(fresh) <= max(again) or median(fresh) < SLOWER * median(again):
        return False
    return 1 / comb(len(fresh) + len(again), len(fresh)) <= CHANCE


def _numbers(usage: Mapping[str, Any]) -> list[float]:
    found: list[float] = []
    for value in usage.values():
        if isinstance(value, Mapping):
            found += _numbers(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(float(value))
    return found
