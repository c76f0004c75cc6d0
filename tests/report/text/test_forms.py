"""How differences are shown: as people name them, and never so that both sides read the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import environment_differences
from harness.records import Difference, Reason, to_json
from harness.report.text import sentence, shown_difference, sides
from harness.vocabulary import Code, Part


def environment(old: dict[str, Any], new: dict[str, Any]) -> str:
    found = environment_differences(old, new)
    return sentence(Reason(Code.ENVIRONMENT_CHANGED, {"differences": to_json(found), "more": 0}))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"packages": {"numpy": "2.3.1"}}, {"packages": {"numpy": "2.4.6"}}, "numpy 2.3.1 → 2.4.6"),
        ({"cpu": "AVX512_ICL"}, {"cpu": "AVX2"}, "AVX-512 → AVX2"),
        ({"blas": "SkylakeX"}, {"blas": "Haswell"}, "AVX-512 → AVX2"),
        ({"blas": "Haswell"}, {"blas": "Zen"}, "OpenBLAS kernel Haswell → Zen"),
        ({"cpu": "AVX512_ICL", "blas": "SkylakeX"}, {"cpu": "AVX2", "blas": "Haswell"}, "AVX-512 → AVX2"),
        ({"served_model": "m-1"}, {"served_model": "m-2"}, "served model m-1 → m-2"),
        ({"cpu": None}, {"cpu": "AVX2"}, "cpu (none) → AVX2"),
        ({"argv": ["sd", "--a"]}, {"argv": ["sd", "--jitter=1", "--a"]}, "argv[1]: + --jitter=1"),
        ({"argv": ["sd", "--jitter=1", "--a"]}, {"argv": ["sd", "--a"]}, "argv[1]: − --jitter=1"),
        ({"weights": "a" * 64}, {"weights": "b" * 64}, f"weights {'a' * 12} → {'b' * 12}"),
    ],
)
def test_the_environment_is_named_as_people_do(old: dict[str, Any], new: dict[str, Any], words: str) -> None:
    assert environment(old, new) == f"environment changed: {words}"


def test_what_differs_at_the_end_of_a_long_text_is_shown() -> None:
    long = "a red circle on a white ground " * 9
    shown = shown_difference(Difference(Part.REQUEST, "prompt", long + "at dawn", long + "at dusk"))
    assert shown.endswith("ground at dawn → … a white ground at dusk")
    assert len(shown) < 150


VALUES = st.text(max_size=200) | st.integers() | st.lists(st.integers(0, 9), max_size=60)


@given(VALUES, VALUES, st.text(max_size=100))
def test_the_two_sides_never_read_the_same(one: Any, other: Any, lead: str) -> None:
    if isinstance(one, str) and isinstance(other, str):
        one, other = lead + one, lead + other
    if str(one) != str(other):
        before, after = sides(one, other)
        assert before != after
        assert max(len(before), len(after)) <= 62
