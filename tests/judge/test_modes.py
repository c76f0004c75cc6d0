import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import Modes, modes_of


def test_one_several_continuous() -> None:
    assert modes_of(["x"]) == Modes("one", (1.0,), (0,))
    assert modes_of("aaaa") == Modes("one", (1.0,), (0, 0, 0, 0))
    assert modes_of("babbbb") == Modes("several", (5 / 6, 1 / 6), (0, 1, 0, 0, 0, 0))
    assert modes_of("abcd") == Modes("continuous", (0.25,) * 4, (0, 1, 2, 3))


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
    for label, mode in zip(labels, modes.labels, strict=True):
        assert modes.shares[mode] == labels.count(label) / len(labels)
    assert (modes.kind == "one") == (len(set(labels)) == 1)
