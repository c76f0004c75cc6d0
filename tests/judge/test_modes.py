import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import Modes, modes_of
from harness.vocabulary import RepeatMode


def test_one_several_continuous() -> None:
    assert modes_of(["x"]) == Modes(RepeatMode.ONE, (1,), ("x",))
    assert modes_of("aaaa") == Modes(RepeatMode.ONE, (4,), ("a",))
    assert modes_of("babbbb") == Modes(RepeatMode.SEVERAL, (5, 1), ("b", "a"))
    assert modes_of("abcd") == Modes(RepeatMode.CONTINUOUS, (1,) * 4, tuple("abcd"))


def test_two_that_differ_show_no_mode() -> None:
    assert modes_of("ab").kind == "continuous"


def test_no_repeats_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        modes_of([])


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=40))
def test_shares_are_those_of_the_labels(labels: list[str]) -> None:
    modes = modes_of(labels)
    assert sum(modes.shares) == pytest.approx(1)
    assert list(modes.shares) == sorted(modes.shares, reverse=True)
    assert dict(zip(modes.labels, modes.shares, strict=True)) == {
        label: labels.count(label) / len(labels) for label in labels
    }
    assert (modes.kind == "one") == (len(set(labels)) == 1)
