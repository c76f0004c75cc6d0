"""Sets of images under pytest: whichever of its tests is chosen, the whole set is generated and judged as one."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.records import Attempt, AttemptKind, Trial, TrialKey, TrialResult, from_json, to_json

RESULTS = "results.jsonl"


def samples_of(trial: Trial) -> Iterator[Trial]:
    """Every trial of the set that a trial belongs to."""
    for index in range(trial.policy.drift.samples or 1):
        yield replace(trial, attempt=Attempt(AttemptKind.SAMPLE, index))


class SharedSet:
    """A set that several workers of xdist have tests of. The first to come generates it; the lock goes with its
    process."""

    def __init__(self, parts: Path, key: TrialKey) -> None:
        self.folder = parts / ".sets" / hashlib.sha256(str(key).encode()).hexdigest()[:16]

    def results(self, generate: Callable[[], list[TrialResult]]) -> list[TrialResult]:
        """The results of the set: generated now, or those of the worker that generated it."""
        from harness.ledger import Lock, atomic_write

        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / RESULTS
        lock = Lock(self.folder, wait=math.inf)
        try:
            if not file.exists():
                found = generate()
                lines = [json.dumps(to_json(result)) for result in found]
                atomic_write(file, "".join(f"{line}\n" for line in lines).encode())
                return found
        finally:
            lock.release()
        return [from_json(TrialResult, json.loads(line)) for line in file.read_text("utf-8").splitlines()]
