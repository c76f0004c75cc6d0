import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge import benjamini_hochberg, holm

P = st.lists(st.floats(1e-12, 1), max_size=30)


@given(P)
def test_adjusted_p_values_never_fall_keep_their_order_and_holm_is_stricter(p: list[float]) -> None:
    strict, mild = holm(p), benjamini_hochberg(p)
    assert len(strict) == len(mild) == len(p)
    for raw, one, other in zip(p, mild, strict, strict=True):
        assert raw <= one * (1 + 1e-12)
        assert one <= other * (1 + 1e-12)
        assert other <= 1
    order = sorted(range(len(p)), key=p.__getitem__)
    for adjusted in (strict, mild):
        assert [adjusted[i] for i in order] == sorted(adjusted)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_is_that_of_scipy(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == benjamini_hochberg([]) == []
    assert holm([0.5]) == [0.5]


def test_holm_keeps_the_whole_family_at_its_level() -> None:
    families = np.random.default_rng(5).random((2000, 20))
    alarms = sum(min(holm(list(family))) <= 0.05 for family in families)
    # the chance of any alarm is 1 − .9975²⁰ = .0488; four standard errors
    assert abs(alarms - 2000 * 0.0488) < 4 * math.sqrt(2000 * 0.0488)


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    for method in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="p-value"):
            method([0.5, wrong])
