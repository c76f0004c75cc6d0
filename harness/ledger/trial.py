"""Finding one trial of a run by its name."""

import difflib
from pathlib import Path

from harness.ledger.errors import TrialNotFoundError
from harness.ledger.reading import iter_results
from harness.records import TrialKey, TrialResult


def find_trial(folder: Path, name: str, index: int | None = None) -> TrialResult:
    """Return the recorded result of one trial: ``name`` is its key, or a case (``case``, ``suite/case``) that has one
    trial in the run. ``index`` chooses among its generations, None the first of them.

    Raises TrialNotFoundError, and what :func:`iter_results` raises.
    """
    found: dict[TrialKey, TrialResult] = {}
    names: dict[str, None] = {}

    def is_named(key: TrialKey) -> bool:
        names[str(key)] = None
        return name in (str(key), key.case, f"{key.suite}/{key.case}", f"{key.suite}/{key.case}/{key.variant}")

    for result in iter_results(folder, is_named):
        key = result.key
        before = found.get(key)
        if index is None or result.attempt.index == index:
            found[key] = result if before is None else min(before, result, key=lambda one: one.attempt)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise TrialNotFoundError(folder, name, tuple(sorted(map(str, found))[:3]), len(found))
    near = [one for one in names if name in one][:3] or difflib.get_close_matches(name, names, 3, 0.4)
    raise TrialNotFoundError(folder, name, tuple(near))
