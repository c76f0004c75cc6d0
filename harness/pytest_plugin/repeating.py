"""``--harness-repeats``: tests that check images are executed several times, and their noise floors are stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.pytest_plugin.names import FIXTURE
from harness.records import TrialKey, TrialResult

if TYPE_CHECKING:
    from harness.baseline import Baselines


@dataclass(slots=True)
class Turn:
    """Which execution of a test's body it is, of ``total``; ``failed`` are the first results that were not fine."""

    number: int = 1
    total: int = 1
    failed: dict[TrialKey, TrialResult] = field(default_factory=dict)

    @property
    def last(self) -> bool:
        """Whether it is the last one: only that one may fail the test, so that all are recorded."""
        return self.number == self.total

    def fail(self, results: Sequence[TrialResult], bad: Sequence[TrialResult]) -> list[TrialResult]:
        """Note the ``bad`` ones of the results of a call; return those that were not fine in this or an earlier
        execution."""
        for result in bad:
            self.failed.setdefault(result.key, result)
        return [self.failed[result.key] for result in results if result.key in self.failed]


TURN: "pytest.StashKey[Turn]" = pytest.StashKey()


def first_turn(item: pytest.Item) -> None:
    """Begin the execution of a test, also of one that is executed again as a whole."""
    item.stash[TURN] = Turn()


def repeated_call(item: pytest.Item) -> Iterator[None]:
    """Execute the body of a test that checks images ``--harness-repeats`` times, the last time as pytest does."""
    total = item.config.getoption("harness_repeats") if FIXTURE in getattr(item, "fixturenames", ()) else 1
    turn = item.stash[TURN] = Turn(total=total)
    while not turn.last:
        item.runtest()
        turn.number += 1
    yield


def store_noise(folder: Path, store: "Baselines", repeats: int) -> Iterator[str]:
    """Store the noise floors of the images that a run repeated and judges by them; yields what to report."""
    from harness.baseline import whoami
    from harness.ledger import iter_results
    from harness.study import measured_floors, store_floors
    from harness.vocabulary import RuleKind

    results = (one for one in iter_results(folder) if one.policy and one.policy.drift.kind == RuleKind.CALIBRATED)
    floors = measured_floors(folder, results, store)
    reason = f"pytest --harness-repeats={repeats}"
    stored = set(store_floors(store, floors, who=whoami(), reason=reason)) if floors else set()
    for one in floors:
        if one.key not in stored:
            yield f"{one.key}: no noise floor: accept its image, then repeat"
        elif one.floor.limit is None:
            need = f", {one.floor.needed} repeats are needed" if one.floor.needed else ""
            yield f"{one.key}: {one.noise.n} repeats, no limit yet{need}"
        else:
            yield f"{one.key}: noise floor of {one.noise.n} repeats, limit {one.floor.limit:.4g}"
