"""Seeds that share an image, by the rule that a program takes them by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.collisions import collisions_of
from harness.study.probe.choice import NEARER, SEEDS, far_seeds
from harness.vocabulary import Code


def seeds_from(own: int) -> list[int]:
    near = [*range(own, own + SEEDS), *far_seeds(own)]
    return near + [own + step for steps in NEARER.values() for step in steps]


@pytest.mark.parametrize("own", [0, 1, 7, 1000])
@pytest.mark.parametrize("modulus", [256, 1000, 65536, 10**6, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53])
def test_a_modulus_is_named(modulus: int, own: int) -> None:
    [reason] = collisions_of({seed: str(seed % modulus) for seed in seeds_from(own)})
    assert (reason.code, reason.data["modulus"]) == (Code.SEED_MODULUS, modulus)
    assert (int(str(reason.data["second"])) - int(str(reason.data["first"]))) % modulus == 0


def test_neighbors_and_large_seeds_are_told_from_a_modulus() -> None:
    seeds = seeds_from(0)
    [pairs] = collisions_of({seed: str(seed // 2) for seed in range(4)})
    assert (pairs.code, pairs.data["first"], pairs.data["second"]) == (Code.SEED_NEIGHBORS, 0, 1)
    [largest] = collisions_of({seed: str(min(seed, 2**31 - 1)) for seed in seeds})
    assert largest.code == Code.SEED_SHARED
    assert largest.data["shared"][0][:2] == [2**31 - 1, 2**31]
    [double] = collisions_of({seed: str(float(seed)) for seed in seeds})
    assert (double.code, double.data["shared"]) == (Code.SEED_SHARED, [[2**53, 2**53 + 1]])


@given(st.lists(st.integers(0, 2**63 - 1), unique=True))
def test_seeds_with_images_of_their_own_share_none(seeds: list[int]) -> None:
    assert collisions_of({seed: str(seed) for seed in seeds}) == ()


def test_far_seeds_are_allowed_ones() -> None:
    assert far_seeds(2**63 - 2**20)[-1] <= 2**63 - 1
    assert far_seeds(2**63 - 1) == ()
