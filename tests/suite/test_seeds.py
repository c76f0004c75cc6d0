"""Lists of seeds."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import FieldError
from harness.suite.fields import parse_seeds

SPANS = st.tuples(st.integers(0, 40), st.integers(0, 4))


@given(st.lists(SPANS, min_size=1, max_size=8))
def test_a_seed_that_is_listed_twice_is_refused_where_it_is_the_second_time(spans: list[tuple[int, int]]) -> None:
    items = [f"{first}..{first + more}" if more else first for first, more in spans]
    seen: Counter[int] = Counter()
    for index, (first, more) in enumerate(spans):
        seeds = range(first, first + more + 1)
        if any(seen[seed] for seed in seeds):
            with pytest.raises(FieldError) as caught:
                parse_seeds(items)
            assert caught.value.path == (index,)
            return
        seen.update(seeds)
    assert list(parse_seeds(items)) == list(seen)
