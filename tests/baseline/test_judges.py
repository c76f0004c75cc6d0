"""Stored calibrations of judges."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.baseline import JudgesError, WritesRefusedError, read_judges, store_judges
from harness.records import JudgeQuality, Share

ONE = JudgeQuality(
    "gpt", "d1", "shows", Share(30, 30, 0.8, 1.0), Share(29, 30, 0.8, 1.0), Share(0, 60), Share(60, 60),
    "2026-11-27T00:00:00Z", "painter", 60,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def test_what_is_stored_is_read(tmp_path: Path) -> None:
    assert read_judges(tmp_path) == ()
    store_judges(tmp_path / "new", [ONE])
    assert read_judges(tmp_path / "new") == (ONE,)


def test_a_later_calibration_replaces_that_of_its_judge_and_kind_alone(tmp_path: Path) -> None:
    others = (replace(ONE, kind="question/number"), replace(ONE, judge="d2"))
    store_judges(tmp_path, [ONE, *others])
    later = replace(ONE, when="2026-11-28T00:00:00Z")
    store_judges(tmp_path, [later])
    assert set(read_judges(tmp_path)) == {later, *others}


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": 9, "judges": []}'])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "judges.json").write_text(text)
    with pytest.raises(JudgesError) as caught:
        read_judges(tmp_path)
    assert caught.value.path == tmp_path / "judges.json"


def test_nothing_is_stored_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(WritesRefusedError):
        store_judges(tmp_path, [ONE])
