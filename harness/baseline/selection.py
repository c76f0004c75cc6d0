"""Selecting trials of a run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness.baseline.errors import NothingSelectedError
from harness.errors import UsageError
from harness.ledger import StoredResults, find_run, iter_places, read_run
from harness.records import ImageRef, RunRecord, TrialKey, TrialResult
from harness.vocabulary import Source, Verdict

TO_DECIDE = frozenset({Verdict.NEW, Verdict.DRIFT, Verdict.INCOMPARABLE, Verdict.INCONCLUSIVE})
"""The verdicts selected by default: those that need a decision."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of trials of a run: all given fields must match, each by any of its values.

    ``keys`` are exact (``str(key)``), ``cases`` and ``variants`` globs. Without ``verdicts`` those that need
    a decision (new, drift, incomparable, inconclusive), with ``keys`` every verdict: fine or broken trials are selected
    only by name.
    """

    keys: frozenset[str] = frozenset()
    cases: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    seeds: frozenset[int] = frozenset()
    verdicts: frozenset[Verdict] = frozenset()
    suites: frozenset[str] = frozenset()

    @property
    def named(self) -> bool:
        """Whether anything but the verdict selects."""
        return bool(self.keys or self.cases or self.variants or self.seeds or self.suites)

    def names(self, key: TrialKey) -> bool:
        """Return whether the trial is selected, whatever its verdict."""
        return (
            (not self.keys or str(key) in self.keys)
            and (not self.cases or any(fnmatchcase(key.case, glob) for glob in self.cases))
            and (not self.variants or any(fnmatchcase(key.variant, glob) for glob in self.variants))
            and (not self.seeds or key.seed in self.seeds)
            and (not self.suites or key.suite in self.suites)
        )

    def whatever_verdict(self) -> "Selection":
        """Return a selection of the same trials whatever their verdict, where they are named and no verdict is."""
        return replace(self, verdicts=frozenset(Verdict)) if self.named and not self.verdicts else self

    def each(self) -> "Iterator[tuple[str, object, Selection]]":
        """Yield each value that names trials: its kind (``case``), the value, and what it alone selects."""
        for name in ("cases", "variants", "seeds", "suites"):
            given = getattr(self, name)
            yield from ((name.removesuffix("s"), value, Selection(**{name: type(given)([value])})) for value in given)

    def picks(self, result: TrialResult) -> bool:
        """Return whether this result is selected."""
        verdict = result.outcome.verdict
        if self.verdicts:
            return verdict in self.verdicts and self.names(result.key)
        return (bool(self.keys) or verdict in TO_DECIDE) and self.names(result.key)


def undecidable(record: RunRecord) -> str:
    """Return why no image of a run can be accepted or rejected; empty where they can."""
    if study := record.arguments.get("study"):
        return f"holds what harness {study} generated, some of it by other recipes than the suite's"
    return "compares two folders: no suite has its trials" if "compare" in record.arguments else ""


def run_to_decide(reports: Path, name: str) -> Path:
    """Return the folder of the run ``name``, as :func:`harness.ledger.find_run` does; ``latest`` is the latest that has
    ended and whose images can be accepted: one that is still written, or was killed, must be named."""
    return find_run(reports, name, fits=lambda record: record.ended and not undecidable(record))


def refuse_undecidable(run: Path) -> RunRecord:
    """Return the record of a run. Raises UsageError where none of its images can be accepted or rejected, and the
    ledger's faults."""
    record = read_run(run)
    if why := undecidable(record):
        raise UsageError(f"{run} {why}", "name a run of a suite: harness run SUITE")
    return record


def choose(run: Path, selection: Selection) -> StoredResults:
    """Return the chosen trials of a run with all their repeats, in the order of the run; these are read from the run
    when they are asked for.

    Raises NothingSelectedError when there is none, or when a key, case, variant, seed or suite that is named is not in
    the run; and the ledger's faults.
    """
    picked: dict[TrialKey, tuple[int, ...]] = {}
    named: set[str] = set()
    fine: dict[Verdict, None] = {}
    unused = list(selection.each())
    # a key selects all results of its trial: these are found at once
    whole = bool(selection.keys) and not selection.verdicts
    for place, result in iter_places(run):
        unused = [one for one in unused if not one[2].names(result.key)]
        if selection.picks(result):
            places = picked.get(result.key, ())
            picked[result.key if places else result.key.shared()] = (*places, place) if whole else ()
        elif selection.names(result.key):
            fine[result.outcome.verdict] = None
        if selection.keys and selection.names(result.key):
            named.add(str(result.key))
    absent = sorted(selection.keys - named)
    if absent:
        raise NothingSelectedError(run, f"the run has no selected trial {absent[0]}")
    for what, value, _ in unused:
        raise NothingSelectedError(run, f"no trial of this run has the {what} {value!r:.80}")
    if not picked:
        if fine and not selection.verdicts:
            found = " or ".join(map(str, fine))
            raise NothingSelectedError(
                run, f"no selected trial needs a decision, each is {found}: name it by --verdict"
            )
        raise NothingSelectedError(run, "no trial of this run is selected")
    for place, result in () if whole else iter_places(run, picked.__contains__):
        picked[result.key] += (place,)
    return StoredResults(run, picked)


def image_of(result: TrialResult) -> ImageRef:
    """Return the image of a result that has one."""
    if result.image is None:
        raise ValueError(f"{result.key} has no image")
    return result.image


def generated(results: Iterable[TrialResult]) -> list[TrialResult]:
    """Return those whose image was generated for this run, not taken from a cache or a recording."""
    return [result for result in results if result.source == Source.GENERATED and result.image is not None]
