import dataclasses
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.ledger import (
    DuplicateTrialError,
    ImageLostError,
    Ledger,
    RunExistsError,
    iter_results,
    possibly_billed,
    read_image,
    read_run,
    run_name,
)
from harness.records import FIRST, Comparison, ImageRef, Measurement, RunRecord


def test_a_run_folder_holds_record_trials_and_images(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        first = make(ledger=ledger)
        second = make(seed=1, ledger=ledger, verdict="drift")
        ledger.append(first)
        ledger.append(second)
        done = ledger.finish(dataclasses.replace(ledger.record, complete=True, seconds=2.5))
    assert sorted(path.name for path in ledger.folder.iterdir()) == ["images", "run.json", "trials.jsonl"]
    assert list(iter_results(ledger.folder)) == [first, second]
    assert read_run(ledger.folder) == done
    assert done.totals == {"identical": 1, "drift": 1}
    assert done.statuses == {"finding": 1, "ok": 1}
    assert (done.cost, done.complete, done.run) == (0.0, True, ledger.folder.name)
    assert read_image(ledger.folder, first.image) == b"image circles 0"


def test_each_line_is_one_json_object_readable_by_others(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make("größer als ≥ \u2028 zwei"))
    (line,) = (ledger.folder / "trials.jsonl").read_bytes().splitlines()
    assert json.loads(line)["key"]["case"] == "größer als ≥ \u2028 zwei"


def test_names_of_runs_sort_by_time_and_name_the_suite() -> None:
    name = run_name(["suites/Quick Start.yaml", "suites/b.yaml"])
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-quick-start-and-1-more-[0-9a-f]{4}", name)
    assert len({run_name(["a.yaml"]) for _ in range(50)}) > 40


def test_a_given_name_is_used_once_and_never_a_path(reports: Path, record: RunRecord) -> None:
    named = dataclasses.replace(record, run="shard-1")
    Ledger.create(reports, named).close()
    with pytest.raises(RunExistsError, match="already a run"):
        Ledger.create(reports, named)
    for bad in ("../out", "a/b", ".hidden", "c:\\x"):
        with pytest.raises(UsageError):
            Ledger.create(reports, dataclasses.replace(record, run=bad))
    assert [path.name for path in reports.iterdir()] == ["shard-1"]


def test_a_trial_is_recorded_once(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make())
        with pytest.raises(DuplicateTrialError, match=r"quickstart/circles/base-s0 is recorded a second time"):
            ledger.append(make(verdict="drift"))
        ledger.append(make(repeat=1))
    assert [result.attempt.index for result in iter_results(ledger.folder)] == [0, 1]


def test_a_line_never_names_an_image_that_is_not_stored(reports: Path, record: RunRecord, make) -> None:
    image = ImageRef("images/" + "0" * 64 + ".png", "0" * 64, "0" * 64, 4, 4, "PNG")
    with Ledger.create(reports, record) as ledger, pytest.raises(ImageLostError, match="was not stored before"):
        ledger.append(make(image=image))
    assert list(iter_results(ledger.folder)) == []


def test_what_has_no_json_form_is_recorded_as_text_with_a_note(reports: Path, record: RunRecord, make) -> None:
    odd = make(environment={"gpu": Path("a"), "limits": [1.0, float("-inf")], "driver": "v\ud800"}, cost=float("nan"))
    with Ledger.create(reports, record) as ledger:
        returned = ledger.append(odd)
    (read,) = iter_results(ledger.folder)
    assert read == returned
    assert read.environment == {"gpu": "a", "limits": [1.0, "-inf"], "driver": "v\\ud800"}
    assert read.cost is None
    assert [note.partition(":")[0] for note in read.notes or ()] == [
        "environment.gpu", "environment.limits[1]", "environment.driver", "cost",
    ]  # fmt: skip
    assert dataclasses.replace(read, environment={}, notes=None) == dataclasses.replace(odd, environment={}, cost=None)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_metric_that_is_no_number_is_absent(reports: Path, record: RunRecord, make, value) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make(comparison=Comparison({"psnr": Measurement(value)})))
    (read,) = iter_results(ledger.folder)
    assert read.comparison is not None
    assert read.comparison.measurements["psnr"] == Measurement(absent=f"not a finite number: {value}")


def test_equal_images_are_kept_once_and_mended(reports: Path, record: RunRecord) -> None:
    with Ledger.create(reports, record) as ledger:
        names = {ledger.store_image(b"same", ext) for ext in ("png", ".PNG")}
        (name,) = names
        path = ledger.folder / name
        assert re.fullmatch(r"images/[0-9a-f]{64}\.png", name)
        path.write_bytes(b"sane")
        assert ledger.store_image(b"same", "png") == name
        assert path.read_bytes() == b"same"
        assert ledger.store_image(b"odd", "../../x").endswith(".bin")
        assert ledger.store_heat_map(b"map").startswith("heat_maps/")
        assert len(list((ledger.folder / "images").iterdir())) == 2


def test_threads_may_record_at_the_same_time(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:

        def one(number: int) -> None:
            ledger.intent(make(f"case-{number}").key, FIRST, "0" * 64, 0.04)
            ledger.append(make(f"case-{number}", ledger=ledger, cost=0.25))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(120)))
        assert len(ledger.recorded) == 120
        assert ledger.tally.cost == 30.0
    assert {result.key.case for result in iter_results(ledger.folder)} == {f"case-{n}" for n in range(120)}
    assert possibly_billed(ledger.folder) == ()


def test_a_cost_that_is_not_known_makes_the_sum_unknown(reports: Path, record: RunRecord, make) -> None:
    with Ledger.create(reports, record) as ledger:
        ledger.append(make(cost=0.04))
        ledger.append(make("failed", cost=None, source="none", verdict="failed"))
        assert ledger.finish(record).cost == 0.04
        ledger.append(make("hosted", cost=None))
        assert ledger.finish(record).cost is None
        assert ledger.tally.unpriced == 1
