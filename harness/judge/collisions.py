"""Seeds that share an image: neighbors, a modulus, or no rule that is known."""

from collections.abc import Mapping, Sequence
from math import gcd

from harness.judge.observation import Observation
from harness.records import Reason
from harness.vocabulary import Code

FAR = 2**15
"""Smallest distance of seeds that are far from each other."""


def collisions_of(images: Mapping[int, str]) -> tuple[Reason, ...]:
    """Return which of these seeds (each with the digest of its image) share an image, and by which modulus.

    A modulus is the greatest common divisor of the distances of seeds that share one: the program's own is that, or a
    divisor of it. Seeds that share one with a neighbor only, and far seeds that share one with no near seed, are
    named as such.
    """
    shared: dict[str, list[int]] = {}
    for seed in sorted(images):
        shared.setdefault(images[seed], []).append(seed)
    groups = [seeds for seeds in shared.values() if len(seeds) > 1]
    if not groups:
        return ()
    steps = [seed - seeds[0] for seeds in groups for seed in seeds[1:]]
    named = {"first": groups[0][0], "second": groups[0][1], "seeds": len(images)}
    lowest = min(images)
    near = [seeds for seeds in groups if seeds[0] - lowest < FAR]
    if near and all(step >= 2 for step in steps):
        return (Reason(Code.SEED_MODULUS, {"modulus": gcd(*steps), **named}),)
    if near and all(step == 1 for step in steps):
        return (Reason(Code.SEED_NEIGHBORS, named),)
    return (Reason(Code.SEED_SHARED, {"shared": [list(seeds) for seeds in groups][:3], "seeds": len(images)}),)


def by_seed(observations: Sequence[Observation], seeds: Sequence[int]) -> dict[int, str]:
    """Return the image of each seed: the last one generated of it, that shows something; ``seeds`` are those of the
    recipes."""
    return {
        seeds[one.recipe]: one.pixels
        for one in observations
        if one.fresh and one.broken is None and one.recipe < len(seeds)
    }
