"""Keys of the images of tests: no two tests share one."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.pytest_plugin.names import FIXTURE, Keys, key_of, part, plain
from harness.records import TrialKey

WORDS = st.text(st.sampled_from("ab-., []~é/:"), max_size=6)


@given(st.lists(WORDS, unique=True, max_size=8), st.sampled_from(["image-{}", "test_x[{}]"]))
def test_parameters_and_names_never_share_a_part(words: list[str], form: str) -> None:
    texts = {form.format(word) for word in words}
    assert len({part(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("test_a.py::test_x", "test_a/test_x/image-s0"),
        ("tests/sub/test_a.py::TestA::test_x[red]", "tests-sub-test_a/TestA-test_x-red/image-s0"),
        ("test_a.py::test_x[1.5-None]", "test_a/test_x-1.5-None/image-s0"),
    ],
)
def test_names_of_usual_characters_have_no_digest(test: str, expected: str) -> None:
    assert str(key_of(test, "image", 0)) == expected
    assert key_of(test, "image", 0) == key_of(test, "image", 0, plain)


def keys(*tests: str, accepted: Collection[TrialKey] = ()) -> Keys:
    items: list[Any] = [SimpleNamespace(nodeid=test, fixturenames=[FIXTURE]) for test in tests]
    return Keys(items, lambda key: key in accepted)


RED, COMMA = "test_a.py::test_x[a fox red]", "test_a.py::test_x[a fox, red]"


def test_names_that_fold_alike_have_keys_of_their_own() -> None:
    known = keys(RED, COMMA)
    one, other = known.key(RED, "image", 0), known.key(COMMA, "image", 0)
    assert one != other
    assert plain(one.case.partition("~")[0]) == one.case.partition("~")[0]
    assert known.key(COMMA, "a, b", 0) != known.key(COMMA, "a b", 0)


def test_an_image_that_was_accepted_without_a_digest_keeps_its_key() -> None:
    earlier = key_of(COMMA, "image", 0, plain)
    assert keys(COMMA, accepted=[earlier]).key(COMMA, "image", 0) == earlier
    now = key_of(COMMA, "image", 0)
    assert keys(COMMA, accepted=[earlier, now]).key(COMMA, "image", 0) == now
    # of two tests it cannot be known whose it was
    assert keys(COMMA, RED, accepted=[earlier]).key(COMMA, "image", 0) == now


def test_two_tests_with_one_key_are_an_error_that_names_both() -> None:
    one, other = "a/b.py::test_x", "a-b.py::test_x"
    with pytest.raises(UsageError) as caught:
        keys(one, other).key(one, "image", 0)
    assert one in str(caught.value)
    assert other in str(caught.value)
