"""The other decisions: reject, ignore, prune."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Accepted, Ignore
from harness.baseline.errors import BaselineImageError, NothingSelectedError
from harness.baseline.kept import kept_entries
from harness.baseline.log import Decision
from harness.baseline.manifest import Manifest
from harness.baseline.selection import Selection, choose, refuse_undecidable
from harness.baseline.store import Baselines
from harness.baseline.undoing import entries_before, images_of
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.records import ImageRef, TrialKey, TrialResult, profiles_of, to_json

ACCEPTED_NOW = "the accepted image, which stays: reject --baseline takes it out"
"""The note on a rejected image that is the baseline."""


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
    """Note in the log that the chosen images of a run are wrong.

    With ``baseline`` the accepted image is the wrong one, and taken out: that of this run where it was accepted, else
    the one that was compared, else the only one. What it replaced is accepted again, where it is still kept. Raises
    NothingSelectedError where nothing is accepted for a chosen trial, UsageError where several images are and none of
    them is the run's: then nothing is changed; and as :func:`harness.baseline.accept`.
    """
    refuse_in_ci()
    signed = Signed.now(who, reason, when, refuse_undecidable(run_folder).run)
    changes: list[Change] = []
    # a run that is identical to the wrong image shows it too
    chosen = choose(run_folder, selection.whatever_verdict() if baseline else selection)
    if baseline:
        baselines.clear_cache()
        for key, results in chosen.items():
            wrong_images(baselines.manifest(key.suite), results, run_folder)
    for suite, keys in _by_suite(chosen):
        with changing(baselines, suite) as manifest:
            if not baseline:
                rejected = [signed.decision("reject", key, new=_images(chosen[key])) for key in keys]
                commit(baselines, manifest, manifest, {}, rejected)
                for key in keys:
                    images = manifest.images(key)
                    digests = {image.pixel_digest for image in images}
                    accepted = any(image.pixel_digest in digests for image in _images(chosen[key]))
                    changes.append(Change(key, "rejected", images, images, ACCEPTED_NOW if accepted else ""))
                continue
            new, own = manifest, list[Change]()
            for key in keys:
                wrong = wrong_images(manifest, chosen[key], run_folder)
                new, action, note = _taken_out(baselines, new, key, wrong)
                own.append(Change(key, action, manifest.images(key), new.images(key), note))
            lines = [signed.decision("remove", one.key, one.old, one.new) for one in own]
            commit(baselines, manifest, new, images_of(baselines, manifest, new, keys), lines)
            changes += own
    return changes


def wrong_images(manifest: Manifest, results: tuple[TrialResult, ...], run: Path) -> tuple[Accepted, ...]:
    """Return the accepted images that are wrong by these results of one trial; none where a refusal is accepted alone.

    Raises NothingSelectedError where nothing is accepted, UsageError where it cannot be known which one is meant.
    """
    key = results[0].key
    accepted = of_its_profile(manifest.accepted(key), results[0])
    if not accepted:
        if manifest.refused(key) is None:
            raise NothingSelectedError(run, f"nothing is accepted for {key}, so that there is nothing to take out")
        return ()
    own = {result.image.pixel_digest for result in results if result.image is not None}
    compared = {result.baseline.pixel_digest for result in results if result.baseline is not None}
    for digests in (own, compared):
        if wrong := tuple(item for item in accepted if item.image.pixel_digest in digests):
            return wrong
    if len(accepted) > 1 and key.seed is not None:
        files = ", ".join(item.image.file for item in accepted)
        problem = f"{len(accepted)} images are accepted for {key}, and the run was compared with none: {files}"
        raise UsageError(problem, "run again, and reject with that run")
    return accepted


def of_its_profile(accepted: tuple[Accepted, ...], result: TrialResult) -> tuple[Accepted, ...]:
    """Return those of the accepted images that a result is compared with; all where its profile is not known."""
    profiles = list(profiles_of(result.policy, result.environment))
    if not profiles:
        return accepted
    found = (tuple(item for item in accepted if to_json(item.profile) == profile) for profile in profiles)
    return next(filter(None, found), ())


def _taken_out(
    baselines: Baselines, manifest: Manifest, key: TrialKey, wrong: tuple[Accepted, ...]
) -> tuple[Manifest, str, str]:
    """Return the manifest without the wrong images of a trial (or its refusal), the action, and a note on what came
    back: what was accepted before the wrong ones were, where that is still kept."""
    digests, note = {item.image.pixel_digest for item in wrong}, ""
    state = manifest.part([key]).digest
    for line in reversed(baselines.log(key.suite)):
        # what was taken out before is not what was accepted before
        if line.key(key.suite) != key or line.after != state or not line.changes or line.action in ("remove", "undo"):
            continue
        before = entries_before(kept_entries(baselines.folder(key.suite), key.suite, line.id), line, key)
        restored = None if before is None else _restored(manifest, manifest.with_part([key], before), key, wrong)
        if restored is None or not _readable(images_of(baselines, manifest, restored, [key]).values()):
            note = "what it replaced is not kept any more"
            break
        profiles = [item.profile for item in wrong]
        came_back = [item for item in restored.accepted(key) if not wrong or item.profile in profiles]
        first = next(iter(came_back), restored.refused(key))
        if first is None:
            break
        if digests.isdisjoint(item.image.pixel_digest for item in came_back):
            return restored, "restored", f"as {first.who} accepted it on {first.when[:10]}: {first.why}"
        state = line.before
    left = tuple(item for item in manifest.accepted(key) if item not in wrong)
    return manifest.changed({key: left}, refused={} if wrong else {key: None}), "removed", note


def _restored(manifest: Manifest, before: Manifest, key: TrialKey, wrong: tuple[Accepted, ...]) -> Manifest:
    """Return what was accepted ``before``, with the images that other profiles than those of the wrong images have
    now."""
    profiles = [item.profile for item in wrong]
    others = tuple(item for item in manifest.accepted(key) if item.profile not in profiles)
    if not wrong or others == tuple(item for item in before.accepted(key) if item.profile not in profiles):
        return before
    own = tuple(item for item in before.accepted(key) if item.profile in profiles)
    return manifest.changed({key: (*others, *own)}, refused={key: before.refused(key)})


def _readable(images: Iterable[Callable[[], bytes]]) -> bool:
    try:
        for read in images:
            read()
    except BaselineImageError:
        return False
    return True


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
            own = [Change(key, "removed", manifest.images(key)) for key in keys if manifest.part([key]).entries]
            if not own:
                continue
            new = manifest.changed(dict.fromkeys(keys, ()), dict.fromkeys(keys))
            decisions = [signed.decision("prune", change.key, change.old) for change in own]
            commit(baselines, manifest, new, {}, decisions)
            changes += own
    return changes


def _ignores(
    baselines: Baselines,
    keys: Iterable[TrialKey],
    new: Ignore | None,
    decided: Callable[[TrialKey], Decision],
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
