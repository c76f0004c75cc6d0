"""What becomes of the seed: honoured, ignored, rejected, constant, or answered from a cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from harness.judge.sighting import Observations, Sighting

SEEDS = ("honoured", "ignored", "rejected", "constant", "cached", "not seeded", "unknown")
"""What can become of a seed."""
CHANCE = 0.05
"""Largest probability at which an order of distances by chance is ruled out."""


@dataclass(frozen=True, slots=True)
class SeedReading:
    """One of SEEDS, and its evidence in one clause."""

    outcome: str
    evidence: str = ""


def seed_reading(seen: Observations, repeats: Sequence[Sighting]) -> SeedReading:
    """What becomes of the seed of a trial; ``repeats`` are its fresh drawings by one recipe, in their order."""
    if not seen.seeded:
        return SeedReading("not seeded", "the provider takes no seed")
    everything = [sighting for sighting in seen.of("repeat", "seed", "order") if sighting.pixels or sighting.problem]
    if everything and all(sighting.problem for sighting in everything):
        return _undrawn(seen)
    if "seed" in seen.omitted:
        return SeedReading("ignored", "the provider says that it leaves the seed out")
    others = [sighting for sighting in seen.of("seed") if sighting.pixels]
    if not repeats or not others:
        return SeedReading("unknown", "too few pictures came")
    same = [sighting for sighting in others if sighting.same]
    if len(same) == len(others) and (hit := next((sighting for sighting in same if sighting.cached), None)):
        return SeedReading("cached", f"{_seeds(len(same))} bring the same picture ({hit.cached})")
    fresh = [sighting for sighting in others if sighting.fresh]
    if not fresh:
        return SeedReading("unknown", "every other seed was answered from a cache")
    pictures = {sighting.pixels for sighting in repeats}
    if len(pictures) == 1:
        return _steady(seen, fresh, known=len(repeats) > 1)
    if len(pictures) < len(repeats):
        return _in_modes(pictures, fresh)
    return _unsteady(repeats, fresh)


def _undrawn(seen: Observations) -> SeedReading:
    without = [sighting for sighting in seen.of("unseeded") if sighting.pixels]
    problem = next(sighting.problem for sighting in seen.sightings if sighting.problem)
    if without:
        return SeedReading("rejected", f"without a seed it draws, with one it says: {problem}")
    return SeedReading("unknown", "nothing was drawn")


def _steady(seen: Observations, others: Sequence[Sighting], *, known: bool) -> SeedReading:
    """Of a provider that repeats (as far as is ``known``): do other seeds give other pictures?"""
    count, differing = len(others), sum(not sighting.same for sighting in others)
    if differing == count:
        same = "the same seed repeats, " if known else ""
        return SeedReading("honoured", f"{same}{_seeds(count)} give other pictures")
    if differing:
        return SeedReading("honoured", f"{differing} of {_seeds(count)} give another picture")
    prompts = [sighting for sighting in seen.of("prompt") if sighting.pixels]
    if prompts and all(sighting.same for sighting in prompts):
        return SeedReading("constant", "another seed and another prompt give the same picture")
    return SeedReading("ignored", f"{_seeds(count)} give the same picture")


def _in_modes(modes: set[str], others: Sequence[Sighting]) -> SeedReading:
    """Of a provider whose repeats fall into a few pictures: are those of other seeds among them?"""
    outside = sum(sighting.pixels not in modes for sighting in others)
    if outside:
        return SeedReading("honoured", f"{outside} of {_seeds(len(others))} give pictures that no repeat gave")
    return SeedReading("ignored", f"{_seeds(len(others))} give the pictures that repeats give")


def _unsteady(repeats: Sequence[Sighting], others: Sequence[Sighting]) -> SeedReading:
    """Of a provider that does not repeat: are pictures of other seeds farther apart than those of one seed?

    By distance (mean absolute difference) from the reference: that all other seeds rank above all repeats has a
    chance of 1 / C(repeats + seeds, seeds) when the seed does not matter.
    """
    within = sorted(_distance(sighting) for sighting in repeats)[1:]  # the reference itself is left out
    between = [_distance(sighting) for sighting in others]
    if 1 / comb(len(within) + len(between), len(between)) > CHANCE:
        return SeedReading("unknown", "it does not repeat, and too few pictures came to tell seeds from noise")
    if min(between) > max(within):
        return SeedReading("honoured", "pictures of other seeds differ more than repeats of one seed do")
    return SeedReading("ignored", "repeats of one seed differ as much as pictures of other seeds do")


def _distance(sighting: Sighting) -> float:
    if sighting.same:
        return 0.0
    return float("inf") if sighting.mae is None else sighting.mae


def _seeds(count: int) -> str:
    return f"{count} other seed{'s' if count != 1 else ''}"
