"""Histories of real runs: a function generates what a file beside it says, so the model behind it can be swapped."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.baseline import Baselines, Selection, accept
from harness.ledger import LineCorruptError, RunNotFoundError, RunUnreadableError
from harness.records import Difference, Reason, TrialKey, to_json
from harness.runner import RunOptions, execute, plan_of, rerun
from harness.study import Trace, history_of
from harness.study.history.history import CaseNotFoundError
from harness.vocabulary import Code, Part

GENERATION = """
import os
from pathlib import Path
from PIL import Image, ImageDraw


def generate(prompt, seed, width, height, repeat, quality="standard"):
    weather = (Path(__file__).parent / "weather.txt").read_text()
    if weather == "storm":
        raise ConnectionError("no answer")
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    x = 4 + 10 * (seed or 0)
    fill = tuple(os.urandom(3)) if weather == "gusts" else {"sun": "red", "rain": "blue"}[weather]
    pen.ellipse((x, 8, x + 20, 28), fill=fill)
    if quality == "draft":
        pen.line((0, 0, width, height), fill="black", width=3)
    return image
"""
SUITE = """\
suite: sky
provider: mine
providers: {mine: {kind: python, function: "../generation.py:generate", promise: exact, price: 0}}
defaults: {size: 64x48, seeds: [0, 1], quality: standard}
cases: [{id: plain, prompt: a circle}, {id: other, prompt: another circle}]
"""


@pytest.fixture
def sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``sky("sun")`` runs the suite in that weather and gives the run's folder."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("suites").mkdir()
    Path("suites/sky.yaml").write_text(SUITE)
    Path("generation.py").write_text(GENERATION)

    def run(weather: str, **given: object) -> Path:
        Path("weather.txt").write_text(weather)
        options = RunOptions((Path("suites/sky.yaml"),), **given)  # type: ignore[arg-type]
        return execute(plan_of(options), options)[1]

    return run


def accepted(folder: Path) -> None:
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", rerun=rerun(folder))


def copied(folder: Path, to: str) -> Path:
    shutil.copytree(folder, to)
    return Path(to)


def only(wanted: str = "sky/plain/base-s0") -> Trace:
    (trace,) = history_of(Path("reports"), wanted).traces
    return trace


def verdicts(trace: Trace) -> list[str]:
    return [visit.summary.outcome.verdict for visit in trace.visits]


def test_a_case_that_never_changes(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    sky("sun")
    trace = only()
    assert trace.key == TrialKey("sky", "plain", seed=0)
    assert verdicts(trace) == ["new", "identical"]
    assert [visit.score for visit in trace.visits] == [None, 0.0]
    assert (trace.modes and trace.modes.kind, trace.flips, trace.neighbors) == ("one", 0, 1)
    assert trace.steady
    assert not trace.changes


def test_what_is_asked_for_by_name(sky: Callable[..., Path]) -> None:
    sky("sun")
    reports = Path("reports")
    assert [str(trace.key) for trace in history_of(reports, "plain").traces] == [
        "sky/plain/base-s0",
        "sky/plain/base-s1",
    ]
    assert len(history_of(reports, "sky/other").traces) == 2
    assert len(history_of(reports, "sky/other/base-s1").traces) == 1
    with pytest.raises(CaseNotFoundError, match="has a case 'plian' \\(near: plain"):
        history_of(reports, "plian")
    with pytest.raises(RunNotFoundError):
        history_of(Path("nothing"), "plain")


def test_a_changed_setting_is_a_change_that_is_named(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    good = sky("sun")
    bad = sky("sun", overrides={"quality": "draft"})
    sky("sun", overrides={"quality": "draft"})
    (change,) = only().changes
    assert (change.run, change.before, change.verdict) == (bad.name, good.name, "drift")
    quality = Difference(Part.SUBJECT, "settings.quality", "standard", "draft")
    assert change.reasons == (Reason(Code.SUBJECT_CHANGED, {"differences": [to_json(quality)], "more": 0}),)
    assert change.differences == (quality,)
    assert only().flips == 0


def test_a_model_that_changes_behind_our_back_has_no_other_cause(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    bad = sky("rain")
    trace = only()
    (change,) = trace.changes
    assert change.run == bad.name
    assert change.reasons == (Reason(Code.SERVICE_OR_REPEAT),)
    assert trace.visits[1].score is not None
    assert trace.visits[1].score > 1


def test_a_provider_with_two_modes_flickers(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    for weather in ("sun", "rain", "sun", "sun", "rain"):
        sky(weather)
    trace = only()
    assert verdicts(trace) == ["new", "identical", "drift", "identical", "identical", "drift"]
    assert trace.modes is not None
    assert (trace.modes.kind, trace.modes.counts) == ("several", (4, 2))
    assert [trace.modes.labels.index(visit.images[0]) for visit in trace.visits] == [0, 0, 1, 0, 0, 1]
    assert trace.modes.shares == (4 / 6, 2 / 6)
    assert (trace.flips, trace.neighbors) == (3, 5)
    assert len(trace.changes) == 2
    assert not trace.steady


def test_without_a_baseline_another_image_is_a_change(sky: Callable[..., Path]) -> None:
    sky("sun")
    other = sky("rain")
    (change,) = only().changes
    assert (change.run, change.verdict) == (other.name, "new")


def test_repeats_count_one_by_one(sky: Callable[..., Path]) -> None:
    sky("gusts", repeats=4)
    trace = only()
    assert len(trace.visits[0].results) == 4
    assert (trace.modes and trace.modes.kind, trace.flips, trace.neighbors) == ("continuous", 3, 3)


def test_what_was_not_generated_is_no_change(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    sky("storm")
    sky("sun")
    trace = only()
    assert verdicts(trace) == ["new", "failed", "identical"]
    assert not trace.changes
    assert trace.neighbors == 1


def test_an_image_from_a_cache_says_nothing_of_the_provider(sky: Callable[..., Path]) -> None:
    sky("sun", cache=Path("cache"))
    sky("rain", cache=Path("cache"))
    trace = only()
    assert [visit.results[0].source for visit in trace.visits] == ["generated", "cache"]
    assert trace.modes is not None
    assert trace.modes.counts == (1,)


@pytest.mark.filterwarnings("ignore:skipped a run")
def test_runs_that_cannot_be_read_are_named_and_others_are_reported(sky: Callable[..., Path]) -> None:
    accepted(sky("sun"))
    good = sky("sun")
    torn = copied(good, "reports/torn")
    lines = (torn / "trials.jsonl").read_text().splitlines(keepends=True)
    (torn / "trials.jsonl").write_text("".join(lines)[:-40])
    broken = copied(good, "reports/broken")
    (broken / "trials.jsonl").write_text("no json\n")
    unreadable = copied(good, "reports/unreadable")
    (unreadable / "run.json").write_text("{")
    empty = copied(good, "reports/empty")
    (empty / "trials.jsonl").unlink()
    found = history_of(Path("reports"), "plain")
    assert {type(fault) for fault in found.unreadable} == {LineCorruptError, RunUnreadableError, RunNotFoundError}
    assert {fault.path.as_posix() for fault in found.unreadable} >= {
        "reports/broken/trials.jsonl",
        "reports/unreadable/run.json",
    }
    assert found.runs == 3
    assert len(found.traces[0].visits) >= 2


def test_a_run_without_the_case_leaves_no_mark(sky: Callable[..., Path]) -> None:
    sky("sun", cases=("plain",))
    sky("sun", cases=("other",))
    found = history_of(Path("reports"), "plain")
    assert found.runs == 2
    assert len(found.traces[0].visits) == 1


def test_hundreds_of_runs(sky: Callable[..., Path]) -> None:
    folder = sky("sun", cases=("plain",))
    record = json.loads((folder / "run.json").read_text())
    for index in range(300):
        copy = Path("reports") / f"run-{index:03}"
        copy.mkdir()
        shutil.copy(folder / "trials.jsonl", copy)
        (copy / "run.json").write_text(json.dumps({**record, "run": copy.name, "started": f"2027-01-01T00:{index:03}"}))
    trace = only()
    assert [visit.run for visit in trace.visits[1:]] == [f"run-{index:03}" for index in range(300)]
    assert trace.modes is not None
    assert trace.modes.kind == "one"


def test_a_model_without_a_seed_is_no_flicker(sky: Callable[..., Path]) -> None:
    """Sets: every image differs, and the verdict of the set says whether that is a change."""
    suite = SUITE.replace("promise: exact, ", "").replace("seeds: [0, 1], ", "drift: set, samples: 5, ")
    Path("suites/sky.yaml").write_text(suite)
    accepted(sky("gusts"))
    sky("gusts")
    trace = only("sky/plain/base")
    assert trace.visits[1].pooled is not None
    assert verdicts(trace)[0] == "new"
    assert trace.visits[1].score is not None
    assert trace.visits[1].score == trace.visits[1].pooled.tests[0].distance
    assert not trace.flickers
