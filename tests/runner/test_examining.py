"""Images are examined in threads beside the next generations; what is recorded is what one thread would record."""

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.baseline import Baselines, Selection, accept
from harness.comparison import heat_map
from harness.errors import GenerationError
from harness.generation import Failed
from harness.ledger import iter_results
from harness.records import Recipe, Request, Subject, Trial, TrialKey, TrialResult
from harness.runner import RunOptions, comparing, examiner, execute, plan_of, rerun
from harness.runner.examining import AHEAD, THREADS, Examining
from harness.vocabulary import Code

SUITE = """\
suite: files
provider: files
providers:
  files: {{kind: folder, folder: {folder}, pattern: "{{case}}-{{seed}}.png", promise: exact, concurrency: 1}}
defaults: {{size: 96x96, drift: exact, confirm: 0, seeds: [0, 1, 2, 3]}}
cases: [{{id: a, prompt: a}}, {{id: b, prompt: b}}, {{id: same, prompt: same}}]
"""


def came(number: int) -> Failed:
    trial = Trial(TrialKey("s", f"c{number}"), Recipe(Request("", 0, width=1, height=1), Subject("p", "folder", {})))
    return Failed(trial, GenerationError("p", "nothing"), 0.0)


def result_of(number: int) -> TrialResult:
    return number  # type: ignore[return-value] -- what it is, is nothing to the threads


def number_of(one: Failed) -> int:
    return int(one.trial.key.case[1:])


def write(folder: Path, changed: bool) -> None:
    folder.mkdir()
    dice = np.random.default_rng(0)
    for case in ("a", "b", "same"):
        for seed in range(4):
            pixels = dice.integers(0, 256, (12, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1)
            if changed and case == "same":
                pixels[:] = (200, 30, 30)
                pixels[20:60, 20:60] = (10, 200, 60)
            elif changed and (case, seed) == ("b", 1):
                (folder / "b-1.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
                continue
            elif changed and seed:
                pixels = pixels[:, ::-1] if case == "a" else np.roll(pixels, (8, 16), (0, 1))
            Image.fromarray(pixels).save(folder / f"{case}-{seed}.png")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(examiner, "_LARGE", 0)
    (tmp_path / "suites").mkdir()
    for folder, changed in (("before", False), ("after", True)):
        write(tmp_path / "suites" / folder, changed)
    _, folder = _run("before")
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", rerun=rerun(folder))
    return tmp_path


def _run(images: str) -> tuple[list[TrialResult], Path]:
    Path("suites/files.yaml").write_text(SUITE.format(folder=images))
    given = RunOptions((Path("suites/files.yaml"),))
    _, folder = execute(plan_of(given), given)
    return list(iter_results(folder)), folder


def _comparable(results: list[TrialResult]) -> list[TrialResult]:
    return [dataclasses.replace(result, seconds=0.0, finished="") for result in results]


def test_what_is_recorded_is_what_one_thread_records(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()

    def mapped(*images: object, **boxes: object) -> object:
        threads.add(threading.current_thread().name)
        return heat_map(*images, **boxes)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "heat_map", mapped)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone, _ = _run("after")
    assert threads == {threading.current_thread().name}
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    threads.clear()
    beside, folder = _run("after")
    assert threads <= {f"examine {number + 1}" for number in range(THREADS)}
    assert threads
    assert len(list((folder / "heat_maps").iterdir())) == 9
    assert _comparable(beside) == _comparable(alone)


def test_a_placeholder_is_of_the_first_that_came(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    results, _ = _run("after")
    same = [result for result in results if result.key.case == "same"]
    named = [
        [reason.data["trial"] for reason in result.comparison.changes if reason.code == Code.CHANGE_CONSTANT]
        for result in same
        if result.comparison is not None
    ]
    assert named == [[], *[[str(same[0].key)]] * 3]


def test_small_images_are_examined_by_the_thread_that_records(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(examiner, "_LARGE", 96 * 96 + 1)
    threads: set[str] = set()
    monkeypatch.setattr(
        comparing, "heat_map", lambda *a, **k: threads.add(threading.current_thread().name) or heat_map(*a, **k)
    )  # type: ignore[func-returns-value]
    _run("after")
    assert threads == {threading.current_thread().name}


def test_results_come_in_order_and_few_wait() -> None:
    begun: list[int] = []
    go = threading.Event()

    def examine(one: Failed, turn: Callable[[], None]) -> TrialResult:
        begun.append(number_of(one))
        go.wait(20)
        turn()
        return result_of(number_of(one))

    taken: list[int] = []

    def generations() -> Iterator[Failed]:
        for number in range(20):
            taken.append(number)
            if number == AHEAD - 1:
                threading.Timer(0.05, go.set).start()
            yield came(number)

    seen = []
    with Examining(examine, lambda _: False) as examining:  # type: ignore[arg-type]
        for one, result in examining.results(generations()):
            assert result() == number_of(one)  # type: ignore[arg-type, comparison-overlap]
            assert len(taken) - len(seen) <= AHEAD
            seen.append(number_of(one))  # type: ignore[arg-type]
    assert seen == list(range(20))
    assert sorted(begun) == seen


def test_as_many_are_examined_at_a_time_as_there_are_threads() -> None:
    together = threading.Barrier(THREADS)

    def examine(one: Failed, _turn: Callable[[], None]) -> TrialResult:
        together.wait(20)
        return result_of(number_of(one))

    with Examining(examine, lambda _: False) as examining:  # type: ignore[arg-type]
        found = [result() for _, result in examining.results(map(came, range(2 * THREADS)))]
    assert found == list(range(2 * THREADS))


def test_a_turn_comes_when_all_before_are_through() -> None:
    ended: list[int] = []

    def examine(one: Failed, turn: Callable[[], None]) -> TrialResult:
        turn()
        ended.append(number_of(one))
        return result_of(number_of(one))

    with Examining(examine, lambda one: number_of(one) % 3 == 1) as examining:  # type: ignore[arg-type]
        for _, result in examining.results(map(came, range(30))):
            result()
    assert ended == list(range(30))


def test_a_turn_does_not_come_early_behind_one_that_never_asked_for_its_own() -> None:
    passed, ended = threading.Event(), []

    def examine(one: Failed, turn: Callable[[], None]) -> TrialResult:
        if number_of(one) == 0:
            passed.wait(0.5)  # in vain, unless the turn of 2 comes too early
        if number_of(one) == 2:
            turn()
            passed.set()
        ended.append(number_of(one))
        return result_of(number_of(one))

    with Examining(examine, lambda _: False) as examining:  # type: ignore[arg-type]
        for _, result in examining.results(map(came, range(3))):
            result()
    assert ended.index(0) < ended.index(2)


def test_what_was_generated_before_generating_failed_is_recorded() -> None:
    def generations() -> Iterator[Failed]:
        yield from map(came, range(3))
        raise OSError("full")

    seen: list[object] = []
    with Examining(lambda one, _: result_of(number_of(one)), lambda _: False) as examining:  # type: ignore[arg-type]
        results = (seen.append(result()) for _, result in examining.results(generations()))
        with pytest.raises(OSError, match="full"):
            list(results)
    assert seen == [0, 1, 2]


def test_threads_end_when_the_rest_is_not_taken() -> None:
    closing = threading.Event()

    def examine(one: Failed, turn: Callable[[], None]) -> TrialResult:
        if number_of(one) == 0:
            closing.wait(20)
        turn()
        return result_of(number_of(one))

    with Examining(examine, lambda one: number_of(one) == 1) as examining:  # type: ignore[arg-type]
        results = examining.results(map(came, range(AHEAD)))
        next(results)
        closing.set()
        results.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name.startswith("examine"):
            thread.join(20)
            assert not thread.is_alive()


def test_what_is_quick_is_examined_by_the_thread_that_records() -> None:
    threads: dict[int, threading.Thread] = {}

    def examine(one: Failed, _turn: Callable[[], None]) -> TrialResult:
        threads[number_of(one)] = threading.current_thread()
        return result_of(number_of(one))

    with Examining(examine, lambda one: number_of(one) % 2 == 0) as examining:  # type: ignore[arg-type]
        for _, result in examining.results(map(came, range(10))):
            result()
    here = threading.current_thread()
    assert [threads[number] is here for number in range(10)] == [number % 2 == 0 for number in range(10)]


@pytest.mark.parametrize("fault", [OSError("full"), KeyboardInterrupt()])
def test_what_examining_raises_is_raised_when_its_turn_comes(fault: BaseException) -> None:
    def examine(one: Failed, turn: Callable[[], None]) -> TrialResult:
        if number_of(one) == 3:
            raise fault
        turn()
        return result_of(number_of(one))

    with Examining(examine, lambda _: False) as examining:  # type: ignore[arg-type]
        results = (result for _, result in examining.results(map(came, range(20))))
        assert [next(results)() for _ in range(3)] == [0, 1, 2]
        with pytest.raises(type(fault)):
            next(results)()


def test_a_result_is_yielded_when_it_is_there_and_nothing_else_comes() -> None:
    woken = threading.Event()

    def generations() -> Iterator[Failed | None]:
        yield came(0)
        assert woken.wait(20)
        yield None
        assert seen == [0]

    seen: list[int] = []
    with Examining(lambda one, _: result_of(number_of(one)), lambda _: False) as examining:  # type: ignore[arg-type]
        examining.on_start(woken.set)
        for one, result in examining.results(generations()):
            result()
            seen.append(number_of(one))  # type: ignore[arg-type]
    assert seen == [0]


def test_threads_end_with_what_they_examine() -> None:
    with Examining(lambda one, _: result_of(number_of(one)), lambda _: False) as examining:  # type: ignore[arg-type]
        for _, result in examining.results(map(came, range(5))):
            result()
    for thread in threading.enumerate():
        if thread.name.startswith("examine"):
            thread.join(20)
            assert not thread.is_alive()
