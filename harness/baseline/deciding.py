"""The other decisions: reject, ignore, prune."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Ignore
from harness.baseline.log import Decision
from harness.baseline.selection import Selection, choose
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.ledger import read_run
from harness.records import ImageRef, TrialKey, TrialResult


def reject(
    baselines: Baselines,
    run_folder: Path,
    selection: Selection,
    *,
    reason: str,
    who: str,
    baseline: bool = False,
    when: datetime | None = None,
) -> list[Change]:
    """Note in the log that the chosen images of a run are wrong; with ``baseline`` also take out the accepted
    image that each was compared with (it is the one that was wrong).

    Raises as :func:`harness.baseline.accept`.
    """
    refuse_in_ci()
    signed = Signed.now(who, reason, when, read_run(run_folder).run)
    changes: list[Change] = []
    chosen = choose(run_folder, selection)
    for suite, keys in _by_suite(chosen):
        with changing(baselines, suite) as manifest:
            trials, decisions = {}, []
            for key in keys:
                existing = manifest.accepted(key)
                against = {result.baseline.file for result in chosen[key] if baseline and result.baseline}
                left = tuple(item for item in existing if item.image.file not in against)
                old, new = tuple(item.image for item in existing), tuple(item.image for item in left)
                removed = len(left) < len(existing)
                if removed:
                    trials[key] = left
                    decisions.append(signed.decision("remove", key, old, new))
                else:
                    decisions.append(signed.decision("reject", key, new=_images(chosen[key])))
                note = "" if removed or not baseline else "no accepted image to take out"
                changes.append(Change(key, "removed" if removed else "rejected", old, new, note))
            commit(baselines, manifest, manifest.changed(trials) if trials else manifest, {}, decisions)
    return changes


def ignore(
    baselines: Baselines,
    keys: Iterable[TrialKey],
    *,
    reason: str,
    owner: str,
    until: date,
    who: str,
    today: date,
    when: datetime | None = None,
) -> list[Change]:
    """Let findings of these trials count as ignored up to and with the day ``until``; ``owner`` answers for it.

    Raises UsageError for a missing reason or owner or a day that has passed; WritesRefusedError, LockedError,
    WriteError.
    """
    refuse_in_ci()
    signed = Signed.now(who, reason, when)
    if not owner.strip():
        raise UsageError("an ignore needs an owner", "name the owner: --owner NAME")
    if until < today:
        raise UsageError(f"{until} has passed: an ignore that has expired does nothing", "name a later day")
    new = Ignore(signed.reason, owner.strip(), until.isoformat(), who, signed.when)
    return _ignores(baselines, keys, new, partial(signed.decision, "ignore", ignore=new))


def unignore(
    baselines: Baselines, keys: Iterable[TrialKey], *, reason: str, who: str, when: datetime | None = None
) -> list[Change]:
    """Remove ignores; trials without one stay unchanged. Raises as :func:`ignore`."""
    refuse_in_ci()
    return _ignores(baselines, keys, None, partial(Signed.now(who, reason, when).decision, "unignore"))


def prune(
    baselines: Baselines, orphans: Iterable[TrialKey], *, reason: str, who: str, when: datetime | None = None
) -> list[Change]:
    """Take out the accepted images and the ignores of trials that no suite has any more (see
    :meth:`Baselines.orphans`). Raises as :func:`ignore`."""
    refuse_in_ci()
    signed = Signed.now(who, reason, when)
    changes: list[Change] = []
    for suite, keys in _by_suite(orphans):
        with changing(baselines, suite) as manifest:
            own = [
                Change(key, "removed", tuple(item.image for item in manifest.accepted(key)))
                for key in keys
                if manifest.accepted(key) or manifest.ignored(key)
            ]
            if not own:
                continue
            new = manifest.changed(dict.fromkeys(keys, ()), dict.fromkeys(keys))
            decisions = [signed.decision("prune", change.key, change.old) for change in own]
            commit(baselines, manifest, new, {}, decisions)
            changes += own
    return changes


def _ignores(
    baselines: Baselines, keys: Iterable[TrialKey], new: Ignore | None, decided: Callable[[TrialKey], Decision]
) -> list[Change]:
    changes, action = list[Change](), "unignored" if new is None else "ignored"
    for suite, own in _by_suite(keys):
        with changing(baselines, suite) as manifest:
            touched = [key for key in own if new is not None or manifest.ignored(key) is not None]
            if touched:
                changed = manifest.changed(None, dict.fromkeys(touched, new))
                commit(baselines, manifest, changed, {}, list(map(decided, touched)))
            changes += (Change(key, action if key in touched else "unchanged") for key in own)
    return changes


def _by_suite(keys: Iterable[TrialKey]) -> list[tuple[str, list[TrialKey]]]:
    ordered = sorted(dict.fromkeys(keys), key=lambda key: (key.suite, str(key)))
    return [(suite, list(own)) for suite, own in groupby(ordered, key=lambda key: key.suite)]


def _images(results: Iterable[TrialResult]) -> tuple[ImageRef, ...]:
    return tuple(result.image for result in results if result.image is not None)
