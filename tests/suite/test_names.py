"""Names that become files are safe on every system, and different variants have different names."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.suite.names import MAX_VARIANT, name_trouble, token, variant_name

values = st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ({}, "base"),
        ({"style": "flat"}, "style=flat"),
        ({"steps": 4, "quality": "hd", "guidance": 2.5}, "guidance=2.5,quality=hd,steps=4"),
        ({"on": True, "size": "256x256"}, "on=true,size=256x256"),
    ],
)
def test_variant_names(given_: dict[str, str | int | float | bool], name: str) -> None:
    assert variant_name(given_) == name


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_.]{0,30}", fullmatch=True), values, max_size=6))
@settings(deadline=None)
def test_a_variant_is_a_short_safe_file_name(given_: dict[str, str | int | float | bool]) -> None:
    name = variant_name(given_)
    assert len(name) <= MAX_VARIANT
    assert re.fullmatch(r"[A-Za-z0-9._+,=-]+", name)
    assert not name.startswith((".", "-"))


@given(st.text(), st.text())
@settings(deadline=None)
def test_different_texts_have_different_tokens(one: str, other: str) -> None:
    assert (token(one) == token(other)) == (one == other)


@given(st.text(max_size=90))
@settings(deadline=None)
def test_a_good_name_is_one_part_of_a_path(name: str) -> None:
    if not name_trouble(name):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name)
        assert not name.endswith(".")
