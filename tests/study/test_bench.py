"""A benchmark: what is generated, in which order, and what is counted."""

import dataclasses
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.ledger import iter_results
from harness.records import Finding, ImageRef, Outcome, Recipe, Request, Subject, TrialKey, TrialResult
from harness.records.share import Share
from harness.study import BenchOptions, BenchSpec, arms_of, bench_estimates, run_bench, unfinished_bench
from harness.study.bench.bench import generations_of
from harness.study.bench.figures import checks_of, costs_of, determinism_of, latency_of, missing_of

Project = Callable[..., Path]
KEY = TrialKey("s", "c", "base", 0)
IMAGE = ImageRef("images/x.png", "0" * 64, "1" * 64, 4, 4, "png")
SUITE = (Path("suites"),)


def result(**changes: object) -> TrialResult:
    made = TrialResult(KEY, Recipe(Request("a"), Subject("p", "python")), Outcome("new", "finding"), source="generated")
    return dataclasses.replace(made, **{"image": IMAGE, "seconds": 1.0, **changes})


@given(st.lists(st.floats(0.001, 1e6), max_size=250))
def test_percentiles_are_generations_and_need_enough_of_them(seconds: list[float]) -> None:
    latency = latency_of([result(seconds=9.0), *(result(seconds=one) for one in seconds)])
    assert latency.first == 9.0
    assert latency.seconds == tuple(sorted(seconds))
    for percent, needed, value in ((50, 1, latency.p50), (90, 10, latency.p90), (99, 100, latency.p99)):
        assert (value is None) == (len(seconds) < needed)
        if value is not None:
            assert value in seconds
            assert sum(one <= value for one in seconds) >= percent / 100 * len(seconds)
            assert sum(one < value for one in seconds) < percent / 100 * len(seconds)


def test_an_image_from_a_cache_has_no_latency_and_no_cost() -> None:
    results = [result(seconds=2.0, cost=0.5), result(source="cache", seconds=0.0, cost=0.0), result(cost=0.7)]
    assert latency_of(results).seconds == (1.0,)
    assert costs_of(results) == (pytest.approx(0.6), pytest.approx(1.2))
    assert latency_of([result(image=None)]).first is None


def test_refused_images_do_not_leave_the_score() -> None:
    findings = (Finding("a", "pass"), Finding("b", "fail"), Finding("c", "inconclusive"))
    refused = dataclasses.replace(
        result(image=None, source="none", tags=("t",)), outcome=Outcome("refused", "missing"), key=TrialKey("s", "d")
    )
    share, tags, undecided = checks_of(
        [result(findings=findings, tags=("t",)), refused], {KEY: 3, TrialKey("s", "d"): 3}
    )
    assert (share.count, share.n, undecided) == (1, 5, 1)
    assert tags == {"t": share}
    assert 0 < (share.low or 0) < 0.2 < (share.high or 0) < 1
    assert missing_of([result(), refused]) == {"refused": 1}
    assert checks_of([result()], {})[0] == Share(0, 0)


def test_determinism_is_the_weakest_level_of_any_seeded_trial() -> None:
    def seen(level: str | None, seed: int | None) -> TrialResult:
        return result(key=TrialKey("s", "c", "base", seed), outcome=Outcome("new", "finding", determinism=level))

    results = [seen(None, 0), seen("bytes", 0), seen("lsb", 0), seen("pixels", 1), seen("none", None)]
    assert determinism_of(results) == ("lsb", {"lsb": 1, "pixels": 1})
    assert determinism_of([seen(None, 0)]) == (None, {})


def test_arms_take_turns_and_every_generation_is_recorded(project: Project) -> None:
    root = project(options=", concurrency: 3")
    arms = arms_of(BenchSpec(SUITE, qualities=("draft", "standard")))
    assert [arm.label for arm in arms] == ["draft", "standard"]
    reported: list[tuple[str, int, int]] = []
    record, folder = run_bench(arms, BenchOptions(repeats=2, concurrency=(1, 2)), lambda *what: reported.append(what))
    assert [label for label, *_ in reported[:8]] == ["draft", "standard", "standard", "draft"] * 2
    assert (
        reported[-1][1:]
        == (24, 24)
        == (len(reported), sum(generations_of(arm, BenchOptions(repeats=2)) for arm in arms))
    )
    assert [arm.generations for arm in record.arms] == [12, 12]
    assert len((root / "generated.txt").read_text().splitlines()) == 24
    for arm in record.arms:
        assert arm.determinism == "bytes"
        assert arm.levels == {"bytes": 4}
        assert [one.concurrency for one in arm.throughput] == [1, 2]
        assert arm.cost == 0.0
        assert len(arm.latency.seconds) == 7
        assert len(arm.shown) == 4
        assert all(shown.image and (folder / shown.image.file).is_file() for shown in arm.shown)
    runs = sorted((folder / "arms").iterdir())
    assert sum(1 for run in runs for _ in iter_results(run)) == 24
    assert json.loads((folder / "bench.json").read_text())["trials"] == 4


def test_images_that_do_not_repeat_are_seen(project: Project) -> None:
    project(cases="  - {id: a, prompt: an unsteady image}\n")
    record, _ = run_bench(arms_of(BenchSpec(SUITE, qualities=("standard",))), BenchOptions(repeats=2))
    assert record.arms[0].determinism == "none"


def test_failures_are_counted_and_no_figure_is_made_up(project: Project) -> None:
    project(cases="  - {id: a, prompt: crash, checks: [{present: circle}]}\n")
    record, _ = run_bench(arms_of(BenchSpec(SUITE, qualities=("standard",))), BenchOptions(repeats=1))
    arm = record.arms[0]
    assert arm.missing == {"failed": 2}
    assert (arm.latency.first, arm.latency.p50, arm.cost, arm.determinism) == (None, None, None, None)
    assert (arm.checks.count, arm.checks.n) == (0, 2)
    assert arm.throughput == ()
    assert all(shown.image is None and "ZeroDivisionError" in shown.reasons[0].data["problem"] for shown in arm.shown)


def test_a_budget_holds_for_all_arms_together(project: Project) -> None:
    project(options=", price: 1")
    text = Path("suites/small.yaml").read_text().replace("price: 0, price: 1", "price: 1")
    Path("suites/small.yaml").write_text(text)
    arms = arms_of(BenchSpec(SUITE, qualities=("draft", "standard")))
    record, _ = run_bench(arms, BenchOptions(repeats=1, budget=3))
    assert record.stopped == "budget"
    assert sum(arm.generations for arm in record.arms) == 3


def test_a_stopped_benchmark_tells_what_it_has(project: Project) -> None:
    project(options=", concurrency: 3")
    arms = arms_of(BenchSpec(SUITE, qualities=("draft", "standard")))
    stop = threading.Event()
    record, folder = run_bench(
        arms, BenchOptions(repeats=2), lambda _, done, __: stop.set() if done == 3 else None, stop
    )
    assert record.stopped == "interrupted"
    assert [arm.generations for arm in record.arms] == [1, 2]
    assert [len(arm.throughput) for arm in record.arms] == [0, 1]
    assert json.loads((folder / "bench.json").read_text())["stopped"] == "interrupted"


def test_a_stopped_benchmark_goes_on(project: Project) -> None:
    folder = project(options=", concurrency: 3")
    arms = arms_of(BenchSpec(SUITE, qualities=("draft", "standard")))
    stop = threading.Event()
    _, begun = run_bench(arms, BenchOptions(repeats=2), lambda _, done, __: stop.set() if done == 3 else None, stop)
    found = unfinished_bench(Path("reports"), "latest", tuple(Path(suite.path) for suite in arms[0].plan.suites))
    assert found.resolve() == begun.resolve()
    record, again = run_bench(arms, BenchOptions(repeats=2, resume=found))
    assert again == found
    assert record.stopped is None
    assert [arm.generations for arm in record.arms] == [12, 12]
    assert len((folder / "generated.txt").read_text().splitlines()) == 24
    for name in ("1", "2"):
        results = list(iter_results(found / "arms" / name))
        assert len({(result.key, result.attempt) for result in results}) == len(results) == 12


def test_the_cost_is_estimated_by_recipe(project: Project) -> None:
    project()
    text = Path("suites/small.yaml").read_text()
    paid = "{kind: openrouter, model: openai/gpt-5-image-mini}\n"
    start = text.index("{kind: python")
    Path("suites/small.yaml").write_text(text[:start] + paid + text[text.index("defaults:") :])
    draft, high = arms_of(BenchSpec(SUITE, qualities=("draft", "hd")))
    options = BenchOptions(repeats=2, concurrency=(1,))
    (_, low), (_, dear) = bench_estimates([draft, high], options)
    assert 0 < (low or 0) < (dear or 0)


def test_a_provider_without_a_seed_can_be_measured(project: Project) -> None:
    project()
    text = Path("suites/small.yaml").read_text().replace("promise: exact", "promise: none")
    Path("suites/small.yaml").write_text(text)
    record, _ = run_bench(arms_of(BenchSpec(SUITE, qualities=("standard",))), BenchOptions(repeats=1))
    assert record.arms[0].generations == 4


@pytest.mark.parametrize(
    ("spec", "reported"),
    [
        ({"qualities": ("draft", "draft")}, "'draft' is a duplicate key|'mine' is a duplicate key"),
        ({"providers": ("nobody",)}, "nobody"),
        ({"cases": ("question",)}, "every case asks a question"),
    ],
)
def test_what_cannot_be_measured_is_refused(project: Project, spec: dict[str, tuple[str, ...]], reported: str) -> None:
    cases = "  - {id: a, prompt: an image}\n  - {id: question, input_image: in.png, ask: what is it?, answer: '2'}\n"
    root = project(cases=cases)
    from PIL import Image

    Image.new("RGB", (8, 8)).save(root / "suites" / "in.png")
    with pytest.raises(UsageError, match=reported):
        arms_of(BenchSpec(SUITE, **{"cases": ("a",), **spec}))
