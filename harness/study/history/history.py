"""One case over many runs: what each run made of it, the runs that changed it, and whether it flickers."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness.errors import HarnessError
from harness.judge import Modes, cause, differences, modes_of, request_changed, score
from harness.ledger import LedgerError, RunNotFoundError, iter_results, read_run, runs
from harness.records import FINE, Difference, Reason, RunRecord, SetReading, TrialKey, TrialResult
from harness.vocabulary import RepeatMode, Source, Status, Verdict

UNJUDGED = frozenset({Verdict.NEW, Verdict.FAILED, Verdict.REFUSED})
"""Verdicts that say nothing of a change: there was nothing to compare with, or no image."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one run made of one trial: its results, by repeat."""

    run: str
    started: str
    results: tuple[TrialResult, ...]

    @property
    def summary(self) -> TrialResult:
        """The result that a person has to look at first: the first that is not fine, else the first."""
        return next((result for result in self.results if result.outcome.status != Status.OK), self.results[0])

    @property
    def pooled(self) -> SetReading | None:
        """What a whole set of images was judged by; None for images judged one by one."""
        return next((result.set for result in self.results if result.set is not None), None)

    @property
    def score(self) -> float | None:
        """How far the image furthest from its accepted one lies; 1 is the tolerance without calibration. Of a set,
        its energy distance from the accepted one. None where nothing was compared or measured."""
        if self.pooled is not None:
            return next((test.distance for test in self.pooled.tests if test.distance is not None), None)
        found = [value for result in self.results if (value := _score(result)) is not None]
        return max(found, default=None)

    @property
    def images(self) -> tuple[str, ...]:
        """The pixel digests of its images."""
        return tuple(result.image.pixel_digest for result in self.results if result.image is not None)


@dataclass(frozen=True, slots=True)
class Change:
    """A run that changed the image. ``before`` is the run it is compared with: the last one before that was fine, or
    the one before it. ``reasons`` are what else differs between the two."""

    run: str
    started: str
    before: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """One trial over the runs, the oldest first.

    ``modes``: which images the provider generated, the most frequent first (None: it generated none). ``flips`` of
    ``neighbors`` images generated one after the other by the same recipe in the same environment were another image:
    differences that nothing explains.
    """

    key: TrialKey
    visits: tuple[Visit, ...]
    modes: Modes | None
    changes: tuple[Change, ...]
    flips: int
    neighbors: int

    @property
    def steady(self) -> bool:
        """Whether nothing ever changed, nothing flickers, and the latest run is fine."""
        return not self.changes and not self.flickers and self.visits[-1].summary.outcome.status == Status.OK

    @property
    def flickers(self) -> bool:
        """Whether images come and go with nothing changed. Where no image ever came again that is noise, or a
        model without a seed: its verdicts say whether it stays within its rule."""
        seeded = self.key.seed is not None
        return seeded and self.flips > 0 and self.modes is not None and self.modes.kind == RepeatMode.SEVERAL


@dataclass(frozen=True, slots=True)
class History:
    """The traces of all trials asked for; ``runs`` that were read, ``unreadable`` ones, each with its fault."""

    traces: tuple[Trace, ...]
    runs: int
    unreadable: tuple[LedgerError, ...]


@dataclass(eq=False, repr=False)
class CaseNotFoundError(HarnessError):
    """No run in the folder has such a case."""

    reports: Path
    case: str
    near: tuple[str, ...]
    unreadable: int = 0
    hint = "name a case, suite/case or a whole key such as suite/case/base-s0, or the folder with --reports"

    def __str__(self) -> str:
        hint = f" (near: {', '.join(self.near)})" if self.near else ""
        lost = f"; runs that could not be read: {self.unreadable}" if self.unreadable else ""
        return f"no run in {self.reports} has a case '{self.case}'{hint}{lost}"


def history_of(reports: Path, case: str) -> History:
    """Return the history of a case (``case``, ``suite/case``) or of one trial (its whole key), from the runs' files
    alone.

    Runs that cannot be read are left out and named. Raises RunNotFoundError where there are no runs, CaseNotFoundError
    where none of them has the case.
    """
    found: dict[TrialKey, list[Visit]] = {}
    names: set[str] = set()
    unreadable: list[LedgerError] = []
    folders = _folders(reports)
    if not folders:
        raise RunNotFoundError(reports, "latest")
    read = 0
    for folder in folders:
        try:
            record = read_run(folder)
            visits = list(_visits(folder, record, case, names))
        except LedgerError as fault:
            unreadable.append(fault)
            continue
        read += 1
        for key, visit in visits:
            found.setdefault(key, []).append(visit)
    if not found:
        near = tuple(difflib.get_close_matches(case, sorted(names), 3, 0.5))
        raise CaseNotFoundError(reports, case, near, len(unreadable))
    traces = tuple(trace(key, found[key]) for key in sorted(found, key=str))
    return History(traces, read, tuple(unreadable))


def trace(key: TrialKey, visits: Iterable[Visit]) -> Trace:
    """Return the trace of one trial from what its runs made of it, the oldest first. Pure."""
    seen = tuple(visits)
    generated = [
        result for visit in seen for result in visit.results if result.source == Source.GENERATED and result.image
    ]
    labels = [result.image.pixel_digest for result in generated if result.image]
    modes = modes_of(labels) if labels else None
    # of images generated one after the other those of which nothing differs that may decide the image
    alike = [
        (a, b) for a, b in pairwise(generated) if not differences(a.recipe, a.environment, b.recipe, b.environment)
    ]
    flips = sum(1 for a, b in alike if a.image and b.image and a.image.pixel_digest != b.image.pixel_digest)
    return Trace(key, seen, modes, tuple(_changes(seen)), flips, len(alike))


def _folders(reports: Path) -> list[Path]:
    """Return the folders of runs, oldest first, those whose record cannot be read behind them."""
    readable = runs(reports)
    return [*readable, *sorted({file.parent for file in reports.glob("*/run.json")} - set(readable))]


def _visits(folder: Path, record: RunRecord, case: str, names: set[str]) -> Iterator[tuple[TrialKey, Visit]]:
    def is_asked(key: TrialKey) -> bool:
        called = (key.case, f"{key.suite}/{key.case}", str(key))
        names.update(called)
        return case in called

    results: dict[TrialKey, list[TrialResult]] = {}
    for result in iter_results(folder, is_asked):
        results.setdefault(result.key, []).append(result)
    for key, several in results.items():
        several.sort(key=lambda result: result.attempt)
        yield key, Visit(record.run, record.started, tuple(several))


def _changes(visits: Sequence[Visit]) -> Iterator[Change]:
    """Yield the runs with another image than the last run that had one; an image within its rule is no change."""
    last: Visit | None = None
    good: Visit | None = None
    for visit in visits:
        if not visit.images:
            continue
        if last is not None and _changed(last, visit):
            before = good or last
            a, b = before.results[0], visit.summary
            found = differences(a.recipe, a.environment, b.recipe, b.environment)
            why = request_changed(found) or cause(found, b.recipe.subject.kind, b.environment)
            yield Change(visit.run, visit.started, before.run, b.outcome.verdict, why, found)
        last = visit
        if visit.summary.outcome.verdict in FINE:
            good = visit


def _changed(last: Visit, visit: Visit) -> bool:
    verdict = visit.summary.outcome.verdict
    if verdict in FINE:
        return False
    other = set(visit.images) != set(last.images)
    return other if verdict in UNJUDGED else other or last.summary.outcome.verdict in FINE


def _score(result: TrialResult) -> float | None:
    if result.floor is not None and result.floor.score is not None:
        return result.floor.score
    return score(result.comparison) if result.comparison is not None else None
