import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.baseline import Probe, ProbesError, WritesRefusedError, read_probes, store_probes
from harness.vocabulary import Level, SeedOutcome

PROBE = Probe(
    provider="local",
    kind="painter",
    subject="a" * 64,
    identity="b" * 64,
    host={"cpu": "x"},
    when="2026-11-22T10:00:00Z",
    repeats=2,
    images=4,
    trials=("one/base-s0",),
    level=Level.BYTES,
    elsewhere=None,
    portable=False,
    seed=SeedOutcome.HONORED,
    causes=(),
    settings={"b": [{"z": 1, "a": 2}], "a": 1},
)


def test_a_probe_takes_the_place_of_an_earlier_one_of_its_subject_on_its_machine(tmp_path: Path) -> None:
    assert read_probes(tmp_path, "suite") == ()
    others = [replace(PROBE, **change) for change in ({"provider": "z"}, {"subject": "c" * 64}, {"host": {"cpu": "y"}})]
    file = store_probes(tmp_path, "suite", [PROBE, *others])
    later = replace(PROBE, when="2026-11-23T10:00:00Z", level=Level.LSB)
    before = file.read_text()
    assert store_probes(tmp_path, "suite", [later]) == file
    assert len(read_probes(tmp_path, "suite")) == 4
    assert all(probe in read_probes(tmp_path, "suite") for probe in (later, *others))
    store_probes(tmp_path, "suite", [PROBE])
    assert file.read_text() == before
    [first, *_] = json.loads(before)["probes"]
    assert list(first) == sorted(first)
    assert list(first["settings"]["b"][0]) == ["a", "z"]


@pytest.mark.parametrize(
    "change", [lambda text: text[:-9], lambda text: text.replace('"format": 2', '"format": 9'), lambda _: "[]"]
)
def test_probes_that_cannot_be_read_are_named(tmp_path: Path, change) -> None:
    file = store_probes(tmp_path, "suite", [PROBE])
    file.write_text(change(file.read_text()))
    with pytest.raises(ProbesError) as raised:
        read_probes(tmp_path, "suite")
    assert raised.value.path == file


def test_probes_of_another_suite_and_writes_in_ci_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_probes(tmp_path, "suite", [PROBE]).parent.rename(tmp_path / "other")
    with pytest.raises(ProbesError):
        read_probes(tmp_path, "other")
    monkeypatch.setenv("CI", "1")
    with pytest.raises(WritesRefusedError):
        store_probes(tmp_path, "suite", [PROBE])
