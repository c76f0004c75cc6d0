"""Checks of text, judged from words as a reader returns them; reading itself is tested in ``extra_ocr``."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.vision import CheckError, parse_check
from harness.vision.ocr import Word, judged
from harness.vision.text_grammar import error_rate, normalized

BOX = (1, 2, 30, 10)


def outcome(rule: Any, *read: str, score: float = 0.99) -> str:
    words = tuple(Word(text, score, BOX) for text in read)
    return judged(words, parse_check({"text": rule}), "digest").outcome


@pytest.mark.parametrize(
    ("rule", "read", "expected"),
    [
        ("OPEN", ("Open",), "pass"),
        ("OPEN", ("WE ARE", "OPEN"), "pass"),
        ("OPEN", ("CLOSED",), "fail"),
        ("OPEN", (), "fail"),
        ({"equals": "open now"}, ("OPEN", "NOW"), "pass"),
        ({"equals": "open"}, ("OPEN NOW",), "fail"),
        ({"contains": "OPEN"}, ("OPEN NOW",), "pass"),
        ({"equals": "OPEN LATE", "cer": "<= .2"}, ("0PEN LATE",), "pass"),
        ({"equals": "OPEN LATE", "cer": "<= .1"}, ("0PEN LATE",), "fail"),
        ({"contains": "OPEN", "cer": "<= .25"}, ("we are 0PEN today",), "pass"),
        ({"equals": "ﬁne"}, ("fine",), "pass"),
        ({"equals": "ÖFFNEN"}, ("öffnen",), "pass"),
    ],
)
def test_what_is_read_decides(rule: Any, read: tuple[str, ...], expected: str) -> None:
    assert outcome(rule, *read) == expected


def test_what_is_hardly_read_fails_no_check() -> None:
    assert outcome("OPEN", "CLOSED", score=0.6) == "inconclusive"
    assert outcome("OPEN", "OPEN", score=0.6) == "pass"


def test_words_and_boxes_are_evidence() -> None:
    found = judged((Word("OPEN", 0.98, BOX),), parse_check({"text": "SHUT"}), "digest")
    assert (found.boxes, found.judge) == ((BOX,), "digest")
    assert found.evidence == {"words": [["OPEN", 0.98]], "cer": 1.0}


@pytest.mark.parametrize(
    "rule",
    [
        3,
        "",
        "  ",
        {},
        {"cer": "<= .1"},
        {"equals": "a", "contains": "a"},
        {"equals": "a", "cer": 0.1},
        {"equals": "a", "cer": "<= 1.5"},
        {"equals": "a", "cer": ">= .1"},
        {"equal": "a"},
        {"equals": "a" * 201},
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(rule: Any) -> None:
    with pytest.raises(CheckError) as caught:
        parse_check({"text": rule})
    assert caught.value.path[0] == "text"


@given(st.text("ab", min_size=1, max_size=8), st.text("ab", max_size=8))
def test_the_error_rate_is_the_edit_distance(expected: str, read: str) -> None:
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))

    if len(expected) + len(read) <= 10:
        assert error_rate(expected, read) * len(expected) == pytest.approx(distance(expected, read))
        stretches = {read[i:j] for i in range(len(read) + 1) for j in range(i, len(read) + 1)}
        nearest = min(distance(expected, stretch) for stretch in stretches)
        assert error_rate(expected, read, part=True) * len(expected) == pytest.approx(nearest)


def test_case_and_spaces_do_not_count() -> None:
    assert normalized(" Open\tLATE ") == "openlate"
