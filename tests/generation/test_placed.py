"""Worker processes: the same images, nothing lost with a worker, nothing paid twice, nothing left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import __version__
from harness.errors import GenerationTimeoutError
from harness.generation import Budget, Conditions, Failed, Generated, Limits, Session, Sources
from harness.ledger import iter_results, possibly_billed
from harness.provider import BadOptionError, WorkerEndedError, WorkerVersionError, adapter_of
from harness.records import WORKER, Policy, Recipe, Request, RunRecord, Subject, Trial, TrialKey
from harness.runner import RunOptions, execute, plan_of
from harness.suite import ProviderSpec
from tests.processes import alive, wait_until

FUNCTION = """\
import os, pathlib, subprocess, sys, time
import numpy as np

HERE = pathlib.Path(__file__).parent

def generate(prompt, seed, width, height):
    with open(HERE / "calls.txt", "a") as calls:
        calls.write(f"{seed} {os.getpid()}\\n")
    if prompt == "die" or (prompt == "die once" and not (HERE / "died").exists()):
        (HERE / "died").touch()
        os.kill(os.getpid(), 9)
    if prompt == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        with open(HERE / "calls.txt", "a") as calls:
            calls.write(f"{seed} {child.pid}\\n")
        time.sleep(600)
    return np.full((height, width, 3), seed, np.uint8)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def function(tmp_path: Path) -> Callable[..., ProviderSpec]:
    """``function(workers=2)`` is a provider whose function misbehaves as the prompt says and notes each call."""
    (tmp_path / "gen.py").write_text(FUNCTION)

    def function(**options: Any) -> ProviderSpec:
        given = {"function": "gen.py:generate", "workers": 2, "price": 0.0, **options}
        return ProviderSpec("p", "python", given, str(tmp_path))

    return function


def trials(*words: str, kind: str = "python", timeout: float = 60) -> Iterator[Trial]:
    for seed, prompt in enumerate(words):
        recipe = Recipe(Request(prompt, seed=seed, width=64, height=64), Subject("p", kind))
        yield Trial(TrialKey("s", "c", seed=seed), recipe, Policy(timeout=timeout))


def opened(spec: ProviderSpec, folder: Path, **more: Any) -> Session:
    record = RunRecord("r", ("s.yaml",), "t", "0")
    return Session.open(Sources({"p": spec}, **more), record, folder, limits=Limits(Budget(None)))


def generated(spec: ProviderSpec, folder: Path, *given: Trial) -> dict[int | None, Generated | Failed]:
    with opened(spec, folder) as session:
        return {one.trial.key.seed: one for one in session.generate(given)}


def calls(folder: Path) -> list[tuple[int, int]]:
    """The seed and process of each call; of one that hangs also the process that it started."""
    path = folder / "calls.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(seed), int(pid)) for seed, pid in map(str.split, lines)]


def story(results: dict[int | None, Generated | Failed]) -> dict[int | None, Any]:
    """What was generated, without the name of the worker and the position in time."""
    found = {}
    for seed, one in results.items():
        assert isinstance(one, Generated), one
        rest = {name: value for name, value in one.generated.environment.items() if name != WORKER}
        found[seed] = (one.generated.data, rest, one.generated.cost)
    return found


def test_workers_generate_bit_for_bit_what_this_process_does(tmp_path: Path) -> None:
    given = list(trials(*["two red circles", "a blue square"] * 3, kind="painter"))
    spec = ProviderSpec("p", "painter", {"quality": "draft"}, str(tmp_path))
    here = generated(spec, tmp_path / "here", *given)
    two = generated(replace(spec, options={**spec.options, "workers": 2}), tmp_path / "two", *given)
    assert story(two) == story(here)
    assert {one.generated.environment[WORKER] for one in two.values()} <= {"worker 1", "worker 2"}


def test_a_run_with_workers_records_the_same_run(tmp_path: Path) -> None:
    suite = "suite: s\nproviders: {{p: {provider}}}\n"
    suite += "defaults: {{provider: p, size: 64, quality: draft, seeds: [1, 2, 3]}}\n"
    suite += "cases:\n  - id: c\n    prompt: a red circle\n  - id: d\n    prompt: two green squares\n"
    found = []
    for name, provider in (("here", "{kind: painter}"), ("apart", "{kind: painter, workers: 2}")):
        file = tmp_path / name / "s.yaml"
        file.parent.mkdir()
        file.write_text(suite.format(provider=provider))
        options = RunOptions((file,), reports=tmp_path / name / "reports", baselines=tmp_path / name / "baselines")
        _, folder = execute(plan_of(options), options)
        results = {}
        for one in iter_results(folder):
            environment = {key: value for key, value in one.environment.items() if key != WORKER}
            results[str(one.key)] = replace(one, environment=environment, seconds=0.0, finished="")
        found.append(results)
    assert found[0] == found[1]
    assert len(found[0]) == 6


def test_a_free_trial_whose_worker_is_killed_is_generated_again(
    tmp_path: Path, function: Callable[..., ProviderSpec]
) -> None:
    with opened(function(), tmp_path / "reports") as session:
        results = {one.trial.key.seed: one for one in session.generate(trials("x", "die once", *["x"] * 8))}
        assert all(isinstance(one, Generated) for one in results.values())
        assert len(results) == 10
        assert list(session.unused())
    assert sorted(seed for seed, _ in calls(tmp_path)) == sorted([*range(10), 1])


def test_a_paid_trial_whose_worker_is_killed_is_never_sent_again(
    tmp_path: Path, function: Callable[..., ProviderSpec]
) -> None:
    with opened(function(price=0.01), tmp_path / "reports") as session:
        results = {one.trial.key.seed: one for one in session.generate(trials("x", "die once", *["x"] * 8))}
        lost = results.pop(1)
        assert isinstance(lost, Failed)
        assert isinstance(lost.fault, WorkerEndedError)
        assert lost.fault.possibly_billed
        assert all(isinstance(one, Generated) for one in results.values())
        assert session.limits.budget.spent == pytest.approx(0.10)
        # nothing is recorded here, so each of the ten intents is open
        assert len(possibly_billed(session.folder)) == 10
    assert sorted(seed for seed, _ in calls(tmp_path)) == list(range(10))


def test_a_trial_that_ends_every_worker_fails_and_the_others_go_on(
    tmp_path: Path, function: Callable[..., ProviderSpec]
) -> None:
    results = generated(function(), tmp_path / "reports", *trials("die", "x", "x"))
    lost = results.pop(0)
    assert isinstance(lost, Failed)
    assert isinstance(lost.fault, WorkerEndedError)
    assert not lost.fault.possibly_billed
    assert all(isinstance(one, Generated) for one in results.values())


@linux
def test_a_worker_that_hangs_is_killed_with_what_it_started(
    tmp_path: Path, function: Callable[..., ProviderSpec]
) -> None:
    given = [replace(one, policy=Policy(timeout=1)) if one.key.seed == 0 else one for one in trials("hang", "x", "x")]
    results = generated(function(workers=1), tmp_path / "reports", *given)
    late = results.pop(0)
    assert isinstance(late, Failed)
    assert isinstance(late.fault, GenerationTimeoutError)
    assert all(isinstance(one, Generated) for one in results.values())
    hung, child = [pid for seed, pid in calls(tmp_path) if seed == 0]
    assert not alive(hung)
    assert not alive(child)


def test_each_worker_has_its_device_and_reports_its_own_environment(
    tmp_path: Path, function: Callable[..., ProviderSpec]
) -> None:
    results = generated(function(workers=["cuda:0", "cuda:3"]), tmp_path / "reports", *trials(*["x"] * 60))
    assert len(results) == 60
    seen = set()
    for one in results.values():
        assert isinstance(one, Generated)
        environment = one.generated.environment
        seen.add((environment[WORKER], environment["process"]["variables"]["CUDA_VISIBLE_DEVICES"]))
    assert seen <= {("cuda:0", "0"), ("cuda:3", "3")}
    assert len({pid for _, pid in calls(tmp_path)}) == len(seen)


def test_a_fresh_process_beside_the_workers(tmp_path: Path, function: Callable[..., ProviderSpec]) -> None:
    with opened(function(), tmp_path / "reports") as session:
        with session.under(Conditions(isolation=True, environment={"OMP_NUM_THREADS": "3"})) as fresh:
            (alone,) = fresh.generate(trials("x"))
        assert isinstance(alone, Generated)
        assert WORKER not in alone.generated.environment
        assert alone.generated.environment["process"]["variables"]["OMP_NUM_THREADS"] == "3"


def test_few_jobs_are_handed_over_ahead(tmp_path: Path, function: Callable[..., ProviderSpec]) -> None:
    handed_over = []
    with opened(function(price=0.01), tmp_path / "reports") as session:
        session.limits.on_intent = lambda trial, _: handed_over.append(trial)
        results = session.generate(trials(*["x"] * 100))
        next(results)
        session.limits.stop.set()
        rest = list(results)
    assert 1 + len(rest) == len(handed_over)
    # two for each worker, and those that took the places of what had come
    assert len(rest) < 20


def test_a_worker_of_another_version_is_an_error_that_names_both(
    tmp_path: Path, function: Callable[..., ProviderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import harness\nharness.__version__ = '0.0.9'\n")
    path = os.pathsep.join(filter(None, (str(other), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", path)
    with pytest.raises(WorkerVersionError) as caught, opened(function(), tmp_path / "reports"):
        pass
    assert caught.value.theirs == "0.0.9"
    assert caught.value.ours == __version__
    assert not (tmp_path / "reports").exists()


DRIVER = """\
import sys
from pathlib import Path
from tests.generation.test_placed import ProviderSpec, generated, trials

folder = Path(sys.argv[1])
spec = ProviderSpec("p", "python", {"function": "gen.py:generate", "workers": 2, "price": 0.0}, str(folder))
generated(spec, folder / "reports", *trials("hang", "hang"))
"""


@linux
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_however_this_process_ends_no_worker_is_left(
    tmp_path: Path, function: Callable[..., ProviderSpec], end: signal.Signals
) -> None:
    function()
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: len(calls(tmp_path)) == 4)
    finally:
        driver.send_signal(end)
    driver.wait(30)
    pids = [pid for _, pid in calls(tmp_path)]
    assert len(set(pids)) == 4
    wait_until(lambda: not any(map(alive, pids)))


@linux
def test_a_worker_ends_with_its_supervisor(tmp_path: Path, function: Callable[..., ProviderSpec]) -> None:
    with opened(function(workers=1), tmp_path / "reports") as session:
        for one in session.generate(trials(*["x"] * 6)):
            if one.trial.key.seed == 0:
                pid = calls(tmp_path)[0][1]
                supervisor = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                os.kill(supervisor, signal.SIGKILL)
                wait_until(lambda pid=pid: not alive(pid))
            assert isinstance(one, Generated)


def test_what_workers_generate_is_recorded_and_replayed(tmp_path: Path, function: Callable[..., ProviderSpec]) -> None:
    with opened(function(), tmp_path / "reports", record=tmp_path / "tape") as session:
        recorded = {one.trial.key.seed: one for one in session.generate(trials("x", "y"))}
    with opened(function(), tmp_path / "again", replay=tmp_path / "tape") as session:
        replayed = {one.trial.key.seed: one for one in session.generate(trials("x", "y"))}
    assert story(replayed) == story(recorded)
    assert len(calls(tmp_path)) == 2


@pytest.mark.parametrize(
    ("kind", "given", "path"),
    [
        ("python", {"workers": 0}, ("workers",)),
        ("python", {"workers": 257}, ("workers",)),
        ("python", {"workers": True}, ("workers",)),
        ("python", {"workers": "cuda:0"}, ("workers",)),
        ("python", {"workers": []}, ("workers",)),
        ("python", {"workers": ["cuda:0", "cuda:1", "cuda:0"]}, ("workers", 2)),
        ("python", {"workers": ["cuda:0", "cpu"]}, ("workers", 1)),
        ("python", {"workers": 2, "concurrency": 2}, ("concurrency",)),
        ("painter", {"workers": ["cuda:0"]}, ("workers",)),
        ("diffusers", {"workers": ["cuda:0"], "device": "cpu"}, ("device",)),
        ("openai", {"workers": 2}, ("workers",)),
        ("automatic1111", {"workers": 2}, ("workers",)),
        ("folder", {"workers": 2}, ("workers",)),
    ],
)
def test_workers_that_cannot_be_are_refused(kind: str, given: dict[str, Any], path: tuple[str | int, ...]) -> None:
    needed = {"python": {"function": "m:f"}, "diffusers": {"model": "m"}, "folder": {"folder": "f"}}
    with pytest.raises(BadOptionError) as caught:
        adapter_of(kind).options.read("p", {**needed.get(kind, {}), **given})
    problems = {problem.path: problem for problem in caught.value.problems}
    assert problems[path].hint
