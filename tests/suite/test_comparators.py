"""Metrics of installed packages in `drift:` limits."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from harness.errors import FieldError
from harness.records import Limit
from harness.suite import fields
from harness.suite.fields import parse_drift


@pytest.fixture
def clip_distance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point = EntryPoint("clip_distance", "somewhere:measure", fields.COMPARATORS)
    monkeypatch.setattr(fields, "entry_points", lambda group: [point] if group == fields.COMPARATORS else [])
    fields.comparator_names.cache_clear()
    yield
    fields.comparator_names.cache_clear()


@pytest.mark.usefixtures("clip_distance")
def test_an_installed_measure_can_be_limited() -> None:
    rule = parse_drift({"clip_distance": "<= 0.2", "ssim": ">= 0.9"})
    assert rule.limits == (Limit("clip_distance", None, 0.2), Limit("ssim", 0.9, None))
    assert parse_drift({"clip_distance": "0.1..0.2"}).limits == (Limit("clip_distance", 0.1, 0.2),)


@pytest.mark.usefixtures("clip_distance")
def test_a_misspelled_one_is_reported_with_its_name() -> None:
    with pytest.raises(FieldError) as caught:
        parse_drift({"clip_distanc": "<= 0.2"})
    assert "clip_distance" in caught.value.hint


def test_what_is_not_installed_is_unknown() -> None:
    with pytest.raises(FieldError, match="unknown metric `clip_distance`"):
        parse_drift({"clip_distance": "<= 0.2"})
