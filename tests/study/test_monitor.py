"""What a monitor notes beside its evidence: what the service announces, clocks, missed nights; the rotation."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.records import MonitorEpoch, MonitorImage, MonitorLine, MonitorNight
from harness.study import MonitorState, MonitorStateError, monitor_report
from harness.study.monitor.plan import Monitored, trials_of_night
from harness.vocabulary import Code

EPOCH = MonitorEpoch(1, "2026-01-01T03:00:00Z", "A", "first night", 0.01, 2, ("s/a", "s/b"), ("1", "2"), "00")
PROMPTS = Monitored(SimpleNamespace(), {"s/a": SimpleNamespace(), "s/b": SimpleNamespace()})


def report(tmp_path: Path, *nights: MonitorNight) -> object:
    state = MonitorState(tmp_path)
    state.append(MonitorLine(epoch=EPOCH))
    for night in nights:
        state.append(MonitorLine(night=night))
    assert MonitorState(tmp_path).nights == state.nights
    return monitor_report("s", state, PROMPTS)


def night(number: int, at: str, **served: object) -> MonitorNight:
    return MonitorNight(number, at, 0, served=served)


def test_what_the_service_announces(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        night(1, "2026-01-01T03:00:00Z", served_model="m-1", price=0.04),
        night(2, "2026-01-02T03:00:00Z", served_model="m-2", price=0.05, shutdown_date="2026-06-01"),
        night(3, "2026-01-03T03:00:00Z", served_model="m-1", price=0.05, shutdown_date="2026-06-01"),
    )
    assert [(one.data["name"], one.data["night"]) for one in found.announced] == [("served_model", 2), ("price", 2)]
    assert found.changed
    assert [one.code for one in found.notes] == [Code.MONITOR_DATE]


def test_a_clock_that_goes_back_and_missed_nights(tmp_path: Path) -> None:
    nights = (night(1, "2026-01-05T03:00:00Z"), night(2, "2026-01-04T03:00:00Z"))
    assert [one.code for one in report(tmp_path / "a", *nights).notes] == [Code.MONITOR_CLOCK]
    nights = (night(1, "2026-01-05T03:00:00Z"), night(2, "2026-01-09T03:00:00Z"))
    gap = report(tmp_path / "b", *nights)
    assert [(one.code, one.data) for one in gap.notes] == [(Code.MONITOR_GAP, {"days": 4.0})]
    assert not gap.changed


@pytest.mark.parametrize(
    "line",
    [
        MonitorLine(),
        MonitorLine(night=night(2, "2026-01-01T00:00:00Z")),
        MonitorLine(epoch=EPOCH),
        MonitorLine(night=MonitorNight(1, "2026-01-01T00:00:00Z", 1, (MonitorImage("s/c", 0),))),
        MonitorLine(night=MonitorNight(1, "2026-01-01T00:00:00Z", 1, (MonitorImage("s/a", 0, p={"appearance": 2.0}),))),
    ],
)
def test_lines_that_do_not_belong_there_are_refused(tmp_path: Path, line: MonitorLine) -> None:
    state = MonitorState(tmp_path)
    state.append(MonitorLine(epoch=EPOCH))
    before = state.path.read_bytes()
    with pytest.raises(ValueError, match=r"."):
        state.append(line)
    assert state.path.read_bytes() == before


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "nights.jsonl").mkdir()
    with pytest.raises(MonitorStateError):
        MonitorState(tmp_path)


def test_references_first_then_the_least_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.study.monitor.plan.replace", lambda trial, attempt: (trial, attempt.index))
    trials = {"s/a": "a", "s/b": "b"}
    assert trials_of_night(trials, [], 3, 2) == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    shown = [MonitorImage(prompt, 0, features=(1.0,)) for prompt in ("s/a", "s/a", "s/b", "s/b", "s/a")]
    assert trials_of_night(trials, shown, 3, 2) == [("b", 2), ("a", 3), ("b", 3)]
    failed = [*shown[:3], MonitorImage("s/b", 1)]
    assert trials_of_night(trials, failed, 3, 2) == [("b", 2)]
