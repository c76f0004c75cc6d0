"""What becomes of the seed: honored, ignored, rejected, constant, or answered from a cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from harness.judge.observation import Observation, ProbeObservations

SEEDS = ("honored", "ignored", "rejected", "constant", "cached", "not seeded", "unknown")
"""What can become of a seed."""
CHANCE = 0.05
"""Largest probability at which an order of distances by chance is ruled out."""


@dataclass(frozen=True, slots=True)
class SeedReading:
    """One of SEEDS, and its evidence in one clause."""

    outcome: str
    evidence: str = ""


def seed_reading(seen: ProbeObservations, repeats: Sequence[Observation]) -> SeedReading:
    """What becomes of the seed of a trial; ``repeats`` are its fresh generations by one recipe, in their order."""
    if not seen.seeded:
        return SeedReading("not seeded", "the provider takes no seed")
    everything = [
        observation for observation in seen.of("repeat", "seed", "order") if observation.pixels or observation.problem
    ]
    if everything and all(observation.problem for observation in everything):
        return _missing(seen)
    if "seed" in seen.omitted:
        return SeedReading("ignored", "the provider says that it leaves the seed out")
    others = [observation for observation in seen.of("seed") if observation.pixels]
    if not repeats or not others:
        return SeedReading("unknown", "too few images came")
    same = [observation for observation in others if observation.same]
    if len(same) == len(others) and (hit := next((observation for observation in same if observation.cached), None)):
        return SeedReading("cached", f"{_seeds(len(same))} bring the same image ({hit.cached})")
    fresh = [observation for observation in others if observation.fresh]
    if not fresh:
        return SeedReading("unknown", "every other seed was answered from a cache")
    images = {observation.pixels for observation in repeats}
    if len(images) == 1:
        return _steady(seen, fresh, known=len(repeats) > 1)
    if len(images) < len(repeats):
        return _in_modes(images, fresh)
    return _unsteady(repeats, fresh)


def _missing(seen: ProbeObservations) -> SeedReading:
    without = [observation for observation in seen.of("unseeded") if observation.pixels]
    problem = next(observation.problem for observation in seen.observations if observation.problem)
    if without:
        return SeedReading("rejected", f"it generates without a seed, but with one it says: {problem}")
    return SeedReading("unknown", "nothing was generated")


def _steady(seen: ProbeObservations, others: Sequence[Observation], *, known: bool) -> SeedReading:
    """Of a provider that repeats (as far as is ``known``): do other seeds give other images?"""
    count, differing = len(others), sum(not observation.same for observation in others)
    if differing == count:
        same = "the same seed repeats, " if known else ""
        return SeedReading("honored", f"{same}{_seeds(count)} give other images")
    if differing:
        return SeedReading("honored", f"{differing} of {_seeds(count)} give another image")
    prompts = [observation for observation in seen.of("prompt") if observation.pixels]
    if prompts and all(observation.same for observation in prompts):
        return SeedReading("constant", "another seed and another prompt give the same image")
    return SeedReading("ignored", f"{_seeds(count)} give the same image")


def _in_modes(modes: set[str], others: Sequence[Observation]) -> SeedReading:
    """Of a provider whose repeats fall into a few images: are those of other seeds among them?"""
    outside = sum(observation.pixels not in modes for observation in others)
    if outside:
        return SeedReading("honored", f"{outside} of {_seeds(len(others))} give images that no repeat gave")
    return SeedReading("ignored", f"{_seeds(len(others))} give the images that repeats give")


def _unsteady(repeats: Sequence[Observation], others: Sequence[Observation]) -> SeedReading:
    """Of a provider that does not repeat: are images of other seeds farther apart than those of one seed?

    By distance (mean absolute difference) from the reference: that all other seeds rank above all repeats has a
    chance of 1 / C(repeats + seeds, seeds) when the seed does not matter.
    """
    within = sorted(_distance(observation) for observation in repeats)[1:]  # the reference itself is left out
    between = [_distance(observation) for observation in others]
    if 1 / comb(len(within) + len(between), len(between)) > CHANCE:
        return SeedReading("unknown", "it does not repeat, and too few images came to tell seeds from noise")
    if min(between) > max(within):
        return SeedReading("honored", "images of other seeds differ more than repeats of one seed do")
    return SeedReading("ignored", "repeats of one seed differ as much as images of other seeds do")


def _distance(observation: Observation) -> float:
    if observation.same:
        return 0.0
    return float("inf") if observation.mae is None else observation.mae


def _seeds(count: int) -> str:
    return f"{count} other seed{'s' if count != 1 else ''}"
