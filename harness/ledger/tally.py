"""The totals of a run, added up one result at a time."""

import dataclasses
from collections import Counter

from harness.records import RunRecord, TrialResult
from harness.vocabulary import Source, Status, Verdict


class Tally:
    """Counts by verdict and by status, and the money; its size does not grow with the run.

    ``cost`` is the sum of the known costs in US dollars, ``unpriced`` how many generated images have no known cost.
    """

    def __init__(self) -> None:
        self.trials = 0
        self.verdicts: Counter[Verdict] = Counter()
        self.statuses: Counter[Status] = Counter()
        self.cost = 0.0
        self.unpriced = 0

    def add(self, result: TrialResult, step: int = 1, *, counts: bool = True) -> None:
        """Count one result; with ``step`` -1 count it no more, because another takes its place. ``counts=False``: an
        earlier attempt, of which the money alone is counted."""
        if counts:
            self.trials += step
            self.verdicts[result.outcome.verdict] += step
            self.statuses[result.outcome.status] += step
        if result.cost is not None:
            self.cost += step * result.cost
        elif result.source == Source.GENERATED:
            self.unpriced += step

    def fill(self, record: RunRecord) -> RunRecord:
        """Return the record with these totals. Its cost is None when a generated image has no known cost: never a part
        sum.
        """
        return dataclasses.replace(
            record,
            totals={verdict: self.verdicts[verdict] for verdict in Verdict if self.verdicts[verdict]},
            statuses={status: self.statuses[status] for status in sorted(self.statuses) if self.statuses[status]},
            cost=None if self.unpriced else round(self.cost, 6),
        )
