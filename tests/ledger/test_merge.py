import dataclasses
import os
from pathlib import Path

import pytest

from harness.ledger import (
    ImageLostError,
    Ledger,
    MergeRefusedError,
    RunNotFoundError,
    iter_results,
    merge,
    possibly_billed,
    read_image,
    read_run,
)
from harness.records import FIRST, Comparison, RunRecord


@pytest.fixture
def shards(tmp_path: Path, record: RunRecord, make) -> list[Path]:
    folders = []
    for number in (1, 2, 3):
        part = dataclasses.replace(
            record,
            shard=f"{number}/3",
            planned=2,
            started=f"2026-11-22T00:0{5 - number}:00Z",
            environment={"cpu": f"cpu-{number}", "python": "3.11"},
        )
        with Ledger.create(tmp_path / f"part-{number}", part) as ledger:
            for seed in (0, 1):
                heat_map = ledger.store_heat_map(f"{number} {seed}".encode())
                comparison = Comparison(heat_map=heat_map)
                verdict = "drift" if seed else "identical"
                ledger.append(
                    make(f"case-{number}", seed, ledger=ledger, comparison=comparison, cost=0.5, verdict=verdict)
                )
            ledger.intent(make(f"open-{number}").key, FIRST, "0" * 64)
            ledger.finish(dataclasses.replace(ledger.record, complete=True, seconds=float(number)))
        folders.append(ledger.folder)
    return folders


def test_shards_become_one_run(shards: list[Path], reports: Path) -> None:
    merged = merge(shards, reports)
    results = list(iter_results(merged.folder))
    assert results == [result for folder in shards for result in iter_results(folder)]
    for result in results:
        read_image(merged.folder, result.image)
        assert (merged.folder / result.comparison.heat_map).is_file()
    record = read_run(merged.folder)
    assert record == merged.record
    assert record.totals == {"identical": 3, "drift": 3}
    assert (record.cost, record.planned, record.seconds, record.shard, record.complete) == (3.0, 6, 3.0, None, True)
    assert record.started == "2026-11-22T00:02:00Z"
    assert record.environment == {"cpu": ["cpu-1", "cpu-2", "cpu-3"], "python": "3.11"}
    assert merged.missing == ()
    assert len(possibly_billed(merged.folder)) == 3
    assert merged.folder.parent == reports


def test_a_missing_shard_is_named_and_the_run_not_complete(shards: list[Path], reports: Path) -> None:
    merged = merge([shards[2], shards[0]], reports)
    assert merged.missing == ("2/3",)
    assert not merged.record.complete


def test_a_shard_given_twice_is_refused(shards: list[Path], reports: Path) -> None:
    with pytest.raises(MergeRefusedError, match="both are shard 1/3"):
        merge([shards[0], shards[1], shards[0]], reports)


def test_parts_that_are_not_shards_may_overlap_but_not_disagree(tmp_path: Path, record, make, reports: Path) -> None:
    folders = []
    for name, content in (("a", "same"), ("b", "same"), ("c", "other")):
        with Ledger.create(tmp_path, dataclasses.replace(record, run=name)) as ledger:
            ledger.append(make(ledger=ledger, content=content, seconds=len(folders)))
        folders.append(ledger.folder)
    merged = merge(folders[:2], reports)
    assert merged.doubled == 1
    assert len(list(iter_results(merged.folder))) == 1
    with pytest.raises(MergeRefusedError, match="different results for quickstart/circles/base-s0") as caught:
        merge(folders, reports)
    assert (caught.value.path, caught.value.other) == (folders[0], folders[2])
    assert len(list(reports.iterdir())) == 1


def test_other_arguments_or_sharding_are_refused(tmp_path: Path, record: RunRecord, reports: Path) -> None:
    def run(name: str, **changes) -> Path:
        with Ledger.create(tmp_path, dataclasses.replace(record, run=name, **changes)) as ledger:
            return ledger.folder

    plain = run("plain")
    for other, words in (
        (run("suite", suites=("b.yaml",)), "suites"),
        (run("set", arguments={"set": {"quality": "draft"}}), "set {} there"),
        (run("shard", shard="1/2"), "shard None there, 1/2 here"),
    ):
        with pytest.raises(MergeRefusedError, match=words):
            merge([plain, other], reports)
    with pytest.raises(RunNotFoundError):
        merge([], reports)
    with pytest.raises(RunNotFoundError):
        merge([plain, tmp_path / "gone"], reports)


def test_images_are_copied_where_they_cannot_be_linked(shards, reports, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    merged = merge(shards, reports)
    for result in iter_results(merged.folder):
        read_image(merged.folder, result.image)


def test_a_shard_without_its_images_is_refused(shards: list[Path], reports: Path) -> None:
    (result, *_) = iter_results(shards[1])
    (shards[1] / result.image.file).unlink()
    with pytest.raises(ImageLostError, match="is missing"):
        merge(shards, reports)
    assert list(reports.iterdir()) == []


def test_one_shard_alone_becomes_a_run_that_lacks_the_others(shards: list[Path], reports: Path) -> None:
    merged = merge(shards[:1], reports)
    assert (merged.missing, merged.doubled, merged.record.planned) == (("2/3", "3/3"), 0, 2)


@pytest.mark.parametrize("kind", ["images", "heat_maps"])
def test_what_is_linked_is_what_was_recorded(shards: list[Path], reports: Path, kind: str) -> None:
    altered = next((shards[1] / kind).iterdir())
    altered.write_bytes(b"something else")
    with pytest.raises(ImageLostError) as caught:
        merge(shards, reports)
    assert caught.value.path == altered
    assert not list(reports.glob("*/run.json"))


def test_a_heat_map_that_is_missing_costs_no_merge(shards: list[Path], reports: Path) -> None:
    lost = next((shards[1] / "heat_maps").iterdir())
    lost.unlink()
    merged = merge(shards, reports)
    assert not (merged.folder / "heat_maps" / lost.name).exists()
