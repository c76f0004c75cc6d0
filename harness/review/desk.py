"""What the page may ask for: the state of the decisions, a preview, a submit, an undo. Knows nothing of HTTP."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness.baseline import (
    Baselines,
    Change,
    Logged,
    Manifest,
    Marks,
    WritesRefusedError,
    decisions,
    in_ci,
    preview,
    refuse_in_ci,
    state_of,
    submit,
    undecidable,
    undo,
)
from harness.errors import UsageError
from harness.ledger import iter_results, read_run, recorded_runs
from harness.records import StoreOptions, TrialResult, check_format, from_json
from harness.report import one_line
from harness.review.notes import changed_subjects, diff_of
from harness.vocabulary import MarkAction, Status

Rerun = Callable[[TrialResult], bytes | None]
LOGGED = 50
"""Decisions that the page lists, the latest first."""
NEWER_SECONDS = 2.0
"""How long it is known which run is the newest."""
ACCEPTING = (MarkAction.ACCEPT, MarkAction.ADD)


@dataclass(eq=False, repr=False)
class NewerRunError(UsageError):
    """Accepting images of a run while there is a newer run of the same suites."""


class Desk:
    """One run that is reviewed. Each request reads the baselines anew; safe to be called by several threads."""

    def __init__(
        self, folder: Path, baselines: Path, who: str, rerun: Rerun | None = None, store: StoreOptions | None = None
    ) -> None:
        """Read the run once; images that are not on the disk are in ``store``.

        Raises UsageError where no image of the run can be decided, and the ledger's faults.
        """
        self.folder, self.who = folder, who
        self._root, self._rerun, self._store = baselines, rerun, store
        self._known: dict[str, Manifest] = {}
        self._record = read_run(folder)
        if why := undecidable(self._record):
            raise UsageError(f"{folder} {why}", "name a run of a suite: harness run SUITE")
        self._open = {r.key: None for r in iter_results(folder) if r.outcome.status != Status.OK}
        self._newer: tuple[float, str] = (-NEWER_SECONDS, "")

    def state(self, _: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return who reviews, what may be written, the state of each trial to decide, and the latest decisions."""
        baselines, log = self._baselines(), []
        decided: dict[str, dict[str, Any]] = {}
        suites = {key.suite for key in self._open}
        by_id: dict[str, list[Logged]] = {}
        for one in decisions(baselines, sorted(suites)):
            by_id.setdefault(one.line.id, []).append(one)
        for own in by_id.values():
            first, counts = own[0].line, Counter(one.line.action for one in own)
            undone = all(one.undone for one in own)
            log.append(
                {"id": first.id, "when": first.when, "who": first.who, "reason": first.reason, "counts": counts}
                | {"undone": undone, "undoes": first.undoes, "run": first.run}
            )
            for one in own:
                key = str(one.line.key(one.suite))
                if one.line.run == self._record.run and not one.undone and one.line.undoes is None:
                    decided[key] = {"action": one.line.action, "who": first.who, "when": first.when, "id": first.id}
        manifests = {suite: baselines.manifest(suite) for suite in suites}
        return {
            "run": self._record.run,
            "who": self.who,
            "writes": not in_ci(),
            "newer": self.newer(),
            "trials": {str(key): state_of(manifests[key.suite], key) for key in self._open},
            "decided": decided,
            "log": log[::-1][:LOGGED],
        }

    def preview(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a submit would do: changes, the diff of the manifest, what is not shown to repeat, notes."""
        marks, baselines = self._marks(body), self._baselines()
        found = preview(baselines, self.folder, marks, who=self.who, today=date.today())
        notes = [note for old, new in found.manifests for note in changed_subjects(old, new)]
        return {
            "changes": _changes(found.changes),
            "diff": diff_of(found.entries),
            "unproven": [{"key": str(key), "problem": one_line(problem)} for key, problem in found.unproven],
            "notes": [*self._settings(marks), *notes],
        }

    def submit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write the marks as one decision."""
        marks = self._marks(body)
        unproven = body.get("unproven") is True
        changes = submit(
            self._baselines(), self.folder, marks, who=self.who, today=date.today(), unproven=unproven,
            rerun=self._rerun,
        )  # fmt: skip
        return {"id": marks.id, "changes": _changes(changes)}

    def undo(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Undo a decision by its id."""
        refuse_in_ci()
        decision, reason = body.get("decision"), body.get("reason") or "undone in review"
        if not isinstance(decision, str) or not isinstance(reason, str):
            raise UsageError("decision and reason are texts")
        return {"changes": _changes(undo(self._baselines(), decision, who=self.who, reason=reason))}

    def _baselines(self) -> Baselines:
        return Baselines(self._root, self._store, self._known)

    def _settings(self, marks: Marks) -> list[str]:
        settings = self._record.arguments.get("set") if marks.keys(*ACCEPTING) else None
        if not settings:
            return []
        changed = ", ".join(f"{name}={value}" for name, value in settings.items())
        return [f"the run was made with --set {changed}: its images are not those of the suite's own settings"]

    def newer(self) -> str:
        """Return the name of a newer run of the same suites beside this one; empty where there is none."""
        asked, name = self._newer
        if time.monotonic() - asked >= NEWER_SECONDS:
            self._newer = time.monotonic(), (name := self._newest())
        return name

    def _newest(self) -> str:
        own = self._record
        for _, record in recorded_runs(self.folder.resolve().parent):
            if record.run == own.run or record.started <= own.started:
                return ""
            if (record.suites, record.shard) == (own.suites, own.shard) and record.ended and not undecidable(record):
                return record.run
        return ""

    def _marks(self, body: Mapping[str, Any]) -> Marks:
        """Return the marks of a request. Raises UsageError, WritesRefusedError, NewerRunError."""
        if in_ci():
            raise WritesRefusedError
        try:
            check_format("decisions", body)
            marks = from_json(Marks, body)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"these are no decisions: {error}", "reload the page") from error
        if marks.keys(*ACCEPTING) and (newer := self.newer()):
            problem = f"there is a newer run of the same suites, {newer}: images of this one are not accepted any more"
            raise NewerRunError(problem, f"review that one: harness review {newer}")
        return marks


def _changes(changes: Any) -> list[dict[str, str]]:
    return [_change(one) for one in changes]


def _change(change: Change) -> dict[str, str]:
    return {"key": str(change.key), "action": change.action, "note": one_line(change.note)}
