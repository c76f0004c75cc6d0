import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.baseline import Baselines, Selection, WritesRefusedError, accept, read_log
from harness.errors import HarnessError, UsageError
from harness.ledger import iter_results
from harness.records import Difference, Reason, RunRecord, TrialResult, to_json
from harness.runner import RunOptions, execute, exit_code, plan_of, rerun
from harness.study import Calibrated, calibratable, calibration_estimate, run_calibration, store_floors
from harness.vocabulary import Code, Part
from tests.conftest import chance_in

Chance = Callable[..., Path]
SUITES = (Path("suites/chance.yaml"),)
FLOORS = "  - {id: dots, prompt: some dots, seeds: [0, 1, 2], drift: calibrated}\n"


def run(**options: object) -> tuple[RunRecord, dict[str, TrialResult], Path]:
    given = RunOptions(SUITES, **options)  # type: ignore[arg-type]
    record, folder = execute(plan_of(given), given)
    return record, {str(result.key): result for result in iter_results(folder)}, folder


def change(folder: Path, old: str, new: str) -> None:
    program = folder / "noisy.py"
    assert old in program.read_text()
    program.write_text(program.read_text().replace(old, new))


def accepted(**options: object) -> None:
    folder = run(**options)[2]
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", rerun=rerun(folder))


def measured(repeats: int = 4, **more: object) -> list[Calibrated]:
    options, there = RunOptions(SUITES), Baselines("baselines")
    plan = calibratable(plan_of(options), there)
    return list(run_calibration(plan, options, there, repeats=repeats, **more).floors)  # type: ignore[arg-type]


def codes(result: TrialResult) -> list[Code]:
    return [reason.code for reason in result.outcome.reasons]


def calibrated(repeats: int = 4) -> list[Calibrated]:
    found = measured(repeats)
    store_floors(Baselines("baselines"), found, who="t")
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose images were accepted and calibrated; read only."""
    with pytest.MonkeyPatch.context() as patch:
        folder = chance_in(tmp_path_factory.mktemp("floors"), patch)(FLOORS)
        accepted()
        calibrated()
    return folder


@pytest.fixture
def floors(made: Path, chance: Chance) -> Path:
    """A copy of it, as the working folder."""
    return shutil.copytree(made, chance(FLOORS), dirs_exist_ok=True)


def test_the_accepted_images_stay_and_a_run_without_a_change_is_fine(chance: Chance) -> None:
    chance(FLOORS)
    accepted()
    before = {path: path.read_bytes() for path in Path("baselines").rglob("*.png")}
    found = calibrated()
    assert {path: path.read_bytes() for path in Path("baselines").rglob("*.png")} == before
    assert [one.noise.n for one in found] == [4, 4, 4]
    assert found[0].noise.made["processes"] == 4
    item = Baselines("baselines").find(found[0].key)[0]
    assert item.noise_floor is not None
    assert item.noise_floor["made"]["who"] == "t"
    assert item.noise_floor["limit"] == pytest.approx(found[0].floor.limit, rel=1e-6)
    [*_, last] = read_log(Path("baselines/chance/log.jsonl"))
    assert (last.action, last.old == last.new) == ("calibrate", True)
    record, results, _ = run()
    assert record.totals == {"benign": 3}
    assert exit_code(record) == 0
    floor = results["chance/dots/base-s0"].floor
    assert floor is not None
    assert (floor.n, floor.alpha) == (4, 0.05 / 3)


@pytest.mark.usefixtures("floors")
def test_a_change_is_drift_and_the_confirmations_are_recorded() -> None:
    Path("changed").touch()
    record, results, folder = run()
    assert record.totals == {"drift": 3}
    for result in results.values():
        assert result.floor is not None
        assert len(result.floor.confirmations) == 2
        assert all((folder / one.file).is_file() for one in result.floor.confirmations)
        assert codes(result) == [Code.SERVICE_CHANGED, Code.FLOOR_ABOVE, Code.FLOOR_CONFIRMED]


def lines_of(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    return [line.get("judged", {}).get("result", line) for line in lines if "outcome" in line or "judged" in line]


@pytest.mark.usefixtures("floors")
def test_what_a_later_line_replaces_says_so_itself() -> None:
    Path("changed").touch()
    _, results, folder = run()
    lines = lines_of(folder)
    assert [line.get("pending") for line in lines].count(True) == 6
    assert {line["outcome"]["verdict"] for line in lines if line.get("pending")} == {"inconclusive"}
    assert {line["outcome"]["verdict"] for line in lines if not line.get("pending")} == {"drift"}
    assert {result.pending for result in results.values()} == {None}


def test_one_spoiled_generate_is_no_drift(chance: Chance) -> None:
    chance("  - {id: dots, prompt: many dots, seeds: [0, 1, 2], drift: calibrated}\n")
    accepted()
    calibrated()
    Path("once").touch()
    record, results, _ = run()
    assert not Path("once").exists()
    assert record.totals == {"benign": 3}
    again = [result for result in results.values() if result.floor and result.floor.confirmations]
    assert again
    assert all(result.outcome.warnings[0].code == Code.FLOOR_ONCE for result in again)


def test_confirmations_cost_money_and_stop_at_the_budget(chance: Chance) -> None:
    chance(FLOORS, price=0.1)
    accepted()
    calibrated()
    Path("changed").touch()
    record, results, folder = run(budget=0.45)
    assert (record.stopped, exit_code(record)) == ("budget", 1)
    assert "inconclusive" in record.totals
    assert any(Code.FLOOR_UNCONFIRMED in codes(result) for result in results.values())
    record, results, _ = run(budget=2.0, resume=folder)
    assert record.totals == {"drift": 3}
    assert record.cost == pytest.approx(0.9)
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    assert sum("intent" in line for line in lines) == 9


def test_another_image_accepted_before_the_resume_leaves_no_verdict(chance: Chance) -> None:
    chance("  - {id: dots, prompt: some dots, seeds: [0], drift: calibrated}\n", price=0.1)
    accepted()
    calibrated()
    Path("changed").touch()
    record, _, folder = run(budget=0.15)
    assert record.totals == {"inconclusive": 1}
    Path("changed").unlink()
    again = run(budget=1.0)[2]
    keys = frozenset({"chance/dots/base-s0"})
    accept(Baselines("baselines"), again, Selection(keys=keys), reason="r", who="t")
    [result] = run(budget=1.0, resume=folder)[1].values()
    assert result.outcome.verdict == "inconclusive"
    assert codes(result) == [Code.FLOOR_ABOVE, Code.FLOOR_UNCONFIRMED, Code.ERROR]
    assert "accepted meanwhile" in result.outcome.reasons[-1].data["problem"]


def test_a_single_case_and_a_shard_come_to_the_same_limit(chance: Chance) -> None:
    chance(FLOORS + "  - {id: spots, prompt: spots, seeds: [0, 1], drift: calibrated}\n")
    accepted()
    calibrated()
    whole = {key: (r.floor and r.floor.limit) for key, r in run()[1].items()}
    parts: dict[str, object] = {}
    for options in ({"shard": (1, 2)}, {"shard": (2, 2)}, {"cases": ("spots",)}):
        parts |= {key: (r.floor and r.floor.limit) for key, r in run(**options)[1].items()}
    assert parts == whole


def test_two_modes_need_more_repeats_and_say_how_many(chance: Chance) -> None:
    chance("  - {id: modes, prompt: two modes, seeds: [3], drift: calibrated}\n", top="false_alarms: 0.001")
    accepted()
    [found] = measured(8)
    assert found.noise.method == "modes"
    assert (found.floor.limit, found.floor.needed) == (None, 17)
    store_floors(Baselines("baselines"), [found], who="t")
    Path("changed").touch()
    [result] = run()[1].values()
    assert result.outcome.verdict == "inconclusive"
    assert result.outcome.reasons[-1] == Reason(Code.FLOOR_NEEDS, {"repeats": 17})


def test_zero_variance_leaves_no_room_and_no_warning(chance: Chance) -> None:
    chance("  - {id: quiet, prompt: quiet dots, seeds: [0, 1], drift: calibrated}\n")
    accepted()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert {one.floor.method for one in calibrated(3)} == {"identical"}
    assert run()[0].totals == {"identical": 2}
    Path("changed").touch()
    assert run()[0].totals == {"drift": 2}


def test_another_environment_is_named(floors: Path) -> None:
    manifest = floors / "baselines/chance/manifest.json"
    data = json.loads(manifest.read_text())
    for trial in data["trials"]:
        trial["accepted"][0]["noise_floor"]["environment"] = {"function": "other.py:generate"}
    manifest.write_text(json.dumps(data))
    result = run()[1]["chance/dots/base-s0"]
    assert result.outcome.verdict == "benign"
    function = Difference(Part.ENVIRONMENT, "function", "other.py:generate", "../noisy.py:generate")
    data = {"differences": [to_json(function)], "more": 0}
    # an unchanged trial may exceed its limit once: that is noted beside it
    assert Reason(Code.FLOOR_ELSEWHERE, data) in result.outcome.warnings


@pytest.mark.parametrize("floor", [{"n": "ten"}, {}, {"ssim": 0.98}])
def test_a_floor_that_cannot_be_read_is_inconclusive(chance: Chance, floor: dict[str, object]) -> None:
    folder = chance("  - {id: dots, prompt: some dots, seeds: [0], drift: calibrated}\n")
    accepted()
    manifest = folder / "baselines/chance/manifest.json"
    data = json.loads(manifest.read_text())
    data["trials"][0]["accepted"][0]["noise_floor"] = floor
    manifest.write_text(json.dumps(data))
    [result] = run()[1].values()
    assert (result.outcome.verdict, result.outcome.status) == ("inconclusive", "finding")
    assert codes(result) == [Code.FLOOR_NO_LIMIT, Code.FLOOR_UNREADABLE]


def test_images_of_another_size_have_no_score(chance: Chance) -> None:
    folder = chance(FLOORS)
    accepted()
    change(folder, "    pixels = shapes(", "    width = 32\n    pixels = shapes(")
    found = measured(2)
    assert {one.floor.limit for one in found} == {None}
    assert found[0].noise.problem is not None
    data = found[0].noise.problem.data
    assert (data["count"], data["repeats"]) == (2, 2)


def test_what_cannot_be_calibrated_is_refused_with_the_hint(chance: Chance) -> None:
    chance("  - {id: near, prompt: dots, seeds: [0], drift: {ssim: '>= 0.9'}}\n")
    options, there = RunOptions(SUITES), Baselines("baselines")
    with pytest.raises(UsageError, match="no case of the suite is judged by") as refused:
        calibratable(plan_of(options), there)
    assert "--all" in refused.value.hint
    with pytest.raises(UsageError, match="no image is accepted yet"):
        calibratable(plan_of(options), there, every=True)
    with pytest.raises(UsageError, match="1 repeat shows no spread"):
        run_calibration(plan_of(options), options, there, repeats=1)


def test_faults_are_counted(chance: Chance) -> None:
    folder = chance(FLOORS)
    accepted()
    change(folder, "    pixels = shapes(", "    if seed == 1:\n        raise ValueError('down')\n    pixels = shapes(")
    found = {one.key.seed: one for one in measured(2)}
    assert (found[1].faults, found[1].noise.n, found[1].floor.limit) == (2, 0, None)
    assert "down" in found[1].fault[0].data["problem"]
    assert found[0].noise.n == 2


CACHED = """
    from harness.image import encode_png
    from harness.provider import Output

    return Output(encode_png(cast(pixels)), source="cache")
"""


def test_answers_of_a_cache_are_never_counted(chance: Chance) -> None:
    folder = chance(FLOORS)
    accepted()
    change(folder, "    strength =", CACHED + "    strength =")
    found = measured(2)
    assert [(one.left_out, one.noise.n, one.floor.limit) for one in found] == [(2, 0, None)] * 3
    assert store_floors(Baselines("baselines"), found, who="t") == []


def test_nothing_is_stored_in_ci_nor_over_a_new_image(chance: Chance, monkeypatch: pytest.MonkeyPatch) -> None:
    chance(FLOORS)
    accepted()
    found = measured(2)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(WritesRefusedError):
        store_floors(Baselines("baselines"), found, who="t")
    monkeypatch.delenv("CI")
    there = Baselines("baselines")
    there.manifest("chance")
    accept(Baselines("baselines"), run()[2], Selection(verdicts=frozenset({"inconclusive"})), reason="r", who="t")
    with pytest.raises(UsageError, match="accepted anew"):
        store_floors(there, found, who="t")


def test_the_budget_ends_it_with_what_was_measured(chance: Chance) -> None:
    chance(FLOORS, price=0.1)
    accepted()
    options, there = RunOptions(SUITES, budget=0.65), Baselines("baselines")
    plan = calibratable(plan_of(options), there)
    done = run_calibration(plan, options, there, repeats=10)
    found = done.floors
    assert done.stopped == "budget"
    assert sum(one.noise.n for one in found) == 6
    assert calibration_estimate(plan, replace(options, resume=done.folder), there).repeats == 10
    seen = calibration_estimate(plan, options, there, 10)
    assert (seen.keys, seen.generates, seen.cost) == (3, 30, pytest.approx(3.0))


def test_an_altered_image_ends_it_before_anything_is_generated(chance: Chance) -> None:
    chance(FLOORS)
    accepted()
    generated = sorted(Path().glob("*.count"))
    before = [path.stat().st_size for path in generated]
    Path("baselines/chance/dots/base-s1.png").write_bytes(b"x")
    with pytest.raises(HarnessError, match="altered"):
        measured(2)
    assert [path.stat().st_size for path in generated] == before
