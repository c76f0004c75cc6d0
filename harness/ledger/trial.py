"""Finding one trial of a run by its name."""

import difflib
from pathlib import Path

from harness.ledger.errors import TrialNotFoundError
from harness.ledger.reading import iter_results
from harness.records import TrialKey, TrialResult


def find_trial(folder: Path, name: str, index: int | None = None) -> TrialResult:
    """Return the recorded result of one trial: ``name`` is its key, an end of it behind a ``/``, or a case
    (``case``, ``suite/case``, either with ``/variant``) that has one trial in the run. ``index`` chooses among its
    generations, None the first of them.

    Raises TrialNotFoundError, and what :func:`iter_results` raises.
    """
    found: dict[TrialKey, TrialResult] = {}
    names: dict[str, None] = {}

    def is_named(key: TrialKey) -> bool:
        text, case = str(key), f"{key.suite}/{key.case}"
        names[text] = None
        return any(f"/{one}".endswith(f"/{name}") for one in (text, case, f"{case}/{key.variant}"))

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
