"""What is recorded of a scheduler has a form in JSON, whatever its configuration holds."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.provider.local.diffusers_scheduler import LONGEST, plain
from harness.records import recordable

WORDS = st.text(st.characters(codec="utf-8"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats() | WORDS,
        lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    )
)
def test_any_value_has_a_form(value: Any) -> None:
    made = plain(value)
    assert plain(made) == made
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert recordable(made) == (made, ())


@given(st.lists(st.floats(allow_nan=False), min_size=LONGEST + 1))
def test_a_long_list_counts_by_what_it_holds(values: list[float]) -> None:
    assert plain(values) == plain(np.array(values))
    assert plain(values) != plain([*values[:-1], 2.5 if values[-1] != 2.5 else 3.5])
