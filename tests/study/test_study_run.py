"""What a probe or a calibration generated is on the disk whatever ends it, and is never taken for a run of the
suite."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.baseline import Baselines, Selection, accept
from harness.errors import UsageError
from harness.generation import Budget, Limits, Session, open_ledger
from harness.image import encode_png
from harness.ledger import PAGE_FILE, Lock, OtherRunError, find_run, iter_results, possibly_billed, read_run, runs
from harness.provider import Capabilities, Job, Output
from harness.records import Recipe, Request, Subject, Trial, TrialKey, TrialResult
from harness.runner import RunOptions, execute, plan_of, rerun
from harness.runner.resume import unfinished
from harness.study import (
    Calibration,
    ProbeOptions,
    ProbeReport,
    calibratable,
    cut_off,
    history_of,
    prepare_probe,
    run_calibration,
    run_probe,
    unfinished_study,
)
from harness.study.probe.generate import Generator
from harness.study.recorder import Recorder
from harness.study.study_session import study_record
from tests.provider.servers.base import status
from tests.provider.servers.openrouter import KEY, OpenRouter

SUITE = Path("suites/chance.yaml")
REPORTS = Path("reports")
FLOORS = "  - {id: dots, prompt: some dots, seeds: [0, 1, 2], drift: calibrated}\n"


@pytest.fixture
def accepted(chance: Callable[..., Path]) -> Path:
    """A project whose images cost 0.01 each and are accepted."""
    folder = chance(FLOORS, price=0.01)
    run = RunOptions((SUITE,))
    _, generated = execute(plan_of(run), run)
    accept(Baselines("baselines"), generated, Selection(), reason="test", who="t", rerun=rerun(generated))
    return folder


def calibrated(repeats: int = 4, **more: Any) -> Calibration:
    given = {name: more.pop(name) for name in ("resume", "cases") if name in more}
    options, there = RunOptions((SUITE,), **given), Baselines("baselines")
    return run_calibration(calibratable(plan_of(options), there), options, there, repeats=repeats, **more)


def probed(path: Path = SUITE, **more: Any) -> tuple[ProbeReport, ...]:
    options = ProbeOptions(RunOptions((path,), resume=more.pop("resume", None)), repeats=3, trials=1)
    return run_probe(prepare_probe(options), options, **more)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]


def intents(folder: Path) -> int:
    return sum("intent" in line for line in lines(folder))


def generates(folder: Path) -> int:
    """How often the program generated, in all its processes."""
    return sum(path.stat().st_size for path in folder.glob("*.count"))


ITSELF = "os.getpid()"
HARNESS = "int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])"
"""The parent of the supervisor, which stands between the harness and the process that generates."""


def dies(folder: Path, number: int, whom: str) -> None:
    """Have the program kill a process with the n-th image from now on, before that is generated."""
    program = folder / "noisy.py"
    kill = f"    if count('kill') == {number}:\n        os.kill({whom}, 9)\n"
    program.write_text(program.read_text().replace("    pixels = shapes(", kill + "    pixels = shapes("))


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "harness", *words], capture_output=True, text=True, check=False)


def stops_after(number: int) -> dict[str, Any]:
    """What stops a calibration once this many repeats are recorded."""
    limits = Limits()
    return {"limits": limits, "progress": lambda done, _: limits.stop.set() if done >= number else None}


def test_every_generation_of_a_calibration_is_recorded_with_an_intent_before_it(accepted: Path) -> None:
    before = generates(accepted)
    done = calibrated(4)
    assert done.folder is not None
    assert done.folder.match("reports/*Z-calibrate-chance-????/generated")
    results = list(iter_results(done.folder))
    assert len(results) == generates(accepted) - before == 12
    assert {result.attempt.index for result in results} == {0, 1, 2, 3}
    assert all((done.folder / result.image.file).is_file() for result in results if result.image)
    kinds = ["intent" if "intent" in line else line.get("attempt", {}).get("index", 0) for line in lines(done.folder)]
    assert kinds[0] == "intent"
    assert kinds.count("intent") == 12
    record = read_run(done.folder)
    assert (record.complete, record.planned, record.cost) == (True, 12, pytest.approx(0.12))


def test_a_killed_calibration_goes_on_and_tells_what_was_possibly_billed(accepted: Path) -> None:
    before = generates(accepted)
    dies(accepted, 8, HARNESS)
    assert command("calibrate", str(SUITE), "--live", "--repeats", "4").returncode == -9
    folder = unfinished_study(REPORTS, "calibrate", "latest", [SUITE])
    assert len(list(iter_results(folder))) == 7
    assert intents(folder) == 8
    assert [intent.estimate for intent in possibly_billed(folder)] == [0.01]

    done = command("calibrate", str(SUITE), "--live", "--repeats", "4", "--resume", "--json")
    reported = json.loads(done.stdout)
    assert Path(reported["folder"]) == folder
    assert [one["repeats"] for one in reported["floors"]] == [4, 4, 4]
    assert [note.partition(":")[0] for note in reported["notes"]] == [
        "1 call was possibly billed without an image, up to $0.01"
    ]
    assert reported["cost"] == pytest.approx(0.13)
    # each of 7 before the kill, 5 after it and the one that nobody has is counted twice by the program now
    assert generates(accepted) - before == 2 * 13
    assert read_run(folder).complete


def test_a_calibration_begun_anew_tells_once_what_the_killed_one_may_have_cost(accepted: Path) -> None:
    dies(accepted, 2, HARNESS)
    assert command("calibrate", str(SUITE), "--live", "--repeats", "2").returncode == -9
    first = unfinished_study(REPORTS, "calibrate", "latest", [SUITE])
    with Lock(first) as _held:
        # it may still be generating
        assert cut_off(REPORTS, "calibrate", [SUITE]) == ()
    [line] = cut_off(REPORTS, "calibrate", [SUITE])
    assert line.startswith(f"{first.parent}: 1 call was possibly billed")
    assert cut_off(REPORTS, "calibrate", [SUITE]) == ()
    assert unfinished_study(REPORTS, "calibrate", "latest", [SUITE]) == first


def test_a_killed_probe_has_what_it_generated_and_the_next_one_tells(accepted: Path) -> None:
    dies(accepted, 5, ITSELF)
    words = ("probe", str(SUITE), "--live", "--trials", "1", "--repeats", "3")
    assert command(*words).returncode == -9
    [folder] = REPORTS.glob("*-probe-*/generated")
    assert len(list(iter_results(folder))) == 4
    assert intents(folder) == 5
    again = command(*words)
    assert f"{folder.parent}: 1 call was possibly billed" in again.stdout
    assert "possibly billed" not in command(*words).stdout


def test_a_probe_records_its_other_seeds_prompts_and_settings(accepted: Path) -> None:
    before = generates(accepted)
    [report] = probed()
    folder = Path(report.folder)
    results = list(iter_results(folder))
    assert len(results) == report.generated == intents(folder) == generates(accepted) - before
    assert {result.key.seed for result in results} == {0, 1, 2, 3}
    assert all(result.key.seed == result.recipe.request.seed for result in results)
    assert len({result.recipe.request.prompt for result in results}) == 2
    assert read_run(folder).cost == report.cost == pytest.approx(0.01 * report.generated)


def test_a_stopped_calibration_generates_only_what_is_missing(accepted: Path) -> None:
    before = generates(accepted)
    first = calibrated(4, **stops_after(5)).folder
    assert first is not None
    recorded = {(str(result.key), result.attempt) for result in iter_results(first)}
    assert read_run(first).stopped == "interrupted"
    done = calibrated(4, resume=first)
    assert [one.noise.n for one in done.floors] == [4, 4, 4]
    assert done.notes == ()
    assert generates(accepted) - before == 12
    both = [(str(result.key), result.attempt) for result in iter_results(first)]
    assert both[: len(recorded)] == [pair for pair in both if pair in recorded]
    assert done.floors[0].noise.made["orders"] == 4
    # all is recorded now: nothing more is generated, and the floors are the same
    assert calibrated(4, resume=first).floors == done.floors
    assert generates(accepted) - before == 12


def test_a_resumed_calibration_keeps_to_the_budget_of_both_parts(accepted: Path) -> None:
    words = ("calibrate", str(SUITE), "--repeats", "4", "--json")
    first = json.loads(command(*words, "--budget", "0.05").stdout)
    assert first["cost"] == pytest.approx(0.05)
    assert read_run(Path(first["folder"])).stopped == "budget"
    second = json.loads(command(*words, "--budget", "0.08", "--resume").stdout)
    assert second["folder"] == first["folder"]
    assert second["cost"] == pytest.approx(0.08)
    assert len(list(iter_results(Path(first["folder"])))) == 8


def test_only_the_same_calibration_goes_on(accepted: Path) -> None:
    folder = calibrated(2).folder
    assert folder is not None
    with pytest.raises(OtherRunError, match="repeats"):
        calibrated(3, resume=folder)
    with pytest.raises(OtherRunError, match="cases"):
        calibrated(2, resume=folder, cases=("dots",))
    [run] = runs(REPORTS)
    with pytest.raises(OtherRunError, match="study"):
        calibrated(2, resume=unfinished_study(REPORTS, "calibrate", str(run), [SUITE]))
    with pytest.raises(UsageError, match="no unfinished calibrate of"):
        unfinished_study(REPORTS, "calibrate", "latest", [SUITE])
    SUITE.write_text(SUITE.read_text().replace("some dots", "many dots"))
    with pytest.raises(UsageError, match="generated by another recipe now"):
        calibrated(2, resume=folder)


def test_a_stopped_probe_has_recorded_what_it_generated(accepted: Path) -> None:
    stop = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        probed(stop=stop, reported=lambda _, count: stop.set() if count >= 3 else None)
    [folder] = REPORTS.glob("*-probe-*/generated")
    results = list(iter_results(folder))
    assert results
    assert intents(folder) == len(results)
    assert cut_off(REPORTS, "probe", [SUITE]) == ()


def test_a_resumed_probe_generates_only_what_is_missing_and_finds_the_same(accepted: Path) -> None:
    [whole] = probed()
    planned, stop = intents(Path(whole.folder)), threading.Event()
    with pytest.raises(KeyboardInterrupt):
        probed(stop=stop, reported=lambda _, count: stop.set() if count >= 3 else None)
    folder = unfinished_study(REPORTS, "probe", "latest", [SUITE])
    before = len(list(iter_results(folder)))
    [resumed] = probed(resume=folder)
    assert Path(resumed.folder) == folder
    assert resumed.generated == whole.generated
    assert 0 < before < len(list(iter_results(folder))) == intents(folder) == planned
    assert read_run(folder).complete


def test_their_folders_are_never_taken_for_runs_of_the_suite(accepted: Path) -> None:
    [run] = runs(REPORTS)
    (run / PAGE_FILE).touch()
    generated = calibrated(2, **stops_after(3)).folder
    [report] = probed()
    assert generated is not None
    assert runs(REPORTS) == [run] == [find_run(REPORTS, "latest")]
    assert find_run(REPORTS, "chance") == run
    with pytest.raises(UsageError, match="no unfinished run"):
        unfinished(REPORTS, "latest", [SUITE])
    assert history_of(REPORTS, "dots").runs == 1
    for folder in (generated, Path(report.folder)):
        with pytest.raises(UsageError, match=r"holds what harness (calibrate|probe) generated"):
            accept(Baselines("baselines"), folder, Selection(), reason="r", who="t")


def test_nothing_is_left_behind_where_generation_could_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    Path("mini.yaml").write_text(HOSTED.format(url="http://127.0.0.1:9/v1", key="NO_SUCH_KEY"))
    with pytest.raises(Exception, match="NO_SUCH_KEY"):
        probed(Path("mini.yaml"))
    assert not Path("reports").exists()


HOSTED = """\
suite: mini
provider: mini
providers: {{mini: {{kind: openrouter, base_url: "{url}", api_key_env: {key}, only: [openai], concurrency: 1}}}}
cases: [{{id: circles, prompt: two red circles, size: 64x64, drift: set, samples: 6}}]
"""


def test_each_attempt_at_a_hosted_system_has_an_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINI_TEST_KEY", KEY)
    with OpenRouter(seeded=False) as server:
        server.script(status(429, "slow down", retry_after="0"))
        Path("mini.yaml").write_text(HOSTED.format(url=server.base_url, key="MINI_TEST_KEY"))
        [report] = probed(Path("mini.yaml"))
        asked = len(server.requests)
    results: list[TrialResult] = list(iter_results(Path(report.folder)))
    assert len(results) == report.generated
    assert asked == report.generated + 1 == intents(Path(report.folder))
    assert KEY not in (Path(report.folder) / "trials.jsonl").read_text()


class PaidBatches:
    """Generates batches for money, and looks what the ledger says when it is asked."""

    name = kind = "paid"
    capabilities = Capabilities("exact", frozenset({"prompt", "seed"}), 0.02, batch=True)

    def __init__(self) -> None:
        self.seen: list[int] = []

    def generate(self, job: Job) -> Output:
        return self.generate_batch([job])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        [folder] = REPORTS.glob("*-probe-*/generated")
        self.seen.append(intents(folder))
        return [Output(encode_png(np.full((8, 8, 3), index, np.uint8)), cost=0.02) for index, _ in enumerate(jobs)]

    def close(self) -> None:
        """Nothing is open."""


class PaidSources:
    """Sources of the provider above."""

    cache = None

    def price(self, recipe: Recipe) -> float:
        return 0.02


def test_a_batch_has_an_intent_for_each_of_its_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    provider, key = PaidBatches(), TrialKey("s", "c", seed=0)
    trials = [Trial(key, Recipe(Request("p", seed=seed), Subject("paid", "paid"))) for seed in (0, 1, 2)]
    record = study_record("probe", ["s.yaml"], {})
    limits = Limits(Budget(None))
    with open_ledger(record, Path("reports/x-probe-s")) as ledger:
        session = Session(ledger, {"paid": provider}, PaidSources(), limits)
        taken = Generator(session, Recorder(session, "a test"), 0.02).several(session, trials, batch=3)
        folder = ledger.folder
    assert provider.seen == [3]
    assert len({one.pixels for one in taken}) == 3
    assert [(result.key.seed, result.cost) for result in iter_results(folder)] == [(0, 0.02), (1, 0.02), (2, 0.02)]
