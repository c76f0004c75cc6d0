"""Whether the order of repeats explains them: at the rate that is stated, and where it does."""

import random
from collections import Counter
from itertools import combinations

import pytest

from harness.judge import Observation
from harness.judge.sequence import ALPHA, order_of
from harness.records import Reason
from harness.vocabulary import Code, Level, ProbeName


def repeats(text: str, calls: list[int] | None = None, far: list[float] | None = None) -> list[Observation]:
    """Repeats whose images are letters; the most frequent one is the reference."""
    most = max(text, key=text.count, default="")
    distances = far or [0.0 if letter == most else 5.0 for letter in text]
    numbers = calls or list(range(1, len(text) + 1))
    return [
        Observation(ProbeName.REPEAT, pixels=letter, level=Level.NONE if d else Level.BYTES, mae=d, call=call)
        for letter, call, d in zip(text, numbers, distances, strict=True)
    ]


def found(*args: object) -> tuple[Code, dict[str, object]] | None:
    reason = order_of(repeats(*args))  # type: ignore[arg-type]
    return None if reason is None else (reason.code, dict(reason.data))


def numbered(letters: str) -> list[int]:
    """Calls of repeats between which other images were generated."""
    return [index + 1 + index // 4 for index in range(len(letters))]


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("a" * 9 + "b" * 6, Code.CHANGE_POINT, {"call": 10}),
        ("a" * 9 + "bcbdbc", Code.CHANGE_POINT, {"call": 10}),
        ("ab" * 8, Code.PERIOD, {"period": 2}),
        ("aab" * 6, Code.PERIOD, {"period": 3}),
        ("abc" * 6, Code.PERIOD, {"period": 3}),
        ("b" + "a" * 12, Code.FIRST_ONLY, {"p": 1 / 13}),
        ("aaaaaabbbbbbbaaaaaaabbbbb", Code.RUNS, {"runs": 4}),
    ],
)
def test_an_order_is_named(text: str, code: Code, what: dict[str, object]) -> None:
    reading = found(text)
    assert reading is not None
    assert (reading[0], {name: reading[1][name] for name in what}) == (code, what)
    assert reading[1]["images"] == len(text)


def test_a_period_counts_the_calls_between_repeats() -> None:
    calls = [index * 3 // 2 + 1 for index in range(24)]
    text = "".join("b" if call % 4 == 0 else "a" for call in calls)
    reading = found(text, calls)
    assert reading is not None
    assert (reading[0], reading[1]["period"]) == (Code.PERIOD, 4)


@pytest.mark.parametrize("text", ["aaaaaaaaaaaa", "", "abab", "aaaaaaabaaaa", "aaaaaaaaaaab", "aabaabbabaabba"])
def test_an_order_that_chance_gives_is_not_named(text: str) -> None:
    assert order_of(repeats(text)) is None


def test_noise_that_moves_away_or_jumps() -> None:
    letters = "abcdefghijklmnop"
    noise = random.Random(1)
    steady = [noise.uniform(1, 2) for _ in letters]
    assert found(letters, None, steady) is None
    drifts = found(letters, None, [index + 0.1 for index, _ in enumerate(letters)])
    assert drifts is not None
    assert drifts[0] == Code.TREND
    jumps = found(letters, None, [far + 5 * (index >= 9) for index, far in enumerate(steady)])
    assert jumps is not None
    assert (jumps[0], jumps[1]["call"]) == (Code.CHANGE_POINT, 10)


@pytest.mark.parametrize(("n", "m"), [(12, 3), (13, 5), (12, 6)])
def test_every_order_is_named_no_more_often_than_stated(n: int, m: int) -> None:
    """Of all arrangements, each kind of order is found in at most the stated share."""
    counts: Counter[Code] = Counter()
    arrangements = list(combinations(range(n), m))
    for odd in arrangements:
        text = "".join("b" if index in odd else "a" for index in range(n))
        reason = order_of(repeats(text, numbered(text)))
        counts[Code(reason.code) if isinstance(reason, Reason) else Code.UNSTEADY] += 1
    assert counts[Code.UNSTEADY] > 0.97 * len(arrangements)
    for code in (Code.CHANGE_POINT, Code.PERIOD, Code.RUNS, Code.TREND, Code.FIRST_ONLY):
        assert counts[code] <= ALPHA * len(arrangements), code


def test_a_trend_of_noise_is_named_no_more_often_than_stated() -> None:
    noise, names = random.Random(7), "abcdefghijkl"
    codes = Counter(
        reason.code
        for _ in range(2000)
        if (reason := order_of(repeats(names, None, [noise.random() + 0.01 for _ in names])))
    )
    # 99.9% of counts at a rate of ALPHA are below 22
    assert codes[Code.TREND] <= 22
    assert codes[Code.CHANGE_POINT] <= 22
