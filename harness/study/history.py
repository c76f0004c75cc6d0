"""One case over many runs: what each run made of it, the runs that changed it, and whether it flickers."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness.errors import HarnessError
from harness.judge import Difference, Modes, differences, modes_of, score
from harness.judge.cause import cause, told
from harness.ledger import LedgerFault, RunNotFound, iter_results, read_run, runs
from harness.records import FINE, RunRecord, SetReading, TrialKey, TrialResult

UNJUDGED = frozenset({"new", "failed", "refused"})
"""Verdicts that say nothing of a change: there was nothing to compare with, or no picture."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one run made of one trial: its results, by repeat."""

    run: str
    started: str
    results: tuple[TrialResult, ...]

    @property
    def telling(self) -> TrialResult:
        """The result that a person has to look at first: the first that is not fine, else the first."""
        return next((result for result in self.results if result.outcome.status != "ok"), self.results[0])

    @property
    def pooled(self) -> SetReading | None:
        """What a whole set of pictures was judged by; None for pictures judged one by one."""
        return next((result.set for result in self.results if result.set is not None), None)

    @property
    def score(self) -> float | None:
        """How far the picture furthest from its accepted one lies; 1 is the tolerance without calibration. Of a set,
        its energy distance from the accepted one. None where nothing was compared or measured."""
        if self.pooled is not None:
            return next((test.distance for test in self.pooled.tests if test.distance is not None), None)
        found = [value for result in self.results if (value := _score(result)) is not None]
        return max(found, default=None)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The pixel digests of its pictures."""
        return tuple(result.picture.pixel_digest for result in self.results if result.picture is not None)


@dataclass(frozen=True, slots=True)
class Change:
    """A run that changed the picture. ``before`` is the run it is held against: the last one before that was fine, or
    the one before it. ``what`` says in one clause what else differs between the two."""

    run: str
    started: str
    before: str
    verdict: str
    what: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """One trial over the runs, the oldest first.

    ``modes``: which pictures the provider drew, the most frequent first (None: it drew none); ``digests`` are those
    pictures. ``flips`` of ``neighbors`` pictures drawn one after the other by the same recipe in the same environment
    were another picture: differences that nothing explains.
    """

    key: TrialKey
    visits: tuple[Visit, ...]
    modes: Modes | None
    digests: tuple[str, ...]
    changes: tuple[Change, ...]
    flips: int
    neighbors: int

    @property
    def steady(self) -> bool:
        """Whether nothing ever changed, nothing flickers, and the latest run is fine."""
        return not self.changes and not self.flickers and self.visits[-1].telling.outcome.status == "ok"

    @property
    def flickers(self) -> bool:
        """Whether pictures come and go with nothing changed. Where no picture ever came again that is noise, or a
        model without a seed: its verdicts say whether it stays within its rule."""
        seeded = self.key.seed is not None
        return seeded and self.flips > 0 and self.modes is not None and self.modes.kind == "several"


@dataclass(frozen=True, slots=True)
class History:
    """The traces of all trials asked for; ``runs`` that were read, ``unreadable`` ones, each with its fault."""

    traces: tuple[Trace, ...]
    runs: int
    unreadable: tuple[LedgerFault, ...]


class CaseNotFound(HarnessError):
    """No run in the folder has such a case."""

    def __init__(self, reports: Path, wanted: str, near: tuple[str, ...], unreadable: int = 0) -> None:
        super().__init__(str(reports), wanted, near, unreadable)
        self.reports, self.wanted, self.near, self.unreadable = reports, wanted, near, unreadable

    def __str__(self) -> str:
        hint = f" (near: {', '.join(self.near)})" if self.near else ""
        lost = f"; runs that could not be read: {self.unreadable}" if self.unreadable else ""
        return f"no run in {self.reports} has a case '{self.wanted}'{hint}{lost}"

    @property
    def remedy(self) -> str:
        return "name a case, suite/case or a whole key such as suite/case/base-s0, or the folder with --reports"


def history_of(reports: Path, wanted: str) -> History:
    """The history of a case (``case``, ``suite/case``) or of one trial (its whole key), from the runs' files alone.

    Runs that cannot be read are left out and named. Raises RunNotFound where there are no runs, CaseNotFound where
    none of them has the case.
    """
    found: dict[TrialKey, list[Visit]] = {}
    names: set[str] = set()
    unreadable: list[LedgerFault] = []
    folders = _folders(reports)
    if not folders:
        raise RunNotFound(reports, "latest")
    read = 0
    for folder in folders:
        try:
            record = read_run(folder)
            visits = list(_visits(folder, record, wanted, names))
        except LedgerFault as fault:
            unreadable.append(fault)
            continue
        read += 1
        for key, visit in visits:
            found.setdefault(key, []).append(visit)
    if not found:
        near = tuple(difflib.get_close_matches(wanted, sorted(names), 3, 0.5))
        raise CaseNotFound(reports, wanted, near, len(unreadable))
    traces = tuple(trace(key, found[key]) for key in sorted(found, key=str))
    return History(traces, read, tuple(unreadable))


def trace(key: TrialKey, visits: Iterable[Visit]) -> Trace:
    """The trace of one trial from what its runs made of it, the oldest first. Pure."""
    seen = tuple(visits)
    drawn = [result for visit in seen for result in visit.results if result.source == "drawn" and result.picture]
    labels = [result.picture.pixel_digest for result in drawn if result.picture]
    modes = modes_of(labels) if labels else None
    by_mode = dict(zip(modes.labels, labels, strict=True)) if modes else {}
    alike = [pair for pair in pairwise(drawn) if not _explained(*pair)]
    flips = sum(1 for a, b in alike if a.picture and b.picture and a.picture.pixel_digest != b.picture.pixel_digest)
    digests = tuple(by_mode[index] for index in sorted(by_mode))
    return Trace(key, seen, modes, digests, tuple(_changes(seen)), flips, len(alike))


def _folders(reports: Path) -> list[Path]:
    """The folders of runs, oldest first, those whose record cannot be read behind them."""
    readable = runs(reports)
    return [*readable, *sorted({file.parent for file in reports.glob("*/run.json")} - set(readable))]


def _visits(folder: Path, record: RunRecord, wanted: str, names: set[str]) -> Iterator[tuple[TrialKey, Visit]]:
    results: dict[TrialKey, list[TrialResult]] = {}
    for result in iter_results(folder):
        key = result.key
        called = (key.case, f"{key.suite}/{key.case}", str(key))
        names.update(called)
        if wanted in called:
            results.setdefault(key, []).append(result)
    for key, several in results.items():
        several.sort(key=lambda result: result.repeat)
        yield key, Visit(record.run, record.started, tuple(several))


def _changes(visits: Sequence[Visit]) -> Iterator[Change]:
    """The runs with another picture than the last run that had one; a picture within its rule is no change."""
    last: Visit | None = None
    good: Visit | None = None
    for visit in visits:
        if not visit.pictures:
            continue
        if last is not None and _changed(last, visit):
            before = good or last
            a, b = before.results[0], visit.telling
            found = differences(a.recipe, a.environment, b.recipe, b.environment)
            yield Change(visit.run, visit.started, before.run, b.outcome.verdict, _what(found, b), found)
        last = visit
        if visit.telling.outcome.verdict in FINE:
            good = visit


def _changed(last: Visit, visit: Visit) -> bool:
    verdict = visit.telling.outcome.verdict
    if verdict in FINE:
        return False
    other = set(visit.pictures) != set(last.pictures)
    return other if verdict in UNJUDGED else other or last.telling.outcome.verdict in FINE


def _what(found: tuple[Difference, ...], result: TrialResult) -> str:
    asked = told(found, "request")
    return f"request changed: {asked}" if asked else cause(found, result.recipe.subject.kind)


def _explained(a: TrialResult, b: TrialResult) -> bool:
    """Whether anything that may decide the picture differs between two drawings."""
    return bool(differences(a.recipe, a.environment, b.recipe, b.environment))


def _score(result: TrialResult) -> float | None:
    if result.floor is not None and result.floor.score is not None:
        return result.floor.score
    return score(result.comparison) if result.comparison is not None else None
