"""What a seed does: honored, ignored, rejected, constant, or answered from a cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from harness.judge.collisions import by_seed, collisions_of
from harness.judge.observation import Observation, ProbeObservations
from harness.records import Reason
from harness.vocabulary import Code, ProbeName, SeedOutcome

CHANCE = 0.05
"""Largest probability at which an order of distances by chance is ruled out."""


@dataclass(frozen=True, slots=True)
class SeedReading:
    """What a seed does, and the evidence."""

    outcome: SeedOutcome
    evidence: tuple[Reason, ...] = ()


def seed_reading(seen: ProbeObservations, repeats: Sequence[Observation]) -> SeedReading:
    """Return what a trial's seed does; ``repeats`` are its fresh generations by one recipe, in order. Images that show
    nothing are left out.
    """
    if not seen.seeded:
        return _reading(SeedOutcome.NOT_SEEDED, Code.SEED_NONE)
    everything = [
        observation
        for observation in seen.of(ProbeName.REPEAT, ProbeName.SEED, ProbeName.ORDER)
        if observation.pixels or observation.problem
    ]
    if everything and all(observation.problem for observation in everything):
        return _missing(seen)
    if "seed" in seen.omitted:
        return _reading(SeedOutcome.IGNORED, Code.SEED_LEFT_OUT)
    others = [observation for observation in seen.of(ProbeName.SEED) if observation.pixels]
    if not repeats or not others:
        return _reading(SeedOutcome.UNKNOWN, Code.SEED_FEW)
    same = [observation for observation in others if observation.same]
    hit = next((observation.cached for observation in same if observation.cached is not None), None)
    if len(same) == len(others) and hit is not None:
        return SeedReading(SeedOutcome.CACHED, (Reason(Code.SEED_SAME_CACHED, {"seeds": len(same)}), hit))
    fresh = [observation for observation in others if observation.fresh and observation.broken is None]
    if not fresh:
        why = Code.SEED_FEW if any(observation.fresh for observation in others) else Code.SEED_ALL_CACHED
        return _reading(SeedOutcome.UNKNOWN, why)
    if any(not observation.same for observation in fresh) and (shared := _shared(seen, repeats)):
        return SeedReading(SeedOutcome.SHARED, shared)
    images = {observation.pixels for observation in repeats}
    if len(images) == 1:
        return _steady(seen, fresh, known=len(repeats) > 1)
    if len(images) < len(repeats):
        return _in_modes(images, fresh)
    return _unsteady(repeats, fresh)


def _shared(seen: ProbeObservations, repeats: Sequence[Observation]) -> tuple[Reason, ...]:
    """Return which seeds share an image, where neither repeats nor the last images of some seeds explain it."""
    kinds = (ProbeName.REPEAT, ProbeName.SEED)
    images = by_seed([one for one in seen.of(*kinds) if one.recipe > 0 or one in repeats[-1:]], seen.seeds)
    modes = {one.pixels for one in repeats}
    if len(modes) > 1:
        images = {seed: pixels for seed, pixels in images.items() if pixels not in modes}
    return collisions_of(images)


def _missing(seen: ProbeObservations) -> SeedReading:
    without = [observation for observation in seen.of(ProbeName.UNSEEDED) if observation.pixels]
    problem = next(observation.problem for observation in seen.observations if observation.problem)
    if without:
        return SeedReading(SeedOutcome.REJECTED, (Reason(Code.SEED_REJECTED), *problem))
    return _reading(SeedOutcome.UNKNOWN, Code.SEED_NOTHING)


def _steady(seen: ProbeObservations, others: Sequence[Observation], *, known: bool) -> SeedReading:
    """Of a provider that repeats (as far as is ``known``): do other seeds give other images?"""
    count, differing = len(others), sum(not observation.same for observation in others)
    if differing == count:
        repeats = (Reason(Code.SEED_REPEATS),) if known else ()
        other = Reason(Code.SEED_OTHER, {"differing": count, "seeds": count})
        return SeedReading(SeedOutcome.HONORED, (*repeats, other))
    if differing:
        return _reading(SeedOutcome.SHARED, Code.SEED_OTHER, differing=differing, seeds=count)
    prompts = [observation for observation in seen.of(ProbeName.PROMPT) if observation.pixels]
    if prompts and all(observation.same for observation in prompts):
        return _reading(SeedOutcome.CONSTANT, Code.SEED_CONSTANT)
    return _reading(SeedOutcome.IGNORED, Code.SEED_SAME, seeds=count)


def _in_modes(modes: set[str], others: Sequence[Observation]) -> SeedReading:
    """Of a provider whose repeats fall into a few images: are those of other seeds among them?"""
    outside = sum(observation.pixels not in modes for observation in others)
    if outside:
        outcome = SeedOutcome.HONORED if outside == len(others) else SeedOutcome.SHARED
        return _reading(outcome, Code.SEED_OUTSIDE, differing=outside, seeds=len(others))
    return _reading(SeedOutcome.IGNORED, Code.SEED_INSIDE, seeds=len(others))


def _unsteady(repeats: Sequence[Observation], others: Sequence[Observation]) -> SeedReading:
    """Of a provider that does not repeat: are images of other seeds farther apart than those of one seed?

    By distance (mean absolute difference) from the reference: that all other seeds rank above all repeats has a
    chance of 1 / C(repeats + seeds, seeds) when the seed does not matter.
    """
    within = sorted(_distance(observation) for observation in repeats)[1:]  # the reference itself is left out
    between = [_distance(observation) for observation in others]
    if 1 / comb(len(within) + len(between), len(between)) > CHANCE:
        return _reading(SeedOutcome.UNKNOWN, Code.SEED_NOISE)
    if min(between) > max(within):
        return _reading(SeedOutcome.HONORED, Code.SEED_FARTHER)
    return _reading(SeedOutcome.IGNORED, Code.SEED_AS_FAR)


def _distance(observation: Observation) -> float:
    if observation.same:
        return 0.0
    return float("inf") if observation.mae is None else observation.mae


def _reading(outcome: SeedOutcome, code: Code, **data: int) -> SeedReading:
    return SeedReading(outcome, (Reason(code, data),))
