import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from PIL import Image

from harness.baseline import Baselines, Selection, accept
from harness.ledger import iter_results, read_run
from harness.records import Difference, Event, Reason, RunFinished, RunRecord, RunStarted, TrialFinished, TrialResult
from harness.report import because
from harness.runner import Run, RunOptions, execute, exit_code, plan_of, rerun, unfinished
from harness.vocabulary import Code, Part

Project = Callable[..., Path]
SUITES = (Path("suites/small.yaml"),)


def run(**options: object) -> tuple[RunRecord, dict[str, TrialResult], Path]:
    given = RunOptions(SUITES, **options)  # type: ignore[arg-type]
    record, folder = execute(plan_of(given), given)
    return record, by_key(iter_results(folder)), folder


def by_key(results: Iterable[TrialResult]) -> dict[str, TrialResult]:
    return {str(r.key) + (f"#{r.attempt.index}" if r.attempt.index else ""): r for r in results}


def accept_all(folder: Path) -> None:
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", rerun=rerun(folder))


def verdicts(results: dict[str, TrialResult]) -> set[str]:
    return {result.outcome.verdict for result in results.values()}


def test_new_then_accepted_then_identical(project: Project) -> None:
    project()
    record, results, folder = run()
    assert record.totals == {"new": 4}
    assert exit_code(record) == 1
    accept_all(folder)
    record, results, folder = run()
    assert record.totals == {"identical": 4}
    assert exit_code(record) == 0
    assert record.complete
    assert all(result.comparison and result.comparison.measurements["ssim"].value == 1 for result in results.values())


def test_a_changed_setting_is_drift_with_its_reason_and_evidence(project: Project) -> None:
    project()
    accept_all(run()[2])
    record, results, folder = run(overrides={"quality": "draft"})
    assert record.totals == {"drift": 4}
    result = results["small/plain/base-s0"]
    assert result.outcome.reasons[0].code == Code.SUBJECT_CHANGED
    assert result.differences == (Difference(Part.SUBJECT, "settings.quality", "standard", "draft"),)
    assert result.comparison is not None
    with Image.open(folder / (result.comparison.heat_map or "")) as heat_map:
        assert heat_map.width >= 64
    assert result.baseline is not None
    assert (folder / f"images/{result.baseline.file_digest}.png").is_file()


BAD = """\
  - {{id: bad, prompt: "an image, {word}", timeout: 0.5}}
  - {{id: good, prompt: an image}}
"""


@pytest.mark.parametrize(
    ("word", "verdict", "reason"),
    [
        ("html", "failed", "HTML"),
        ("empty", "failed", "image.empty"),
        ("crash", "failed", "ZeroDivisionError: by nothing"),
        ("huge", "failed", "20,000 × 20,000"),
        ("animated", "failed", "anim"),
        ("truncated", "failed", "cut"),
        ("hang", "failed", "no image within 0.5 s"),
        ("tiny", "broken", "image.blank"),
    ],
)
def test_a_bad_image_is_a_verdict_and_never_ends_the_run(
    project: Project, word: str, verdict: str, reason: str
) -> None:
    project(BAD.format(word=word), seeds="[3]")
    record, results, _ = run()
    assert record.complete
    bad = results["small/bad/base-s3"]
    assert bad.outcome.verdict == verdict
    [why] = bad.outcome.reasons
    assert reason.lower() in f"{why.code} {why.data.get('problem', '')}".lower()
    assert "\n" not in because(bad.outcome.reasons)
    assert results["small/good/base-s3"].outcome.verdict == "new"


def test_a_viewer_that_fails_is_reported_and_ends_no_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project("  - {id: a, prompt: an image, checks: [{present: circle}]}\n", seeds="[1]")

    def fail(*_: object) -> None:
        raise IndexError("off the canvas")

    monkeypatch.setattr("harness.vision.viewer.look", fail)
    record, results, _ = run()
    assert record.complete
    [finding] = results["small/a/base-s1"].findings
    assert (finding.outcome, "off the canvas" in finding.seen) == ("inconclusive", True)


def test_another_size_is_incomparable(project: Project) -> None:
    folder = project("  - {id: a, prompt: other size}\n", seeds="[1]")
    accept_all(run()[2])
    (folder / "other").touch()
    record, results, _ = run()
    assert record.totals == {"incomparable": 1}
    codes = [reason.code for reason in results["small/a/base-s1"].outcome.reasons]
    assert (codes[0], codes[-1]) == (Code.CHANGE_SIZE, Code.IMAGE_INCOMMENSURABLE)
    record, results, _ = run(overrides={"size": "32x32"})
    assert results["small/a/base-s1"].outcome.reasons[0].code == Code.REQUEST_CHANGED


def test_an_altered_baseline_fails_exactly_its_trial(project: Project) -> None:
    project()
    accept_all(run()[2])
    Image.new("RGB", (64, 48), "green").save("baselines/small/plain/base-s0.png")
    record, results, _ = run()
    assert record.totals == {"identical": 3, "inconclusive": 1}
    result = results["small/plain/base-s0"]
    assert [why.code for why in result.outcome.reasons] == [Code.BASELINE_ALTERED, Code.BASELINE_AS_STORED]
    assert result.comparison is not None
    assert result.comparison.heat_map


def test_a_lost_baseline_is_not_a_pass(project: Project) -> None:
    project()
    accept_all(run()[2])
    Path("baselines/small/plain/base-s0.png").unlink()
    record, results, _ = run()
    assert record.totals["inconclusive"] == 1
    assert "git checkout" in results["small/plain/base-s0"].outcome.reasons[0].data["hint"]


def test_repeats_show_the_level_of_determinism(project: Project) -> None:
    project(
        "  - {id: steady, prompt: an image}\n  - {id: unsteady, prompt: unsteady image}\n",
        seeds="[1]",
        defaults=", determinism: pixels",
    )
    record, results, _ = run(repeats=3)
    assert record.planned == 6
    levels = {name: result.outcome.determinism for name, result in results.items()}
    assert Counter(level for name, level in levels.items() if "/steady" in name) == {None: 1, "bytes": 2}
    assert {level for name, level in levels.items() if "/unsteady" in name} == {None, "none"}
    broken = [why for n, r in results.items() if "/unsteady" in n for why in r.outcome.reasons]
    assert Reason(Code.DETERMINISM, {"promised": "pixels", "seen": "none"}) in broken


def test_the_ledger_is_written_before_the_event_is_reported(project: Project) -> None:
    project()
    seen: list[str] = []
    options = RunOptions(SUITES)
    folder: list[Path] = []

    def listen(event: Event) -> None:
        seen.append(type(event).__name__)
        if isinstance(event, RunStarted):
            folder.append(Path(event.folder))
            assert read_run(folder[0]).planned == 4
        if isinstance(event, TrialFinished):
            assert event.result in list(iter_results(folder[0]))
        if isinstance(event, RunFinished):
            assert read_run(folder[0]).complete

    execute(plan_of(options), options, [listen])
    assert Counter(seen) == {"RunStarted": 1, "TrialStarted": 4, "TrialFinished": 4, "RunFinished": 1}


def test_shards_cover_every_trial_once(project: Project) -> None:
    project(seeds="0..9")
    parts = [run(shard=(i, 3))[1] for i in (1, 2, 3)]
    assert sum(map(len, parts)) == 20
    assert len(set().union(*parts)) == 20


def test_an_interrupted_run_goes_on_where_it_stopped(project: Project) -> None:
    folder = project("  - {id: slow, prompt: a slow image}\n", seeds="0..19")
    options = RunOptions(SUITES)
    with Run(plan_of(options), options) as first:
        for number, _ in enumerate(first.results(plan_of(options).trials())):
            if number == 4:
                first.session.limits.stop.set()
        first.finish(complete=False, stopped="interrupted")
    resumed = unfinished(Path("reports"), "latest", SUITES)
    record, results, _ = run(resume=resumed)
    assert (record.complete, len(results)) == (True, 20)
    assert Counter((folder / "generated.txt").read_text().splitlines()).most_common(1)[0][1] == 1


def test_repeats_are_compared_with_those_recorded_before_the_resume(project: Project) -> None:
    project("  - {id: unsteady, prompt: unsteady image}\n", seeds="[1]", options=", concurrency: 1")
    options = RunOptions(SUITES, repeats=3)
    with Run(plan_of(options), options) as first:
        for _ in first.results(plan_of(options).trials(3)):
            first.session.limits.stop.set()
        first.finish(complete=False, stopped="interrupted")
    _, results, _ = run(repeats=3, resume=unfinished(Path("reports"), "latest", SUITES))
    levels = [results[name].outcome.determinism for name in sorted(results)]
    assert levels == [None, "none", "none"]


def test_ignored_findings_do_not_count(project: Project) -> None:
    from datetime import date, timedelta

    from harness.baseline import choose, ignore

    project()
    _, _, folder = run()
    keys = choose(folder, Selection())
    today = date.today()
    until = today + timedelta(days=3)
    ignore(Baselines("baselines"), keys, reason="known", owner="me", until=until, who="t", today=today)
    record, results, _ = run()
    assert record.statuses == {"ignored": 4}
    assert exit_code(record) == 0
    why = results["small/plain/base-s0"].outcome.reasons[-1]
    assert why == Reason(Code.IGNORED, {"until": until.isoformat(), "owner": "me", "reason": "known"})


def test_orphans_are_reported_only_for_a_full_run(project: Project) -> None:
    folder = project()
    accept_all(run()[2])
    suite = folder / "suites/small.yaml"
    suite.write_text(suite.read_text().replace("id: other", "id: renamed"))
    assert run(cases=("plain",))[0].orphans == ()
    assert run()[0].orphans == ("small/other/base-s0", "small/other/base-s1")


def test_the_budget_stops_the_run(project: Project) -> None:
    project(seeds="0..9")
    suite = Path("suites/small.yaml")
    suite.write_text(suite.read_text().replace("price: 0", "price: 0.1"))
    record, results, folder = run(budget=0.55)
    assert len(results) == 5
    assert (record.stopped, record.complete) == ("budget", False)
    assert '"intent"' in (folder / "trials.jsonl").read_text()
    record, results, _ = run(budget=0.85, resume=folder)
    assert len(results) == 8


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(project: Project) -> None:
    project("  - {id: slow, prompt: a slow image}\n", seeds="0..199")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", "suites/small.yaml"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait_for_lines(3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "--resume" in out
    assert "Traceback" not in out
    record = read_run(next(Path("reports").iterdir()))
    assert record.stopped == "interrupted"
    assert 3 <= sum(record.totals.values()) < 200


@pytest.mark.slow
def test_a_killed_run_loses_nothing_and_generates_nothing_twice(project: Project) -> None:
    folder = project("  - {id: slow, prompt: a slow image}\n", seeds="0..149", options=", concurrency: 2")
    command = [sys.executable, "-m", "harness", "run", "suites/small.yaml"]
    subprocess.run(command, capture_output=True, check=False)
    [undisturbed] = Path("reports").iterdir()
    undisturbed = undisturbed.rename(folder / "undisturbed")
    (folder / "generated.txt").unlink()
    for round_ in range(4):
        process = subprocess.Popen(
            [*command, *(["--resume"] if round_ else [])], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_lines(15 * (round_ + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        recorded = [result for run in Path("reports").iterdir() for result in iter_results(run)]
        assert len({(r.key, r.attempt) for r in recorded}) == len(recorded)
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    [killed] = Path("reports").iterdir()
    assert what_was_found(killed) == what_was_found(undisturbed)
    generated = Counter((folder / "generated.txt").read_text().splitlines())
    # an image under way when its process was killed is generated again; at most two at a time were
    assert sum(generated.values()) <= 150 + 4 * 2


def what_was_found(folder: Path) -> dict[str, tuple[str, str]]:
    return {
        name: (result.outcome.verdict, result.image.pixel_digest if result.image else "")
        for name, result in by_key(iter_results(folder)).items()
    }


def wait_for_lines(count: int) -> None:
    """Wait until the newest run has recorded so many trials."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        files = sorted(Path("reports").glob("*/trials.jsonl"), key=os.path.getmtime)
        if files and sum(b'"outcome"' in line for line in files[-1].read_bytes().splitlines()) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{count} trials were not recorded within a minute")


@pytest.mark.slow
@pytest.mark.parametrize("command", [["--dry-run"], []])
def test_memory_stays_flat(project: Project, command: list[str]) -> None:
    folder = project("  - {id: many, prompt: an image}\n")
    images = folder / "images"
    images.mkdir()
    Image.new("RGB", (16, 16), "red").save(images / "one.png")
    peaks = []
    for count in (200, 2000):
        (folder / "suites/small.yaml").write_text(
            "suite: small\nprovider: there\n"
            "providers: {there: {kind: folder, folder: ../images, pattern: one, promise: exact, price: 0}}\n"
            f"defaults: {{size: 16x16, seeds: 0..{count - 1}}}\ncases:\n  - {{id: many, prompt: a image}}\n"
        )
        code = (
            "import resource, sys\nfrom harness.cli import main\ntry:\n"
            f"    main({['run', 'suites/small.yaml', *command]!r})\nexcept SystemExit:\n    pass\n"
            "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert f"{count:,} trials" in out, out
        peaks.append(int(out.rpartition("PEAK ")[2]))
    assert peaks[1] - peaks[0] < 30 * 1024, peaks


def test_results_are_reported_from_one_thread(project: Project) -> None:
    project(seeds="0..19", options=", concurrency: 4")
    threads: set[int] = set()
    options = RunOptions(SUITES)
    execute(plan_of(options), options, [lambda _event: threads.add(threading.get_ident())])
    assert len(threads) == 1


def test_run_json_is_plain(project: Project) -> None:
    project()
    _, _, folder = run(tags=("calm",))
    data = json.loads((folder / "run.json").read_text())
    assert data["arguments"]["tags"] == ["calm"]
    assert data["totals"] == {"new": 2}
