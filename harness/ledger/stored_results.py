"""Results of a run that are read when they are asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.ledger.errors import LedgerError, RunUnreadableError
from harness.ledger.lines import Judged, decode
from harness.ledger.naming import TRIALS_FILE
from harness.records import TrialKey, TrialResult


class StoredResults(Mapping[TrialKey, tuple[TrialResult, ...]]):
    """Trials of a run with their results, the first attempt first: read from the run's file, which only grows, each
    time they are asked for. What is held of a trial are its key and where its lines begin.

    Raises RunUnreadableError when the file was replaced since.
    """

    def __init__(self, folder: Path, places: Mapping[TrialKey, Sequence[int]]) -> None:
        """``places`` are the offsets of each trial's lines, in bytes."""
        self._path = folder / TRIALS_FILE
        self._places = places

    def __getitem__(self, key: TrialKey) -> tuple[TrialResult, ...]:
        places = self._places[key]
        try:
            with self._path.open("rb") as file:
                results = []
                for place in places:
                    file.seek(place)
                    found = decode(self._path, 0, file.readline())
                    results.append(found.result if isinstance(found, Judged) else found)
        except (OSError, LedgerError) as fault:
            raise RunUnreadableError(self._path, "it was replaced while it was read") from fault
        own = [result for result in results if isinstance(result, TrialResult) and result.key == key]
        if len(own) < len(places):
            raise RunUnreadableError(self._path, "it was replaced while it was read")
        return tuple(sorted(own, key=lambda result: result.attempt))

    def chosen(self, keys: Iterable[TrialKey]) -> "StoredResults":
        """Return some of them."""
        part = StoredResults(self._path.parent, {})
        part._places = {key: self._places[key] for key in keys}
        return part

    def __iter__(self) -> Iterator[TrialKey]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
