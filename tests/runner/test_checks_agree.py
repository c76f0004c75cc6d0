"""The loader and the viewer each read checks: what a suite may ask of the painter, the viewer must understand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.prompt.scene import COLORS, PLAIN, SCENIC, SHAPES, SKY, TIMES
from harness.suite import FieldError
from harness.suite.checks import PAIRS, parse_check, words_trouble
from harness.vision import CheckError
from harness.vision import parse_check as understood

THINGS = st.one_of(
    st.sampled_from([*SHAPES, *SKY, *COLORS]),
    st.builds(lambda color, shape: f"{color} {shape}", st.sampled_from(COLORS), st.sampled_from(SHAPES)),
    st.builds(lambda shape: f"{shape}es" if shape.endswith("s") else f"{shape}s", st.sampled_from(SHAPES)),
)
CHECKS = st.one_of(
    st.builds(lambda t, n, k: {"count": t, k: n}, THINGS, st.integers(0, 6), st.sampled_from(["equals", "at_least"])),
    st.builds(lambda s, c: {"color": s, "equals": c}, st.sampled_from(SHAPES), st.sampled_from(COLORS)),
    st.builds(lambda k, a, b: {k: [a, b]}, st.sampled_from(PAIRS), THINGS, THINGS),
    st.builds(lambda a, b, c: {"between": [a, b, c]}, THINGS, THINGS, THINGS),
    st.builds(lambda k, t: {k: t}, st.sampled_from(["absent", "present"]), THINGS),
    st.builds(lambda w: {"background": w}, st.sampled_from([*PLAIN, *SCENIC, *TIMES, "plain"])),
)


@given(CHECKS)
def test_what_the_loader_takes_the_viewer_understands(mapping: dict[str, Any]) -> None:
    check = parse_check(mapping)
    if words_trouble(check) is None:
        assert understood(mapping) == check


@pytest.mark.parametrize(
    "mapping",
    [
        {"cuont": "red circle", "equals": 2},
        {"count": "red circle"},
        {"count": "red circle", "equals": "two"},
        {"left_of": ["red circle"]},
        {"color": "house", "equals": 3},
        {},
    ],
)
def test_what_is_no_check_is_refused_by_both(mapping: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        parse_check(mapping)
    with pytest.raises(CheckError):
        understood(mapping)
