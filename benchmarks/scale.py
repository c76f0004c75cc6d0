"""Generation in worker processes beside threads of one process, and on two nodes beside one.

``python -m benchmarks.scale workers [TURNS]``: the painter with threads and with workers, 1 and 2 of each, in images a
second after the start. In each turn every arm has its ratio to one thread of this process in that turn; printed are the
median of the turns and their range.

``python -m benchmarks.scale ray [TRIALS]`` (in the environment of ``make test-ray``): trials of a provider that waits
half a second, on a Ray cluster of two nodes of 8 slots, and then on one of them, after the start of the actors. As root
the nodes are in network namespaces.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.generation import Budget, Generated, Limits, Session, Sources
from harness.records import ExecutorSpec, Policy, Recipe, Request, RunRecord, Subject, Trial, TrialKey
from harness.suite import ProviderSpec
from harness.vocabulary import ExecutorKind

ARMS: Mapping[str, Mapping[str, Any]] = {
    "1 thread": {"concurrency": 1},
    "2 threads": {"concurrency": 2},
    "1 worker": {"workers": 1},
    "2 workers": {"workers": 2},
}
IMAGES = 20
WAITING = """
import time
import numpy as np

def generate(seed, width, height):
    time.sleep(0.5)
    return np.full((height, width, 3), seed % 256, np.uint8)
"""
SLOTS = 8
"""Of each node: the provider only waits."""


def trials(count: int, kind: str) -> Iterator[Trial]:
    """Yield trials of the provider ``p``."""
    for seed in range(count):
        request = Request("two red circles to the left of a blue square", seed=seed, width=256, height=256)
        yield Trial(TrialKey("scale", "case", seed=seed), Recipe(request, Subject("p", kind)), Policy(timeout=300))


def painted(options: Mapping[str, Any]) -> float:
    """Return images a second of the painter, in steady state: what starts first is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        spec = ProviderSpec("p", "painter", options, folder)
        record = RunRecord("", ("scale.yaml",), "", "")
        with Session.open(Sources({"p": spec}), record, Path(folder), limits=Limits(Budget(None))) as session:
            results = session.generate(trials(IMAGES, "painter"))
            # until each worker has loaded the model
            skipped = [next(results) for _ in range(4)]
            begun = time.perf_counter()
            rest = list(results)
            seconds = time.perf_counter() - begun
    assert all(isinstance(one, Generated) for one in (*skipped, *rest))
    return len(rest) / seconds


def workers(turns: int) -> None:
    """Measure and print the arms."""
    found: dict[str, list[float]] = {name: [] for name in ARMS}
    for _ in range(turns):
        for name, options in ARMS.items():
            found[name].append(painted(options))
    print(f"painter, 256x256, standard, {IMAGES} images an arm and turn, {turns} turns")
    for name, rates in found.items():
        ratios = [rate / base for rate, base in zip(rates, found["1 thread"], strict=True)]
        print(f"{name:<12}{statistics.median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


def waited(count: int, address: str, slots: int) -> tuple[float, float]:
    """Return trials a second of a provider that waits, in steady state, and the CPU milliseconds of the driver for
    each."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder, "waiting.py").write_text(WAITING)
        options = {"function": "waiting.py:generate", "price": 0.0}
        spec = ProviderSpec("p", "python", options, folder)
        sources = Sources({"p": spec}, executor=ExecutorSpec(ExecutorKind.RAY, address))
        record = RunRecord("", ("scale.yaml",), "", "")
        with Session.open(sources, record, Path(folder, "reports"), limits=Limits(Budget(None))) as session:
            results = session.generate(trials(count + 6 * slots, "python"))
            # until each actor has answered
            skipped = [next(results) for _ in range(6 * slots)]
            begun, cpu = time.perf_counter(), time.process_time()
            rest = list(results)
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    assert all(isinstance(one, Generated) for one in (*skipped, *rest))
    return len(rest) / seconds, 1000 * cpu / len(rest)


def nodes(count: int) -> None:
    """Measure and print two nodes beside one."""
    from tests.generation.extra_ray.cluster import cluster

    found = cluster()
    found.slots = SLOTS
    try:
        found.start(1)
        found.start(2)
        two, cpu = waited(count, found.address, 2 * SLOTS)
        found.kill(2)
        one, _ = waited(count, found.address, SLOTS)
    finally:
        found.close()
    print(f"{count} trials of 0.5 s, {SLOTS} slots a node: ideal {SLOTS / 0.5:g} trials a second and node")
    print(f"one node {one:.1f}/s, two nodes {two:.1f}/s, ratio {two / one:.2f}; driver {cpu:.1f} ms CPU a trial")


def main() -> None:
    """Run what is asked for."""
    what, *rest = sys.argv[1:] or ["workers"]
    if what == "workers":
        workers(int(rest[0]) if rest else 7)
    elif what == "ray":
        nodes(int(rest[0]) if rest else 1000)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
