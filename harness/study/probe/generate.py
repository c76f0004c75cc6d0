"""Generating for a probe: in its Session, described as soon as an image is there, and recalled when it is resumed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from harness.generation import Conditions, Session
from harness.judge import cache_evidence
from harness.ledger import read_image
from harness.records import Attempt, Reason, Trial, TrialKey, TrialResult
from harness.study.recorder import Recorder
from harness.vocabulary import Code, Verdict


@dataclass(frozen=True, slots=True)
class Taken:
    """Result of one generation. ``data`` are the bytes as received, empty when there is no image for the reason
    in ``problem``; ``cached`` is the evidence that it was not generated, ``broken`` that it shows nothing. ``call`` is
    its number among those of the provider, ``at`` when it was recorded (seconds since 1970)."""

    trial: Trial
    data: bytes = b""
    pixels: str = ""
    file: str = ""
    seconds: float = 0.0
    environment: Mapping[str, Any] = field(default_factory=dict)
    cached: Reason | None = None
    problem: tuple[Reason, ...] = ()
    refused: bool = False
    broken: Reason | None = None
    call: int = 0
    at: float = 0.0


class BudgetReachedError(Exception):
    """The next image does not fit the budget; nothing more is generated."""


class Generator:
    """Generates trials of a probe, counts them, and keeps to the limits; ``price`` is US dollars for an image.

    Each is recorded; one trial with its changed prompts and settings counts its attempts through, so that a resumed
    probe is given what was recorded of them. ``reported`` is called after each image.
    """

    def __init__(self, session: Session, recorder: Recorder, price: float | None) -> None:
        self.session, self.price = session, price
        self.count = 0
        self.reported: Callable[[], None] | None = None
        self._recorder = recorder
        self._recorded = {(result.key, result.attempt): result for result in session.recorded()}
        self._attempts: Counter[TrialKey] = Counter()
        self._broken: dict[str, Reason] = {}

    def one(self, session: Session, trial: Trial) -> Taken:
        """Generate one trial in a Session (this one, or one under other conditions). Raises BudgetReachedError."""
        return self.several(session, [trial])[0]

    def several(self, session: Session, trials: Sequence[Trial], *, batch: int | None = None) -> list[Taken]:
        """Generate trials as many at a time as the provider takes, or in a batch; in their order.

        Raises BudgetReachedError, and KeyboardInterrupt when the limits were stopped and what was being generated is
        recorded.
        """
        entries = [self._entry(trial) for trial in trials]
        for item in session.generate(entries, Conditions(batch=batch)):
            result = self._recorder.record(item)
            self._recorded[result.key, result.attempt] = result
        found = []
        for trial, entry in zip(trials, entries, strict=True):
            came = self._recorded.get((entry.key, entry.attempt))
            if came is None:
                raise BudgetReachedError if session.limits.budget.reached else KeyboardInterrupt
            self.count += 1
            found.append(replace(self._taken(trial, came), call=self.count, at=_seconds_of(came.finished)))
            if self.reported is not None:
                self.reported()
        return found

    def has_next(self, trial: Trial) -> bool:
        """Return whether the next generation of a trial is recorded: nothing has to be waited for."""
        key = replace(trial.key, seed=trial.recipe.request.seed)
        return (key, Attempt(index=self._attempts[key])) in self._recorded

    def _entry(self, trial: Trial) -> Trial:
        """Return the trial as it is recorded."""
        key = replace(trial.key, seed=trial.recipe.request.seed)
        self._attempts[key] += 1
        return replace(trial, key=key, attempt=Attempt(index=self._attempts[key] - 1))

    def _taken(self, trial: Trial, result: TrialResult) -> Taken:
        if result.image is None:
            refused = result.outcome.verdict == Verdict.REFUSED
            return Taken(trial, seconds=result.seconds, problem=result.outcome.reasons, refused=refused)
        data = read_image(self.session.folder, result.image)
        cached = cache_evidence(result.source, result.environment, result.cost, self.price)
        # equal pixels may have been looked at before
        if (reason := _shows_nothing(result)) is not None:
            self._broken[result.image.pixel_digest] = reason
        return Taken(
            trial, data, result.image.pixel_digest, result.image.file_digest, result.seconds, result.environment,
            cached, broken=self._broken.get(result.image.pixel_digest),
        )  # fmt: skip


def _shows_nothing(result: TrialResult) -> Reason | None:
    """Return that an image is blank or noise."""
    return next(
        (reason for reason in result.outcome.reasons if reason.code in (Code.IMAGE_BLANK, Code.IMAGE_NOISE)), None
    )


def _seconds_of(finished: str) -> float:
    return datetime.fromisoformat(finished).timestamp() if finished else 0.0
