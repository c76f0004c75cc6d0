"""Generation on the nodes of a Ray cluster: nothing lost with a node, nothing paid twice, bounded faults."""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationTimeoutError
from harness.generation import Budget, Failed, Generated, Limits, Session, Sources
from harness.provider import BadOptionError, WorkerVersionError
from harness.records import WORKER, ExecutorSpec, Policy, Recipe, Request, RunRecord, Subject, Trial, TrialKey
from harness.suite import ProviderSpec
from harness.vocabulary import ExecutorKind
from tests.generation.extra_ray.cluster import ROOT, Namespaces, OneHost, cluster

FUNCTION = """\
import os, pathlib, time
import numpy as np

CALLS = pathlib.Path(__file__).parent / "calls.txt"

def generate(prompt, seed, width, height):
    with open(CALLS, "a") as calls:
        calls.write(f"{seed} {os.getpid()}\\n")
    time.sleep(600 if prompt == "hang" else float(prompt))
    return np.full((height, width, 3), seed % 256, np.uint8)
"""
Spec = Callable[..., ProviderSpec]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Namespaces | OneHost]:
    """A cluster with node 1; node 2 comes and goes."""
    found = cluster()
    try:
        found.start(1)
        yield found
    finally:
        found.close()


@pytest.fixture
def function(tmp_path: Path) -> Spec:
    """``function(price=0.01)`` is a provider that waits as the prompt says and notes each call."""
    (tmp_path / "gen.py").write_text(FUNCTION)

    def function(**options: Any) -> ProviderSpec:
        return ProviderSpec("p", "python", {"function": "gen.py:generate", "price": 0.0, **options}, str(tmp_path))

    return function


def trials(count: int, prompt: str, timeout: float = 120) -> Iterator[Trial]:
    for seed in range(count):
        recipe = Recipe(Request(prompt, seed=seed, width=16, height=16), Subject("p", "python"))
        yield Trial(TrialKey("s", "c", seed=seed), recipe, Policy(timeout=timeout))


def opened(spec: ProviderSpec, folder: Path, address: str) -> Session:
    executor = ExecutorSpec(ExecutorKind.RAY, address)
    record = RunRecord("", ("s.yaml",), "t", "0")
    return Session.open(Sources({"p": spec}, executor=executor), record, folder, limits=Limits(Budget(None)))


def calls(folder: Path) -> Counter[int]:
    path = folder / "calls.txt"
    return Counter(int(line.split()[0]) for line in path.read_text().splitlines()) if path.exists() else Counter()


def nodes_of(results: list[Generated | Failed]) -> set[str]:
    return {one.generated.environment[WORKER] for one in results if isinstance(one, Generated)}


@pytest.mark.parametrize("price", [0.0, 0.01])
def test_a_node_joins_and_is_killed_and_nothing_is_lost_or_paid_twice(
    nodes: Namespaces | OneHost, function: Spec, tmp_path: Path, price: float
) -> None:
    count, results = 1000, []
    with opened(function(price=price), tmp_path / "reports", nodes.address) as session:
        joining = threading.Thread(target=nodes.start, args=(2,))
        for one in session.generate(trials(count, "0.05")):
            results.append(one)
            if len(results) == 50:
                joining.start()
            # while it generates: it has had its first images
            if len(nodes_of(results)) > 1 and len(results) > 100 and not session.limits.on_intent:
                joining.join()
                nodes.kill(2)
                session.limits.on_intent = lambda _trial, _price: None
    assert len(nodes_of(results)) == 2, "the node that joined has generated"
    assert {one.trial.key.seed for one in results} == set(range(count))
    failed = [one for one in results if isinstance(one, Failed)]
    made = calls(tmp_path)
    # a node may be lost before it has what was on its way there
    assert set(made) | {one.trial.key.seed for one in failed} == set(range(count))
    if price:
        assert set(made.values()) == {1}, "none was sent twice"
        assert len(failed) <= nodes.slots
        assert all(one.fault.possibly_billed for one in failed)
    else:
        assert not failed
        assert sum(made.values()) <= count + nodes.slots


def test_an_actor_that_hangs_is_ended_and_another_takes_its_place(
    nodes: Namespaces | OneHost, function: Spec, tmp_path: Path
) -> None:
    with opened(function(), tmp_path / "reports", nodes.address) as session:
        hung = list(session.generate(trials(1, "hang", timeout=2)))
        rest = list(session.generate(trials(8, "0")))
    assert isinstance(hung[0], Failed)
    assert isinstance(hung[0].fault, GenerationTimeoutError)
    assert all(isinstance(one, Generated) for one in rest)


def test_images_and_environment_are_those_of_this_process(nodes: Namespaces | OneHost, tmp_path: Path) -> None:
    spec = ProviderSpec("p", "painter", {"quality": "draft"}, str(tmp_path))
    request = Request("a red circle", seed=3, width=64, height=64)
    trial = Trial(TrialKey("s", "c", seed=3), Recipe(request, Subject("p", "painter")), Policy(timeout=120))
    with opened(spec, tmp_path / "there", nodes.address) as session:
        (there,) = session.generate([trial])
    with Session.open(Sources({"p": spec}), RunRecord("", ("s.yaml",), "t", "0"), tmp_path / "here") as session:
        (here,) = session.generate([trial])
    assert isinstance(there, Generated)
    assert isinstance(here, Generated)
    assert there.generated.data == here.generated.data
    rest = {name: value for name, value in there.generated.environment.items() if name != WORKER}
    assert rest == here.generated.environment


def test_workers_of_this_machine_are_none_of_a_cluster(
    nodes: Namespaces | OneHost, function: Spec, tmp_path: Path
) -> None:
    with pytest.raises(BadOptionError) as caught, opened(function(workers=2), tmp_path / "reports", nodes.address):
        pass
    assert caught.value.problems[0].path == ("workers",)


def test_a_node_of_another_version_is_an_error_that_names_both(
    nodes: Namespaces | OneHost, function: Spec, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import harness\nharness.__version__ = '0.0.9'\n")
    nodes.kill(1)
    nodes.start(1, PYTHONPATH=os.pathsep.join((str(other), str(ROOT))))
    try:
        with pytest.raises(WorkerVersionError) as caught, opened(function(), tmp_path / "reports", nodes.address):
            pass
        assert caught.value.theirs == "0.0.9"
    finally:
        nodes.kill(1)
        nodes.start(1)


@pytest.mark.parametrize("listening", [False, True])
def test_an_address_without_a_cluster_is_an_error_in_bounded_time(tmp_path: Path, *, listening: bool) -> None:
    # in a process of its own: Ray goes on trying in the background
    code = (
        "import sys\nimport harness.generation.ray_executor as r\nfrom harness.records import ExecutorSpec\n"
        "r.CONNECT = 5.0\n"
        "try:\n    r.RayExecutor(ExecutorSpec('ray', sys.argv[1]))\n"
        "except r.ExecutorError as error:\n    print(error.code, error.address)\n"
    )
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-c", code, address]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert ended.stdout.split() == ["executor", address]


def test_a_cluster_without_a_slot_is_an_error(nodes: Namespaces | OneHost, function: Spec, tmp_path: Path) -> None:
    executor = ExecutorSpec(ExecutorKind.RAY, nodes.address, gpus=1.0)
    record = RunRecord("", ("s.yaml",), "t", "0")
    with pytest.raises(GenerationError) as caught:
        Session.open(Sources({"p": function()}, executor=executor), record, tmp_path / "reports")
    assert caught.value.provider == "p"
    assert not (tmp_path / "reports").exists()
