"""Writing the marks of a person who reviewed a run: all of them or none, as one decision that can be undone.

Compare and swap: each mark says which image was looked at and what was accepted then. Both are compared once more while
the locks of all suites are held, so that no decision is written on what has changed meanwhile.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from harness.baseline.accepting import Made, Ready, prepare
from harness.baseline.change import Change, Signed
from harness.baseline.conflicts import Conflict, conflicts_of
from harness.baseline.entry import Ignore
from harness.baseline.errors import NotProvenError, OutdatedMarksError
from harness.baseline.log import Decision, mentions, with_undone
from harness.baseline.manifest import Manifest
from harness.baseline.marks import Mark, Marks
from harness.baseline.names import LOG
from harness.baseline.proof import Rerun
from harness.baseline.selection import Selection, choose, refuse_undecidable
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.ledger import StoredResults
from harness.records import RunRecord, TrialKey
from harness.vocabulary import MarkAction

DONE = {"accept": ("new", "replaced"), "add": ("new", "added"), "reject": ("rejected",) * 2, "ignore": ("ignored",) * 2}
"""What happened to a trial by a line of the log: where nothing was accepted before, and where something was."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a submit would do now; nothing is written. ``unproven`` are trials with what their proof lacks, ``entries``
    the texts of their entries in the manifest, before and after, by trial; ``manifests`` those of each suite, before
    and after."""

    changes: Sequence[Change]
    entries: Mapping[TrialKey, tuple[str, str]] = field(default_factory=dict)
    unproven: Sequence[tuple[TrialKey, str]] = ()
    manifests: Sequence[tuple[Manifest, Manifest]] = ()


def submit(
    baselines: Baselines,
    run_folder: Path,
    marks: Marks,
    *,
    who: str,
    today: date,
    unproven: bool = False,
    rerun: Rerun | None = None,
    when: datetime | None = None,
) -> list[Change]:
    """Write all marks as one decision with their id; who ignores is the owner of the ignore.

    A submit that was written before answers as it did then, and nothing is written again. Raises OutdatedMarksError
    where an image or what is accepted is not what was looked at, UsageError (another run, a day that has passed, the id
    of another decision), and as :func:`harness.baseline.accept`; then nothing is written.
    """
    refuse_in_ci()
    signed, chosen = _read(run_folder, marks, who, today, when)
    baselines.clear_cache()
    if (answer := _written(baselines, marks, chosen)) is not None:
        return answer
    suites = sorted({key.suite for key in chosen})
    _refuse_outdated(baselines, {suite: baselines.manifest(suite) for suite in suites}, marks, chosen)
    ready = _ready(baselines, run_folder, marks, chosen, signed, unproven=unproven, rerun=rerun)
    with ExitStack() as locks:
        manifests = {suite: locks.enter_context(changing(baselines, suite)) for suite in suites}
        if (answer := _written(baselines, marks, chosen)) is not None:
            return answer
        _refuse_outdated(baselines, manifests, marks, chosen)
        made = [_made(baselines, manifests[suite], ready, marks, chosen, signed) for suite in suites]
        for one, old in zip(made, manifests.values(), strict=True):
            if one.lines:
                commit(baselines, old, one.manifest, one.images, one.lines)
    by_name = {str(change.key): change for one in made for change in one.changes}
    return [by_name[mark.key] for mark in marks.marks]


def preview(
    baselines: Baselines, run_folder: Path, marks: Marks, *, who: str, today: date, when: datetime | None = None
) -> Preview:
    """Return what :func:`submit` would do; nothing is generated again for a proof. Raises as it does."""
    signed, chosen = _read(run_folder, marks, who, today, when)
    baselines.clear_cache()
    suites = sorted({key.suite for key in chosen})
    manifests = {suite: baselines.manifest(suite) for suite in suites}
    _refuse_outdated(baselines, manifests, marks, chosen)
    lacking: Sequence[tuple[TrialKey, str]] = ()
    ready = partial(_ready, baselines, run_folder, marks, chosen, signed, rerun=None)
    try:
        prepared = ready(unproven=False)
    except NotProvenError as fault:
        lacking = fault.trials
        prepared = ready(unproven=True)
    made = [_made(baselines, manifest, prepared, marks, chosen, signed) for manifest in manifests.values()]
    entries = {
        change.key: (_entries(manifests[change.key.suite], change.key), _entries(one.manifest, change.key))
        for one in made
        for change in one.changes
        if change.action not in ("unchanged", "rejected")
    }
    changes = [change for one in made for change in one.changes]
    pairs = [(old, one.manifest) for old, one in zip(manifests.values(), made, strict=True)]
    return Preview(changes, entries, lacking, pairs)


def _read(run_folder: Path, marks: Marks, who: str, today: date, when: datetime | None) -> tuple[Signed, StoredResults]:
    """Return who decides, and the results of each marked trial. Raises UsageError and NothingSelectedError."""
    record = refuse_undecidable(run_folder)
    if marks.run != record.run:
        hint = f"name the run that was looked at: {marks.run:.80}"
        raise UsageError(f"these decisions are over the run {marks.run!r:.80}, not {record.run}", hint)
    for mark in marks.marks:
        if mark.until is not None and date.fromisoformat(mark.until) < today:
            raise UsageError(f"{mark.until} has passed: an ignore that has expired does nothing", "name a later day")
    signed = replace(Signed.now(who, marks.reason, when, record.run), id=marks.id)
    return signed, choose(run_folder, Selection(keys=frozenset(marks.keys())))


def _refuse_outdated(
    baselines: Baselines, manifests: Mapping[str, Manifest], marks: Marks, chosen: StoredResults
) -> None:
    keys = {str(key): key for key in chosen}
    found: list[Conflict] = []
    for suite, manifest in manifests.items():
        own = ((mark, chosen[keys[mark.key]]) for mark in marks.marks if keys[mark.key].suite == suite)
        found += conflicts_of(manifest, partial(baselines.log, suite), own)
    if found:
        raise OutdatedMarksError(found)


def _ready(
    baselines: Baselines,
    run_folder: Path,
    marks: Marks,
    chosen: StoredResults,
    signed: Signed,
    *,
    unproven: bool,
    rerun: Rerun | None,
) -> list[Ready]:
    """Return the images to accept, and those to accept beside others."""
    record: RunRecord = refuse_undecidable(run_folder)
    found = []
    for action in (MarkAction.ACCEPT, MarkAction.ADD):
        keys = set(marks.keys(action))
        own = chosen.chosen(key for key in chosen if str(key) in keys)
        if not own:
            continue
        one = prepare(
            baselines, run_folder, own, signed, by_tests=record.made_by_tests, add=action == MarkAction.ADD,
            unproven=unproven, rerun=rerun,
        )  # fmt: skip
        if lost := [str(key) for key in own.keys() - set(one.keys)]:
            raise UsageError(f"{lost[0]} has no image to accept", "ignore it, or run it again")
        found.append(one)
    return found


def _made(
    baselines: Baselines,
    manifest: Manifest,
    ready: Sequence[Ready],
    marks: Marks,
    chosen: StoredResults,
    signed: Signed,
) -> Made:
    """Return what all marks make of the manifest of one suite."""
    made = Made(manifest)
    for one in ready:
        step = one.made(baselines, made.manifest)
        made = Made(
            step.manifest,
            {**made.images, **step.images},
            [*made.lines, *step.lines],
            [*made.changes, *step.changes],
        )
    lines, changes, new = list(made.lines), list(made.changes), made.manifest
    by_key = {mark.key: mark for mark in marks.marks}
    ignored: dict[TrialKey, Ignore] = {}
    for key in (key for key in chosen if key.suite == manifest.suite):
        mark: Mark = by_key[str(key)]
        images = manifest.images(key)
        if mark.action == MarkAction.REJECT:
            rejected = tuple(result.image for result in chosen[key] if result.image is not None)
            lines.append(signed.decision("reject", key, new=rejected))
            changes.append(Change(key, "rejected", images, images))
        elif mark.action == MarkAction.IGNORE:
            until = Ignore(signed.reason, signed.who, mark.until or "", signed.who, signed.when)
            ignored[key] = until
            lines.append(signed.decision("ignore", key, ignore=until))
            changes.append(Change(key, "ignored", images, images, f"until {mark.until}"))
    if ignored:
        new = new.changed(None, ignored)
    return Made(new, made.images, lines, changes)


def _written(baselines: Baselines, marks: Marks, chosen: StoredResults) -> list[Change] | None:
    """Return what this submit did when it was written before; None where it was not."""
    by_name, lines = {str(key): key for key in chosen}, list[tuple[TrialKey, Decision]]()
    for suite in {key.suite for key in chosen}:
        if not mentions(baselines.folder(suite) / LOG, marks.id):
            continue
        for line, undone in with_undone(baselines.log(suite)):
            if line.id != marks.id:
                continue
            key = line.key(suite)
            if key not in chosen or line.undoes is not None:
                raise UsageError(f"{marks.id} is the id of another decision", "review the run again")
            if undone:
                hint = "undo that undo (harness log has its id), or review the run again"
                raise UsageError(f"the decision {marks.id} was written already, and undone since", hint)
            lines.append((key, line))
    if not lines:
        return None
    found = {
        key: Change(
            key, DONE[line.action][bool(line.old)], note=line.proven or (f"until {line.until}" if line.until else "")
        )
        for key, line in lines
        if line.action in DONE
    }
    return [
        found.get(by_name[mark.key], Change(by_name[mark.key], "unchanged", note="already accepted"))
        for mark in marks.marks
    ]


def _entries(manifest: Manifest, key: TrialKey) -> str:
    """Return the entries of a trial in the manifest, one a line."""
    part = manifest.part([key])
    return "\n".join(part.entries[place].decode() for place in sorted(part.entries, key=lambda one: one.order))
