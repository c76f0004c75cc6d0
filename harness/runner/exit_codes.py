"""The exit code of a run, from its totals."""

from harness.errors import EXIT_FINDING, EXIT_INTERRUPTED, EXIT_NO_IMAGE, EXIT_OK
from harness.records import RunRecord
from harness.vocabulary import Status, Stop


def exit_code(record: RunRecord) -> int:
    """130 interrupted; 1 any finding; 3 only missing images, or the budget was reached; 0 all proven fine.

    A run without any trial recorded, or with trials missing (a shard that was not merged), proves nothing: 1.
    """
    if record.stopped == Stop.INTERRUPTED:
        return EXIT_INTERRUPTED
    if record.statuses.get(Status.FINDING):
        return EXIT_FINDING
    if record.statuses.get(Status.MISSING) or record.stopped == Stop.BUDGET:
        return EXIT_NO_IMAGE
    proven = record.complete and any(record.statuses.values())
    return EXIT_OK if proven else EXIT_FINDING
