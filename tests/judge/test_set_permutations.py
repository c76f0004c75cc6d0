"""How many permutations a set is given: many where they can decide, and the verdict is that of many."""

import numpy as np
import pytest

from harness.judge import Arm, SetEvidence, judge_set, permutations_for, set_test
from harness.judge.sets import PERMUTATIONS, SEED
from harness.records import SetReading
from harness.vocabulary import Code

ALPHA = 0.001


def arms(seed: int, shift: float, size: int = 10) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(0, 1, (size, 6)), random.normal(0, 1, (size, 6)) + shift


def reading(old: np.ndarray, new: np.ndarray, alpha: float = ALPHA) -> SetReading:
    return judge_set(SetEvidence(Arm(old), Arm(new), alpha=alpha))[1]


def test_a_set_that_is_clearly_alike_costs_few() -> None:
    old, _ = arms(0, 0)
    found = reading(old, old.copy())
    assert (found.permutations, found.tests[0].p) == (PERMUTATIONS, 1.0)


def test_a_set_that_cannot_show_anything_costs_few() -> None:
    found = reading(*arms(1, 9, size=4))
    assert found.permutations == PERMUTATIONS
    assert found.tests[0].problem is not None
    assert found.tests[0].problem.code == Code.SET_TOO_FEW


def test_a_set_that_looks_changed_is_given_all() -> None:
    old, new = arms(2, 2)
    found = reading(old, new)
    most = permutations_for(ALPHA, 20)
    assert found.permutations == most > PERMUTATIONS
    assert found.tests[0].p == set_test([(old, new)], permutations=most, seed=SEED).p


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_the_verdict_is_that_of_all_permutations(shift: float) -> None:
    for seed in range(8):
        old, new = arms(seed, shift)
        p, full = reading(old, new).tests[0].p, set_test([(old, new)], permutations=permutations_for(ALPHA, 20)).p
        assert p is not None
        assert full is not None
        assert (p <= ALPHA) == (full <= ALPHA)
