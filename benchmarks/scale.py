"""Generation in worker processes beside threads of one process.

``python -m benchmarks.scale workers [TURNS]``: the painter with threads and with workers, 1 and 2 of each, in images a
second after the start. In each turn every arm has its ratio to one thread of this process in that turn; printed are the
median of the turns and their range.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.generation import Budget, Generated, Limits, Session, Sources
from harness.records import Policy, Recipe, Request, RunRecord, Subject, Trial, TrialKey
from harness.suite import ProviderSpec

ARMS: Mapping[str, Mapping[str, Any]] = {
    "1 thread": {"concurrency": 1},
    "2 threads": {"concurrency": 2},
    "1 worker": {"workers": 1},
    "2 workers": {"workers": 2},
}
IMAGES = 20


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


def main() -> None:
    """Run what is asked for."""
    what, *rest = sys.argv[1:] or ["workers"]
    if what != "workers":
        sys.exit(__doc__)
    workers(int(rest[0]) if rest else 7)


if __name__ == "__main__":
    main()
