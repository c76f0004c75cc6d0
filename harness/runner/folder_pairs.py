"""Comparing two folders with no suite: the first is taken as what was accepted, the second as what was generated."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from harness import __version__
from harness.baseline import Accepted, Baselines, Manifest
from harness.comparison import describe_image, match_folders
from harness.errors import GenerationError, UsageError
from harness.generation import Failed, Generated, open_ledger
from harness.image import SUFFIXES, EncodedImage, ImageError, UnreadableFileError, read_bytes
from harness.ledger import Ledger, timestamp
from harness.provider import Output
from harness.records import (
    Box,
    ImageRef,
    Policy,
    Reason,
    Recipe,
    Request,
    Rule,
    RunFinished,
    RunRecord,
    RunStarted,
    Subject,
    Trial,
    TrialFinished,
    TrialKey,
    TrialResult,
)
from harness.runner.engine import Listener, report
from harness.runner.environment import run_environment
from harness.runner.examiner import Examiner
from harness.vocabulary import Code, Source

RECIPE = Recipe(Request(""), Subject("compare", "compare"))
WINDOW = 64
"""Pairs that are looked at ahead of the ledger."""


def paired(a: Path, b: Path, skip: Sequence[str] = ()) -> dict[str, tuple[Path, Path]]:
    """Return the files of two folders by name, old and new; of one that is in one folder only the other path leads
    nowhere.

    Raises UsageError when none has the name of an image.
    """
    found = match_folders(a, b, skip)
    pairs = {new.relative_to(b).as_posix(): (old, new) for old, new in found.pairs}
    pairs |= {old.relative_to(a).as_posix(): (old, b / old.relative_to(a)) for old in found.only_a}
    pairs |= {new.relative_to(b).as_posix(): (a / new.relative_to(b), new) for new in found.only_b}
    if not any(path.suffix.lower() in SUFFIXES for pair in pairs.values() for path in pair):
        raise UsageError(f"neither {a} nor {b} holds a file with the name of an image", "name folders of images")
    return dict(sorted(pairs.items()))


def compare_folders(
    a: Path,
    b: Path,
    rule: Rule,
    *,
    reports: Path,
    ignore: Sequence[Box] = (),
    skip: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
) -> tuple[RunRecord, Path]:
    """Compare the images of two folders and record them as a run; returns its record and folder.

    They are paired by name, else by name without suffix; files that a pattern in ``skip`` matches are left out.

    An image that only ``b`` has is ``new``; one that only ``a`` has, or a file that is no image, is ``failed``.
    """
    pairs = paired(a, b, skip)
    record = RunRecord(
        run="",
        suites=(),
        started=timestamp(),
        version=__version__,
        arguments={"compare": [str(a), str(b)]} | ({"skip": list(skip)} if skip else {}),
        environment=run_environment(),
        baselines=str(a),
        planned=len(pairs),
    )
    begun = monotonic()
    with open_ledger(record, reports) as ledger:
        report(listeners, RunStarted(ledger.record, str(ledger.folder), len(pairs)))
        for result in _results(a, b, pairs, Policy(drift=rule, ignore=tuple(ignore)), ledger):
            report(listeners, TrialFinished(ledger.append(result), len(ledger.recorded)))
        seconds = round(monotonic() - begun, 3)
        record = ledger.finish(replace(ledger.record, complete=True, seconds=seconds))
    report(listeners, RunFinished(record, str(ledger.folder)))
    return record, ledger.folder


class FolderBaselines(Baselines):
    """A folder of images in the place of baselines: what is stored under a case's name is accepted."""

    def __init__(self, root: Path, pairs: Mapping[str, tuple[Path, Path]]) -> None:
        super().__init__(root)
        self.pairs = pairs

    def manifest(self, suite: str) -> Manifest:
        """Return an empty one: nothing is ignored."""
        return Manifest(self.root, suite)

    def rejected(self, key: TrialKey, pixel_digest: str) -> None:
        """Return None: nothing is decided here."""

    def find(
        self,
        key: TrialKey,
        profile: Mapping[str, Any] | None = None,  # noqa: ARG002 - the baselines' signature
        *,
        verify: bool = True,  # noqa: ARG002 - the baselines' signature
    ) -> tuple[Accepted, ...]:
        """Return the image of that name; none where there is none. Raises an ImageError."""
        path = self.pairs[key.case][0]
        if not os.path.lexists(path):
            return ()
        try:
            ref = describe_image(EncodedImage(_bytes_of(path)), path.relative_to(self.root).as_posix())
        except ImageError as fault:
            fault.where = str(path)
            raise
        return (Accepted(ref, RECIPE, "", "", "", "", ""),)

    def why_missing(self, key: TrialKey, profile: Mapping[str, Any] | None = None) -> Reason:  # noqa: ARG002
        """Why there is none."""
        return Reason(Code.BASELINE_NO_FILE, {"folder": str(self.root)})


def _results(
    a: Path, b: Path, pairs: Mapping[str, tuple[Path, Path]], policy: Policy, ledger: Ledger
) -> Iterator[TrialResult]:
    accepted, names = FolderBaselines(a, pairs), list(pairs)
    examiner = Examiner(ledger, accepted)

    def examine(name: str) -> TrialResult:
        trial = Trial(TrialKey("compare", name), RECIPE, policy)
        new = pairs[name][1]
        if os.path.lexists(new):
            try:
                generated = Output(_bytes_of(new), source=Source.GENERATED, cost=0.0)
            except ImageError as problem:
                fault = GenerationError("compare", str(problem), problem.hint)
            else:
                return examiner.examine(Generated(trial, generated, 0.0))
        else:
            fault = GenerationError(
                "compare", f"{b} has no image of this name", "name the folders in the order: old, new"
            )
        return replace(examiner.examine(Failed(trial, fault, 0.0)), baseline=there(name))

    def there(name: str) -> ImageRef | None:
        """Return the image that only ``a`` has, to be seen beside the gap."""
        try:
            found = accepted.find(TrialKey("compare", name))
        except ImageError:
            return None
        return found[0].image if found else None

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for start in range(0, len(names), WINDOW):
            yield from pool.map(examine, names[start : start + WINDOW])


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of a file. Raises ImageTooLargeError or UnreadableFileError, also for what is no file."""
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise UnreadableFileError(str(path), "it is no regular file")
    return read_bytes(path)
