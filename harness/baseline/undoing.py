"""Undoing decisions: entries and images of trials become again what they were before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from harness.baseline.change import Change, Signed
from harness.baseline.errors import BaselineImageError, UndoRefusedError
from harness.baseline.kept import kept_entries, kept_image
from harness.baseline.log import Decision, with_undone
from harness.baseline.manifest import Manifest
from harness.baseline.manifest_file import Text
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.image import file_digest
from harness.records import ImageRef, TrialKey

LOOK = "see what was decided: harness log"


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log: ``suite`` is whose, ``undone`` whether it was undone since."""

    suite: str
    line: Decision
    undone: bool = False


def decisions(baselines: Baselines, suites: Iterable[str] | None = None) -> list[Logged]:
    """Return what was decided in these suites, or in all, the oldest first. Raises ManifestError."""
    found: list[Logged] = []
    for suite in baselines.logged() if suites is None else suites:
        found += (Logged(suite, line, undone) for line, undone in with_undone(baselines.log(suite)))
    return sorted(found, key=lambda one: one.line.when)


def undo(
    baselines: Baselines,
    decision: str | None = None,
    *,
    who: str,
    reason: str = "undone",
    when: datetime | None = None,
) -> list[Change]:
    """Reverse a decision, by default that of :func:`to_undo`: entries and images of its trials become what they were
    before. The undo is a decision too, and can be undone by its id.

    Raises UsageError and UndoRefusedError as :func:`to_undo` does; UndoRefusedError where a later decision changed one
    of its trials, or what it replaced is not kept any more: then nothing is changed; WritesRefusedError, ManifestError,
    LockedError and WriteError.
    """
    refuse_in_ci()
    log = decisions(baselines)
    chosen = to_undo(log, decision)
    signed = Signed.now(who, reason, when)
    suites: dict[str, list[Decision]] = {}
    for one in chosen:
        suites.setdefault(one.suite, []).append(one.line)
    baselines.clear_cache()
    for suite, lines in suites.items():
        _without(baselines, baselines.manifest(suite), lines, log)
    changes: list[Change] = []
    for suite, lines in suites.items():
        with changing(baselines, suite) as manifest:
            new, images = _without(baselines, manifest, lines, log)
            own = {line.key(suite): line for line in lines}
            steps = [
                Change(key, "undone", manifest.images(key), new.images(key), f"{line.action}: {line.reason}")
                for key, line in own.items()
            ]
            undone = [signed.decision("undo", one.key, one.old, one.new, undoes=lines[0].id) for one in steps]
            commit(baselines, manifest, new, images, undone)
            changes += steps
    return changes


def entries_before(kept: Manifest, line: Decision, key: TrialKey) -> Text | None:
    """Return the entries of a trial that a decision replaced, of those ``kept`` of it; None where they are gone."""
    own = kept.part([key])
    return own if own.digest == line.before else None


def images_of(
    baselines: Baselines, old: Manifest, new: Manifest, keys: Sequence[TrialKey]
) -> dict[str, "partial[bytes]"]:
    """Return what reads each image that ``new`` holds and ``old`` does not: it was kept, restored by hand, or
    is in the store."""
    there = {(file, digest) for _, file, digest in old.files(keys)}
    return {
        image.file: partial(_read, baselines, new.suite, image)
        for key in keys
        for image in new.images(key)
        if (image.file, image.file_digest) not in there
    }


def to_undo(log: Sequence[Logged], decision: str | None = None) -> list[Logged]:
    """Return the lines of the decision that is undone: the latest of all, or behind an undo the latest of its suites,
    that is neither undone nor an undo itself.

    Raises UsageError where there is none, or only one of other suites; UndoRefusedError where it was undone.
    """
    valid = [one for one in log if not one.undone]
    if decision is None:
        made = [one for one in valid if one.line.undoes is None]
        last = valid[-1].line if valid else None
        suites = {one.suite for one in valid if last is None or last.undoes is None or one.line.id == last.id}
        decision = next((one.line.id for one in reversed(made) if one.suite in suites), None)
        if decision is None and made:
            one = made[-1]
            problem = f"all that was decided of {', '.join(sorted(suites))} is undone; the latest other decision is "
            problem += f"{one.line.action} of {one.line.when} by {one.line.who}, of {one.suite}"
            raise UsageError(problem, f"to undo it too: harness undo --decision {one.line.id}")
        if decision is None:
            raise UsageError("there is no decision to undo", LOOK)
    if all(one.line.id != decision for one in log):
        raise UsageError(f"there is no decision {decision!r:.60}", LOOK)
    chosen = [one for one in valid if one.line.id == decision]
    if not chosen:
        by = next((one.line.id for one in valid if one.line.undoes == decision), "")
        raise UndoRefusedError(decision, "it was undone already", f"to have it again: harness undo --decision {by}")
    return chosen


def _without(
    baselines: Baselines, manifest: Manifest, lines: Sequence[Decision], log: Sequence[Logged]
) -> tuple[Manifest, Mapping[str, "partial[bytes]"]]:
    """Return the manifest as it was before these lines of one decision, and what reads the images that it lacks.

    Raises UndoRefusedError.
    """
    suite, before = manifest.suite, Text(manifest.suite)
    kept = kept_entries(baselines.folder(suite), suite, lines[0].id)
    hint = f"restore manifest and image from git: git log -- {baselines.folder(suite)}"
    for line in (line for line in lines if line.changes):
        key = line.key(suite)
        if manifest.part([key]).digest != line.after:
            raise UndoRefusedError(line.id, *_in_the_way(suite, line, log, hint))
        own = entries_before(kept, line, key)
        if own is None:
            raise UndoRefusedError(line.id, f"what was accepted for {key} before is not kept any more", hint)
        before.entries.update(own.entries)
        before.files.update(own.files)
    changed = [line.key(suite) for line in lines if line.changes]
    new = manifest.with_part(changed, before) if changed else manifest
    images = images_of(baselines, manifest, new, [line.key(suite) for line in lines])
    for read in images.values():
        try:
            read()
        except BaselineImageError as fault:
            raise UndoRefusedError(lines[0].id, str(fault), fault.hint) from fault
    return new, images


def _in_the_way(suite: str, line: Decision, log: Sequence[Logged], hint: str) -> tuple[str, str]:
    """Return why the trial is not as the line left it, and the hint."""
    own = [one.line for one in log if (one.suite, one.line.trial) == (suite, line.trial) and not one.undone]
    later = [one for one in own[own.index(line) :] if one.changes and one.id != line.id]
    if not later:
        return f"{suite}/{line.trial} was edited or merged since, and is not as this decision left it", hint
    last = later[-1]
    problem = f"{suite}/{line.trial} was changed since: {last.action} of {last.when} by {last.who}"
    return problem, f"undo that first: harness undo --decision {last.id}"


def _read(baselines: Baselines, suite: str, image: ImageRef) -> bytes:
    kept = kept_image(baselines.folder(suite), image.file_digest)
    if kept is not None:
        return kept
    path, file = baselines.root / image.file, image.file
    if path.is_file() and file_digest(data := path.read_bytes()) == image.file_digest:
        return data
    if baselines.store is not None:
        return baselines.fetched(image)
    raise BaselineImageError(path, file, "is not kept any more, or what was kept was altered")
