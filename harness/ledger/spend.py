"""What the runs of a reports folder spent, by provider; also those whose folders were removed since.

A run's own files say what it spent. ``spend.jsonl`` beside the runs keeps a line for each that spent something, so that
a removed run still counts: appended in one write, the last line of a run holds, and a torn one harms no other. A line
is taken for the run as long as its ``trials.jsonl`` has not grown since.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.ledger.errors import LedgerError, WriteError
from harness.ledger.files import write_all, writing
from harness.ledger.foreign import open_regular, read_regular
from harness.ledger.lines import START, Intent, decode, trial_digest, whole_lines
from harness.ledger.naming import RUN_FILE, TRIALS_FILE
from harness.ledger.reading import iter_lines, read_run_file
from harness.records import Count, Dollars, decode_json, encode_json
from harness.vocabulary import Source

SPEND_FILE = "spend.jsonl"
UNKNOWN = "unknown provider"
DEPTHS = ("*", "*/*", "*/*/*")
"""Where runs are below the reports folder: those of a study, and the arms of a benchmark, are deeper."""


@dataclass(frozen=True, slots=True)
class ProviderSpend:
    """US dollars that one provider cost."""

    cost: Dollars = 0.0
    """Known."""
    possible: Dollars = 0.0
    """The price of calls that were possibly billed."""
    unknown: Count = 0
    """Calls of which neither is known."""

    def __add__(self, other: "ProviderSpend") -> "ProviderSpend":
        cost, possible = round(self.cost + other.cost, 9), round(self.possible + other.possible, 9)
        return ProviderSpend(cost, possible, self.unknown + other.unknown)

    @property
    def counted(self) -> float:
        """What counts against a budget."""
        return self.cost + self.possible


@dataclass(frozen=True, slots=True)
class RunSpend:
    """One run: its folder relative to the reports, when it ``started``, what each provider cost; ``size`` is that of
    its ``trials.jsonl`` when this was added up. A ``merged`` run cost nothing: its shards did."""

    run: str
    started: str
    size: int = 0
    providers: Mapping[str, ProviderSpend] = field(default_factory=dict)
    merged: bool = False

    @property
    def month(self) -> str:
        """The UTC calendar month in which the run started: ``2026-11``."""
        return month_of(self.started)


def month_of(started: str | datetime) -> str:
    """Return the UTC calendar month of a time, ``2026-11``; no zone means UTC. Raises ValueError."""
    time = datetime.fromisoformat(started) if isinstance(started, str) else started
    try:
        return f"{(time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m}"
    except OverflowError:
        raise ValueError(f"{started} is at no time that UTC has") from None


def spending(reports: Path, unreadable: Callable[[Exception], None] | None = None) -> tuple[RunSpend, ...]:
    """Return each run that spent something, the oldest first, whether its folder is still there or not. A run that
    cannot be read is left out, and its fault handed to ``unreadable``. Nothing is written."""
    found = dict(_kept(reports))
    for folder in _runs(reports):
        name = folder.relative_to(reports).as_posix()
        known, size = found.get(name), _size(folder)
        if known is not None and (known.merged or known.size == size):
            continue
        try:
            spent = _spent(folder, name, size)
        except (LedgerError, ValueError) as fault:
            if unreadable is not None:
                unreadable(fault)
            continue
        if spent.providers or known is not None:
            found[name] = spent
    return tuple(sorted((run for run in found.values() if run.providers), key=lambda run: (run.started, run.run)))


def keep_spending(reports: Path, *, merged: Sequence[Path] = ()) -> None:
    """Keep what the runs spent, so that it counts when their folders are removed; ``merged`` are runs made of others in
    this folder. What cannot be written now is kept by the next call, as long as the run is there."""
    kept = dict(_kept(reports))
    changed = [run for run in spending(reports) if kept.get(run.run) != run]
    for folder in merged:
        name = folder.relative_to(reports).as_posix()
        changed = [run for run in changed if run.run != name]
        changed.append(RunSpend(name, read_run_file(folder).started, merged=True))
    if changed:
        with contextlib.suppress(WriteError):
            _append(reports / SPEND_FILE, changed)


def _append(path: Path, runs: Sequence[RunSpend]) -> None:
    # a newline first: a line that a kill tore swallows none of these
    data = b"".join(b"\n" + encode_json(run) + b"\n" for run in runs)
    with writing(path):
        fd = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)


def _kept(reports: Path) -> Iterator[tuple[str, RunSpend]]:
    try:
        lines = read_regular(reports / SPEND_FILE).splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            run = decode_json(RunSpend, line)
            month_of(run.started)
            yield run.run, run


def _runs(reports: Path) -> Iterator[Path]:
    for depth in DEPTHS:
        for file in reports.glob(f"{depth}/{RUN_FILE}"):
            if not any(part.startswith(".") for part in file.relative_to(reports).parts):
                yield file.parent


def _size(folder: Path) -> int:
    try:
        return (folder / TRIALS_FILE).stat().st_size
    except OSError:
        return 0


def _spent(folder: Path, name: str, size: int) -> RunSpend:
    record = read_run_file(folder)
    month_of(record.started)
    estimates = _estimates(folder / TRIALS_FILE)
    if record.complete and record.cost == 0 and not record.notes and not estimates:
        return RunSpend(name, record.started, size)
    opened: dict[bytes, list[Intent]] = {}
    found: dict[str, ProviderSpend] = {}
    owners: dict[bytes, str] = {}
    for _, _, result in iter_lines(folder, opened):
        provider, digest = result.recipe.subject.provider, trial_digest(result.key, result.attempt)
        owners[digest] = provider
        if result.cost is not None:
            spent = ProviderSpend(result.cost)
        elif result.source == Source.GENERATED or result.possibly_billed:
            spent = _possible(estimates.get(digest))
        else:
            continue
        found[provider] = found.get(provider, ProviderSpend()) + spent
    only = next(iter(owners.values())) if len(set(owners.values())) == 1 else UNKNOWN
    for digest, intents in opened.items():
        provider = owners.get(digest, only)
        for intent in intents:
            found[provider] = found.get(provider, ProviderSpend()) + _possible(intent.estimate)
    nonzero = {provider: spent for provider, spent in found.items() if spent != ProviderSpend()}
    return RunSpend(name, record.started, size, nonzero)


def _possible(price: float | None) -> ProviderSpend:
    """Return what a call of this price cost that was possibly billed."""
    return ProviderSpend(unknown=1) if price is None else ProviderSpend(possible=price)


def _estimates(path: Path) -> dict[bytes, float | None]:
    """Return the price that was last stated before a call for each trial."""
    found: dict[bytes, float | None] = {}
    with contextlib.suppress(OSError), path.open("rb") as file:
        for number, line in whole_lines(file):
            if line.startswith(START + b'"intent":'):
                intent = decode(path, number, line)
                assert isinstance(intent, Intent)
                found[trial_digest(intent.key, intent.attempt)] = intent.estimate
    return found
