"""The run that the images checked by the tests of one process belong to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness import __version__
from harness.baseline import Baselines
from harness.errors import GenerationError, UsageError
from harness.generation import Failed, Generated, open_ledger
from harness.image import ImageError, ImageSource, read_bytes, read_header, read_image_source
from harness.judge import CONFIRMATIONS, RATE, unconfirmed
from harness.ledger import timestamp
from harness.provider import Output
from harness.pytest_plugin.attempts import next_attempt
from harness.pytest_plugin.given import MADE_BY_TEST, Given, given_checks
from harness.pytest_plugin.names import Keys
from harness.pytest_plugin.settings import UPDATES, project_of
from harness.records import MADE_BY_TESTS, Attempt, AttemptKind, Check, RunRecord, Trial, TrialKey, TrialResult
from harness.runner import Examiner, confirming, run_environment
from harness.vocabulary import RuleKind, Status, Verdict

Generate = Callable[[], list[ImageSource]]
"""Generates the images of one call of ``check`` once more."""
_UNREADABLE_SIDE = 1


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a call of ``check``."""

    key: TrialKey
    source: ImageSource


class CheckRun:
    """Judges and records the images of one process, with or without xdist; used by one test at a time."""

    def __init__(self, session: pytest.Session) -> None:
        config = session.config
        worker = getattr(config, "workerinput", None)
        self.project = project_of(config)
        self.baselines = Baselines(self.project.baselines, self.project.store)
        self.update = UPDATES[config.getoption("harness_update")]
        self.turns = int(config.getoption("harness_repeats"))
        self.keys = Keys(session.items, lambda key: bool(self.baselines.manifest(key.suite).accepted(key)))
        self.attempts: Counter[TrialKey] = Counter()
        record = RunRecord(
            run="",
            suites=MADE_BY_TESTS,
            started=timestamp(),
            version=__version__,
            environment=run_environment(),
            baselines=str(self.project.baselines),
        )
        self.ledger = open_ledger(record, Path(worker["harness_parts"]) if worker else self.project.reports)
        self.ledger.durable = False
        self.examiner = Examiner(self.ledger, self.baselines, repeats=max(2, self.turns))
        self.folder = Path(worker["harness_checks"]) if worker else self.ledger.folder
        self._owners: dict[TrialKey, str] = {}
        self._checks: dict[str, tuple[Check, ...]] = {}
        self._rates: dict[str, float] = {}

    def checks(self, text: str) -> tuple[Check, ...]:
        """Return the checks of a JSON list, read once. Raises SuiteError."""
        if text not in self._checks:
            self._checks[text] = given_checks(text, self.project)
        return self._checks[text]

    def check(self, images: Sequence[Image], stated: Given, generate: Generate | None, test: str) -> list[TrialResult]:
        """Judge and record every image of one call; returns the results in their order. ``generate`` makes the images
        again where one differs."""
        for image in images:
            if self._owners.setdefault(image.key, test) != test:
                raise UsageError(f"{image.key}: {self._owners[image.key]} and {test} have the same name there")
            self.attempts[image.key] += 1
        again = None if generate is None or self.turns > 1 else Again(generate, len(images))
        return [self._checked(image, index, stated, again) for index, image in enumerate(images)]

    def passes(self, result: TrialResult) -> bool:
        """Return whether a test passes with a result: it is fine, ignored, or accepted at the end, because it repeats.
        While the noise of an accepted image is measured, its repeats may lie anywhere."""
        outcome = result.outcome
        if outcome.status in (Status.OK, Status.IGNORED):
            return True
        promised, level = result.policy.determinism if result.policy else None, outcome.determinism
        if promised is not None and level is not None and not level.at_least(promised):
            return False
        if result.image is not None and outcome.verdict in self.update:
            return True
        measured = result.policy is not None and result.policy.drift.kind == RuleKind.CALIBRATED and self.turns > 1
        return measured and outcome.verdict in (Verdict.DRIFT, Verdict.INCONCLUSIVE) and result.comparison is not None

    def finish(self, session: pytest.Session) -> None:
        """Close the run; in a single process also write its report and accept what was asked for."""
        from harness.pytest_plugin.ending import end_run

        self.ledger.finish(replace(self.ledger.record, complete=True))
        self.ledger.close()
        if not hasattr(session.config, "workerinput"):
            end_run(session, self.ledger.folder)

    def _checked(self, image: Image, index: int, stated: Given, again: "Again | None") -> TrialResult:
        attempt = self.attempts[image.key]
        generation = self._generation(image.key, image.source, stated, again=again is not None)
        if self.turns > 1:
            trial = replace(generation.trial, attempt=Attempt(AttemptKind.REPEAT, attempt - 1))
        else:
            trial = next_attempt(generation.trial, attempt)
            self.examiner.repeats.forget(image.key)
        generation = replace(generation, trial=trial)
        self.examiner.confirm_at_most(0 if again is None else CONFIRMATIONS)
        result = self.examiner.examine(generation)
        if again is None:
            return self.ledger.append(result)
        if result.outcome.status == Status.FINDING and not unconfirmed(result.floor):
            try:
                source = again.source(0, index)
            except Exception:  # of the test's own function, which is raised; what it gave before is recorded
                self.ledger.append(result)
                raise
            other = self._generation(image.key, source, stated, again=True)
            result = self._repeated(generation, replace(other, trial=trial))
        result = self.ledger.append(result)
        while result.floor is not None and unconfirmed(result.floor):
            number = len(result.floor.confirmations)
            other = self._generation(image.key, again.source(number, index), stated, again=True)
            other = replace(other, trial=confirming(trial, number))
            result = self.ledger.judge(result, self.examiner.confirmed(result, other))
        return result

    def _repeated(self, generation: Generated | Failed, other: Generated | Failed) -> TrialResult:
        """Return the result of an image that was generated a second time, compared with that."""
        key = generation.trial.key
        self.examiner.repeats.forget(key)
        second = self.examiner.examine(other)
        if isinstance(generation, Generated) and second.image is not None:
            output = generation.generated
            note = f"generated again: {second.image.file}"
            generation = replace(generation, generated=replace(output, notes=(*output.notes, note)))
        return self.examiner.examine(generation)

    def _generation(self, key: TrialKey, source: ImageSource, stated: Given, *, again: bool) -> Generated | Failed:
        """Return an image as what was generated of its trial; one that cannot be read has failed."""

        def trial(width: int, height: int) -> Trial:
            return stated.trial(key, (width, height), self._rate(key.suite), again=again)

        try:
            data = _bytes_of(source)
            if data is not None:
                header = read_header(data)
                output = Output(data, stated.environment, cost=0.0, notes=stated.notes)
                return Generated(trial(header.width, header.height), output, 0.0)
            decoded, _ = read_image_source(source, name=key.variant)
        except ImageError as fault:
            error = GenerationError(MADE_BY_TEST, str(fault), fault.hint)
            return Failed(trial(_UNREADABLE_SIDE, _UNREADABLE_SIDE), error, 0.0)
        output = Output(b"", stated.environment, cost=0.0, notes=stated.notes)
        return Generated(trial(decoded.width, decoded.height), output, 0.0, pixels=decoded)

    def _rate(self, suite: str) -> float:
        """Return the rate of false alarms of one image of a module that is judged by its noise floor: all of them
        together have that of a suite."""
        if suite not in self._rates:
            manifest = self.baselines.manifest(suite)
            floors = [item for key in manifest.trials() for item in manifest.accepted(key) if item.noise_floor]
            self._rates[suite] = RATE / max(1, len(floors))
        return self._rates[suite]


class Again:
    """Generates the images of one call again: each time once for all of them. Raises what the test's function raises,
    and UsageError when it returns another number of images."""

    def __init__(self, generate: Generate, count: int) -> None:
        self._generate, self._count = generate, count
        self._rounds: list[list[ImageSource]] = []

    def source(self, number: int, index: int) -> ImageSource:
        """Return image ``index`` of the ``number``-th further generation."""
        while len(self._rounds) <= number:
            images = self._generate()
            if len(images) != self._count:
                problem = f"the function returned {self._count} images, and {len(images)} when it was called again"
                raise UsageError(problem, "have it return the same number of images each time")
            self._rounds.append(images)
        return self._rounds[number][index]


def _bytes_of(source: Any) -> bytes | None:
    """Return the bytes of an encoded image, or of its file; None for pixels. Raises UnreadableFileError."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    return read_bytes(source) if isinstance(source, (str, Path)) else None
