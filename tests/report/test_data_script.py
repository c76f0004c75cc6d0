"""Values that the rows of a page share: found again whatever they hold, and never one for another."""

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.report.data_script import DataScript

TEXTS = st.one_of(st.text(max_size=2), st.tuples(st.text(max_size=2), st.text(max_size=2)))
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from([0.0, 1.0]), st.text(max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=2), inner, max_size=2)),
    max_leaves=4,
)


@given(st.lists(st.one_of(PLAIN, TEXTS, st.dictionaries(st.text(max_size=2), TEXTS, max_size=2)), max_size=30))
def test_values_of_one_number_have_the_same_json(values: list[Any]) -> None:
    script = DataScript(io.StringIO())
    texts: dict[int, str] = {}
    for value in values:
        text = json.dumps(value)
        assert texts.setdefault(script.share(value), text) == text


def test_equal_texts_mappings_and_lists_are_shared() -> None:
    script = DataScript(io.StringIO())
    for value in ("a", ("a", "b"), {"a": ("b", "c")}, {"a": ["b", 1]}, ["a"], None, {}):
        assert script.share(value) == script.share(value)
