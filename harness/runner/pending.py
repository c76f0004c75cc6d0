"""Recorded trials whose verdict needs more generations: the rest of their set, or confirmations of a drift."""

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from harness.judge import unconfirmed, unrepeated
from harness.records import Attempt, Trial, TrialKey, TrialResult
from harness.runner.floors import confirming
from harness.vocabulary import Code, Verdict

Address = tuple[TrialKey, Attempt]


class PendingTrials:
    """What waits. In memory are only the sets under way and the drifts being confirmed; all is in the ledger too, as
    ``inconclusive`` (a drift under ``exact`` or limits as that), so that a kill loses nothing and ``--resume`` goes on
    from there."""

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        self._sets: dict[TrialKey, list[TrialResult]] = {}
        self._drifts: dict[Address, TrialResult] = {}
        self._queue: deque[Trial] = deque()
        self._reported: set[Address] = set()

    def recall(self, results: Iterable[TrialResult], waits: Callable[[TrialResult], bool]) -> None:
        """Load what an earlier part left open; ``waits``: whether a result belongs to a set judged as a whole."""
        for result in results:
            if waits(result):
                self._sets.setdefault(result.key, []).append(result)
            elif needs_confirming(result):
                self._drifts[result.key, result.attempt] = result
        # one whose image was lost is generated again, and then its whole set has to be judged again
        whole = {key: found for key, found in self._sets.items() if len(found) >= self._size(found[0])}
        for key, found in whole.items():
            if all(one.set is not None for one in found):
                del self._sets[key]

    def trials(self, planned: Iterable[Trial], recorded: Container[tuple[TrialKey, Attempt]]) -> Iterator[Trial]:
        """Yield what is to be generated: the planned trials that are not recorded, confirmations before them as they
        come up."""
        for trial in planned:
            address = (trial.key, trial.attempt)
            if address in self._drifts and address in recorded and not self._queued(address):
                self.confirm(trial, self._drifts[address])
            yield from self.confirmations()
            if address not in recorded:
                yield trial
        yield from self.confirmations()

    def confirmations(self) -> Iterator[Trial]:
        """Yield those that wait to be generated."""
        while self._queue:
            yield self._queue.popleft()

    @property
    def waiting(self) -> bool:
        """Whether a confirmation waits to be generated."""
        return bool(self._queue)

    def confirm(self, trial: Trial, result: TrialResult) -> None:
        """Have the next confirmation of a result generated."""
        reading = result.floor or result.repeat
        assert reading is not None
        self._drifts[result.key, result.attempt] = result
        self._queue.append(confirming(replace(trial, attempt=result.attempt), len(reading.confirmations)))

    def pop_confirmed(self, trial: Trial) -> TrialResult:
        """Return the result that a confirmation belongs to; it waits no longer."""
        return self._drifts.pop((trial.key, trial.attempt.answered_by))

    def add(self, result: TrialResult) -> list[TrialResult] | None:
        """Note a result of a set; all of the set once it is complete."""
        found = self._sets.setdefault(result.key, [])
        found.append(result)
        return self._sets.pop(result.key) if len(found) >= self._size(result) else None

    def complete(self) -> list[list[TrialResult]]:
        """Return the sets that were complete before this part of the run began, but not judged."""
        keys = [key for key, found in self._sets.items() if len(found) >= self._size(found[0])]
        return [self._sets.pop(key) for key in keys]

    def remaining(self) -> list[TrialResult]:
        """Return what stays open, as it stands in the ledger; each result once."""
        rest = [*(one for found in self._sets.values() for one in found), *self._drifts.values()]
        new = [one for one in rest if (one.key, one.attempt) not in self._reported]
        self._reported |= {(one.key, one.attempt) for one in new}
        return new

    def _size(self, result: TrialResult) -> int:
        samples = result.policy.drift.samples if result.policy is not None else None
        return (samples or 1) * self._repeats

    def _queued(self, address: Address) -> bool:
        return any((trial.key, trial.attempt.answered_by) == address for trial in self._queue)


def marked(result: TrialResult) -> TrialResult:
    """Return a result with ``pending`` as it is: whether its verdict needs the rest of its set, or confirmations."""
    open_set = any(reason.code == Code.SET_PENDING for reason in result.outcome.reasons)
    pending = open_set or needs_confirming(result) or None
    return result if result.pending == pending else replace(result, pending=pending)


def needs_confirming(result: TrialResult) -> bool:
    """Return whether a result waits for confirmations of a drift."""
    if result.floor is not None:
        return result.outcome.verdict == Verdict.INCONCLUSIVE and unconfirmed(result.floor)
    return result.outcome.verdict == Verdict.DRIFT and unrepeated(result.repeat)
