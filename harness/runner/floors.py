"""Noise floors as a run uses them, read from what was accepted; drifts confirmed by generating again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.baseline import Accepted, BaselineError
from harness.generation import Failed, Generated
from harness.judge import (
    EARLIER_SCALES,
    RATE,
    SCALES,
    Evidence,
    Noise,
    Reference,
    environment_differences,
    failure,
    judge,
    read_floor,
    score,
)
from harness.records import (
    Attempt,
    AttemptKind,
    Comparison,
    Confirmation,
    FloorReading,
    Reason,
    RepeatReading,
    Rule,
    Trial,
    TrialKey,
    TrialResult,
    from_json,
)
from harness.runner.received_image import Received
from harness.vocabulary import INDEPENDENT, Code, RuleKind, Source


@dataclass(eq=False, repr=False)
class BaselineChangedError(BaselineError):
    """The accepted image that a trial was compared with is not accepted any more."""

    key: TrialKey
    hint = "run the suite again"

    def __str__(self) -> str:
        return f"another image of {self.key} was accepted meanwhile"


def confirming(trial: Trial, number: int) -> Trial:
    """Return the trial of the ``number``-th confirmation, counted from 0."""
    return replace(trial, attempt=Attempt(AttemptKind.CONFIRMATION, number, trial.attempt.slug))


def floor_reading(
    item: Accepted, comparison: Comparison, environment: Mapping[str, Any], rule: Rule, confirmations: int
) -> FloorReading | None:
    """Return the candidate compared with the stored noise floor of an accepted image; None where none is stored, and
    for rules that ask for none."""
    if rule.kind != RuleKind.CALIBRATED or item.noise_floor is None:
        return None
    try:
        noise = from_json(Noise, item.noise_floor)
    except ValueError as error:
        rate = RATE if rule.alpha is None else rule.alpha
        return FloorReading(
            score(comparison), None, rate, 0, problem=Reason(Code.FLOOR_UNREADABLE, {"problem": str(error)})
        )
    here = {name: environment.get(name) for name in noise.environment}
    elsewhere = environment_differences(noise.environment, here)
    return read_floor(comparison, noise, rule.alpha, confirmations=confirmations, elsewhere=elsewhere)


def confirm(
    before: TrialResult,
    generation: Generated | Failed,
    received: Received | Reason | None,
    compare: Callable[[Received], Comparison],
) -> FloorReading | RepeatReading:
    """Return the reading of ``before`` with one more generation: what it scores, or why it has no score."""
    reading = before.floor or before.repeat
    assert reading is not None
    if isinstance(generation, Failed):
        one = Confirmation(None, seconds=round(generation.seconds, 4), problem=failure(generation.fault))
        return replace(reading, confirmations=(*reading.confirmations, one))
    generated = generation.generated
    facts: dict[str, Any] = {"seconds": round(generated.seconds, 4), "cost": generated.cost}
    asks_repeat = isinstance(reading, RepeatReading)
    if generated.source not in INDEPENDENT or (asks_repeat and generated.source != Source.GENERATED):
        one = Confirmation(None, **facts, problem=Reason(Code.IMAGE_NOT_GENERATED, {"source": generated.source}))
    elif not isinstance(received, Received):
        one = Confirmation(None, **facts, problem=received or Reason(Code.IMAGE_EMPTY))
    else:
        try:
            scales = SCALES if isinstance(reading, RepeatReading) else reading.scales or EARLIER_SCALES
            value = score(compare(received), scales)
        except BaselineError as fault:
            value, facts["problem"] = None, failure(fault)
        if value is None and "problem" not in facts:
            facts["problem"] = Reason(Code.FLOOR_NO_SCORE)
        one = Confirmation(value, received.ref.file, received.ref.pixel_digest, **facts)
    return replace(reading, confirmations=(*reading.confirmations, one))


def judged_again(
    before: TrialResult,
    trial: Trial,
    item: Accepted | None,
    reading: FloorReading | RepeatReading,
    ignored: Reason | None,
    probe: tuple[Reason, ...],
) -> TrialResult:
    """Return the result with what its confirmations say; their time and money are its own. ``item`` is the accepted
    image, None where another was accepted meanwhile."""
    assert before.comparison is not None
    floor = reading if isinstance(reading, FloorReading) else before.floor
    repeat = reading if isinstance(reading, RepeatReading) else before.repeat
    recipe = before.recipe if item is None else item.recipe
    environment = (before.baseline_environment or before.environment) if item is None else item.environment
    accepted_notes = before.baseline.notes if before.baseline else None
    noted = (*before.outcome.reasons, *before.outcome.warnings)
    evidence = Evidence(
        trial,
        environment=before.environment,
        notes=(before.image.notes if before.image else None) or (),
        source=before.source,
        references=(Reference(recipe, environment, before.comparison, floor, accepted_notes or ()),),
        findings=before.findings,
        level=before.outcome.determinism,
        ignored=ignored,
        rejected=next((reason for reason in noted if reason.code == Code.IMAGE_REJECTED), None),
        probe=probe,
        repeat=repeat,
    )
    last = reading.confirmations[-1]
    cost = None if before.cost is None or (last.cost is None and last.score is not None) else before.cost
    return replace(
        before,
        outcome=judge(evidence),
        floor=floor,
        repeat=repeat,
        seconds=round(before.seconds + last.seconds, 4),
        cost=None if cost is None else cost + (last.cost or 0.0),
    )
