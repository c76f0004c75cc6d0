"""Changes of a server and of a tested pipeline: no cause is named wrong, and what can be known is named."""

from pathlib import Path

import pytest

from benchmarks.server_changes import Row, in_tests, over_http
from benchmarks.small_pipeline import CHANGES, NOTHING, SEEDS

pytestmark = [pytest.mark.checkout, pytest.mark.slow]
FEW = [change for change in CHANGES if change.after or change.reports or change.settings]
IN_TESTS = {"steps 12 → 16, in the request", "batch of 4, reported", "wrong size", "JPEG for PNG"}
"""A module of tests each: a few are enough beside those over HTTP."""


def check(row: Row) -> None:
    assert row.wrong == 0, row
    failing = row.named + row.unnamed
    if row.rule == "exact":
        # a change of one image in twenty, or of all
        assert failing == (1 if row.change.after == "blank" else len(SEEDS)), row
    if row.change.cause != NOTHING:
        # no image was accepted for the seed behind the last
        assert row.unnamed == (1 if row.change.after == "seed" else 0), row


def test_over_http(tmp_path: Path) -> None:
    for row in over_http(tmp_path, FEW, rules=("exact",)):
        check(row)


def test_in_tests(tmp_path: Path) -> None:
    few = [change for change in FEW if change.name in IN_TESTS]
    assert len(few) == len(IN_TESTS)
    for row in in_tests(tmp_path, few, rules=("exact",)):
        check(row)
