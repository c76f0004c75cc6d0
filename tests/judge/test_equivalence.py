"""Equivalence, what kind of change, and the answer of an audit: pure functions over numbers."""

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge import MARGIN, change_kinds, equivalence, go, same_pixels, share_of_look
from harness.records import Equivalence
from harness.vocabulary import ChangeKind, Code, Go


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def scores(random: np.random.Generator, excess: float, prompts: int, pairs: int) -> tuple[list[list[float]], ...]:
    """Scores within A and from A to B, B farther by ``excess`` standard deviations."""
    means = random.normal(0, 1, prompts)
    return tuple(
        [np.exp(mean + 0.4 * (shift + random.standard_normal(pairs))).tolist() for mean in means]
        for shift in (0.0, excess)
    )


@pytest.mark.parametrize(
    ("excess", "prompts", "pairs"), [(MARGIN, 6, 2), (-MARGIN, 6, 2), (MARGIN, 4, 8), (MARGIN, 2, 2)]
)
def test_at_the_margin_equivalence_is_shown_at_the_stated_rate(excess: float, prompts: int, pairs: int) -> None:
    """Not more often, and where there is enough to show it at all not less often either."""
    random = np.random.default_rng(3)
    rounds = 3000
    shown = sum(equivalence(*scores(random, excess, prompts, pairs), 0.05).shown for _ in range(rounds))
    interval = stats.binomtest(shown, rounds).proportion_ci(0.999)
    assert interval.low <= 0.05
    assert interval.high >= 0.05 or prompts == 2


def test_the_same_distances_are_shown_equivalent_and_far_ones_are_not() -> None:
    random = np.random.default_rng(4)
    assert equivalence(*scores(random, 0.0, 6, 12), 0.05).shown
    far = equivalence(*scores(random, 4.0, 6, 12), 0.05)
    assert (far.shown, far.p > 0.9) == (False, True)  # type: ignore[operator]


def test_large_audits_are_decided_too() -> None:
    random = np.random.default_rng(5)
    found = equivalence(*scores(random, 0.0, 400, 6), 0.05)
    assert found.shown
    assert found.p is not None
    assert 0 < found.p < 1e-6
    assert not equivalence(*scores(random, 1.5, 400, 6), 0.05).shown


@given(
    st.lists(st.lists(st.floats(0.002, 1e6), min_size=1, max_size=6), min_size=1, max_size=5),
    st.floats(0.001, 1e6),
)
def test_p_is_a_chance_and_never_0(within: list[list[float]], far: float) -> None:
    found = equivalence(within, [[far] for _ in within], 0.05)
    assert (found.p is None) != (found.problem is None)
    assert found.p is None or 0 < found.p <= 1
    assert found.shown == (found.p is not None and found.p <= 0.05)


@pytest.mark.parametrize(
    ("within", "across", "code"),
    [
        ([], [], Code.EQUIVALENCE_NO_CONTROL),
        ([[]], [[1.0]], Code.EQUIVALENCE_NO_CONTROL),
        ([[1.0]], [[]], Code.EQUIVALENCE_NO_CONTROL),
        ([[1.0], [1.2]], [[1.0], [1.1]], Code.EQUIVALENCE_FEW),
        ([[1.0, 1.0], [2.0, 2.0]], [[1.0], [2.0]], Code.EQUIVALENCE_NO_SPREAD),
        ([[1.0, math.nan]], [[1.0]], Code.EQUIVALENCE_NOT_MEASURED),
        ([[1.0, 2.0]], [[math.inf]], Code.EQUIVALENCE_NOT_MEASURED),
        ([[1.0, 0.0, 1.1, 0.0]], [[1.0]], Code.EQUIVALENCE_MODES),
    ],
)
def test_what_shows_no_noise_is_told(within: list[list[float]], across: list[list[float]], code: Code) -> None:
    found = equivalence(within, across, 0.05)
    assert (found.shown, found.p) == (False, None)
    assert found.problem is not None
    assert found.problem.code == code


def test_arms_that_repeat_exactly_agree_up_to_a_share_of_prompts() -> None:
    assert same_pixels(0, 59, 0.05).most == pytest.approx(0.0495, abs=1e-4)
    assert same_pixels(0, 1, 0.05).shown
    assert not same_pixels(1, 59, 0.05).shown
    assert same_pixels(0, 0, 0.05).problem is not None


@pytest.mark.parametrize(
    ("differs", "shown", "judged", "unjudged", "complete", "answer"),
    [
        (True, True, 6, 0, True, Go.NO_GO),
        (False, True, 6, 0, True, Go.GO),
        (False, False, 6, 0, True, Go.UNDECIDED),
        (False, True, 6, 1, True, Go.UNDECIDED),
        (False, True, 0, 0, True, Go.UNDECIDED),
        (False, True, 6, 0, False, Go.UNDECIDED),
        (True, False, 6, 3, False, Go.NO_GO),
    ],
)
def test_go_needs_a_proof(differs: bool, shown: bool, judged: int, unjudged: int, complete: bool, answer: Go) -> None:
    found = Equivalence(0.05, judged, 0, shown=shown)
    assert go(differs=differs, equivalence=found, judged=judged, unjudged=unjudged, complete=complete) == answer


def test_looks_share_the_rate() -> None:
    assert share_of_look(0.05, 4) * 4 == 0.05
    assert share_of_look(0.05, 0) == 0.05


@pytest.mark.parametrize(
    ("metrics", "within", "turned", "kinds"),
    [
        ({"ssim_block_min": 0.95, "delta_e": 13.0, "phash": 0}, {}, (), ["color"]),
        ({"ssim_block_min": 0.35, "delta_e": 1.5, "phash": 2}, {}, (), ["texture"]),
        ({"ssim_block_min": 0.75, "delta_e": 5.2, "phash": 4}, {}, (), ["color", "texture"]),
        ({"ssim_block_min": 0.1, "delta_e": 60.0, "phash": 20}, {}, (), ["layout"]),
        ({"ssim_block_min": 0.2, "delta_e": 13.0, "phash": 2}, {}, (), ["layout"]),
        ({"ssim_block_min": 0.99, "delta_e": 0.5, "phash": 0}, {}, (), []),
        ({"ssim_block_min": 0.6, "delta_e": 1.0}, {"ssim_block_min": 0.62, "delta_e": 1.1}, (), []),
        ({"ssim_block_min": 0.99, "delta_e": 0.5}, {}, ("text",), ["text"]),
        ({}, {}, ("count", "left_of"), ["subject", "layout"]),
        ({"embedding": 0.2}, {"embedding": 0.01}, (), ["subject"]),
    ],
)
def test_kinds_of_change(
    metrics: dict[str, float], within: dict[str, float], turned: tuple[str, ...], kinds: list[str]
) -> None:
    assert list(change_kinds(metrics, within, turned)) == kinds


def test_other_sizes_and_visible_changes_have_a_kind() -> None:
    assert change_kinds({}, {}, other_size=True) == (ChangeKind.SIZE,)
    weak = {"ssim_block_min": 0.97, "delta_e": 1.9}
    assert change_kinds(weak, {}) == ()
    assert change_kinds(weak, {}, visible=True) == (ChangeKind.COLOR,)
