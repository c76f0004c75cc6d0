"""Calibration of a judge: a viewer answers labeled checks, and its answers are counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.generation import (
    Budget,
    Estimate,
    Generated,
    Limits,
    Session,
    Sources,
    cost_of,
    not_recorded,
    require_prices,
)
from harness.image import read_bytes
from harness.ledger import kept_results, timestamp
from harness.provider import Output
from harness.records import JudgeQuality, Trial, TrialKey, TrialResult, ViewerSpec, digest_of
from harness.runner import Judges, estimate_answers
from harness.study.calibrate.judge_figures import qualities_of, unanswered_of
from harness.study.calibrate.labels import Labels
from harness.study.calibrate.scenes import PAINTER
from harness.study.recorder import Recorder
from harness.study.study_session import open_study, study_record
from harness.vocabulary import Stop, StudyKind

EACH = 30
"""Checks that must pass, and checks that must fail, of each kind: fewer hardly show a judge to be reliable (28 of 30
right answers do not, 29 do)."""
Progress = Callable[[int, int], None]
"""Reported how many images are done, of how many."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How a judge is calibrated: each check is asked ``repeats`` times; ``budget`` in US dollars; ``resume`` is the
    folder of an unfinished calibration."""

    viewer: ViewerSpec
    labels: Labels
    reports: Path = Path("reports")
    repeats: int = 2
    budget: float | None = None
    resume: Path | None = None

    def trials(self) -> tuple[Trial, ...]:
        """Return one trial for each image, with every check as often as it is asked."""
        return tuple(image.trial(self.viewer, self.repeats) for image in self.labels.images)


@dataclass(frozen=True, slots=True)
class JudgeEstimate:
    """What a calibration asks, less what is recorded: ``images``, ``checks``, and at most ``questions`` of calls for
    ``cost`` US dollars (None: unknown)."""

    images: int
    checks: int
    questions: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class JudgeCalibration:
    """What a calibration came to: ``qualities`` by kind of check; ``unanswered`` checks had no answer (a fault, a
    refusal, the budget), ``failed`` images could not be asked about; ``folder`` is the run that holds every answer."""

    qualities: tuple[JudgeQuality, ...]
    unanswered: int
    failed: int
    folder: Path
    notes: tuple[str, ...] = ()
    stopped: Stop | None = None


def judge_run_name(viewer: ViewerSpec) -> str:
    """Return what stands for the suite in the run of a calibration."""
    return f"judge-{viewer.name}"


def judge_estimate(options: JudgeOptions) -> JudgeEstimate:
    """Count and price what a calibration asks; nothing is asked."""
    left, rows = _left(options)
    return JudgeEstimate(
        len(left), sum(len(one.checks) for one in left), sum(row.answers for row in rows), cost_of(rows)
    )


def calibrate_judge(
    options: JudgeOptions, limits: Limits | None = None, progress: Progress | None = None
) -> JudgeCalibration:
    """Ask a judge every labeled check and count its answers; nothing is stored. The first answer to a check counts, the
    others show whether it repeats.

    Each image's answers are recorded as they come, and those that ``options.resume`` has recorded are not asked again.
    Raises UnknownPriceError, OtherRunError where the recorded calibration asked something else, and what opening the
    viewer raises.
    """
    if options.budget is not None:
        require_prices(_left(options)[1])
    limits = limits or Limits(Budget(options.budget))
    trials = options.trials()
    painted = options.labels.origin == PAINTER.name
    arguments = {
        "viewer": digest_of(options.viewer),
        "labels": options.labels.digest,
        "repeats": options.repeats,
    }
    record = study_record(StudyKind.CALIBRATE, (judge_run_name(options.viewer),), arguments, len(trials))
    sources = Sources({PAINTER.name: PAINTER} if painted else {})
    with open_study(record, options.reports, sources, limits, options.resume) as session:
        recorder = Recorder(session, StudyKind.CALIBRATE, checks=True, judges=Judges(), asks_again=True)
        recorder.open(trials)
        for item in session.generate(trials) if painted else _read(session, options, trials):
            if not _affordable(item.trial, limits.budget):
                break
            recorder.record(item)
            if progress is not None:
                progress(len(session.ledger.recorded), len(trials))
        notes = session.finish().notes or ()
        results = {result.key: result for result in session.recorded()}
        return _calibration(options, trials, results, session.folder, notes, limits.stopped)


def _left(options: JudgeOptions) -> tuple[list[Trial], list[Estimate]]:
    kept = {} if options.resume is None else kept_results(options.resume)
    left = list(not_recorded(options.trials(), kept))
    return left, estimate_answers((check, 1) for trial in left for check in trial.checks)


def _affordable(trial: Trial, budget: Budget) -> bool:
    """Return whether the budget holds all questions about an image: half of its answers would be recorded for good."""
    price = cost_of(estimate_answers((check, 1) for check in trial.checks)) or 0.0
    if not budget.reserve(price):
        return False
    budget.settle(price, 0.0)
    return True


def _read(session: Session, options: JudgeOptions, trials: Sequence[Trial]) -> Iterator[Generated]:
    """Yield the images of files; none more once the limits of the session are reached."""
    for image, trial in zip(options.labels.images, trials, strict=True):
        if session.limits.stopped is not None:
            return
        if image.file is not None and not session.has(trial):
            yield Generated(trial, Output(read_bytes(image.file), {"file": image.file.name}, cost=0.0), 0.0)


def _calibration(
    options: JudgeOptions,
    trials: Sequence[Trial],
    results: Mapping[TrialKey, TrialResult],
    folder: Path,
    notes: tuple[str, ...],
    stopped: Stop | None,
) -> JudgeCalibration:
    asked = [
        (image, found)
        for image, trial in zip(options.labels.images, trials, strict=True)
        if (found := results.get(trial.key)) is not None
    ]
    answered = [(image, found.findings) for image, found in asked if found.findings]
    qualities = qualities_of(answered, options.viewer, options.labels.origin, timestamp())
    failed = len(asked) - len(answered)
    return JudgeCalibration(qualities, unanswered_of(answered, options.viewer), failed, folder, notes, stopped)
