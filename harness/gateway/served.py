"""From the recorded result of a trial to the image of a job."""

from dataclasses import replace
from pathlib import Path

from harness.errors import HarnessError
from harness.gateway.recipes import SUITE
from harness.gateway.records import JobError, ServedImage
from harness.generation import Failed, Generated
from harness.ledger import image_problem, iter_results
from harness.records import TrialKey, TrialResult
from harness.vocabulary import ImageState


def served_image(begun: ServedImage, result: TrialResult, came: Generated | Failed | None = None) -> ServedImage:
    """Return an image of a job with what was recorded of it. ``came`` is what the Session gave, if known."""
    error = _error(result, came)
    image = result.image
    return replace(
        begun,
        state=ImageState.DONE if error is None else ImageState.FAILED,
        file=None if image is None else image.file,
        digest=None if image is None else image.file_digest,
        format=None if image is None else image.format,
        width=None if image is None else image.width,
        height=None if image is None else image.height,
        answer=result.answer,
        source=result.source,
        seconds=result.seconds,
        cost=result.cost,
        not_honored=tuple(sorted({*begun.not_honored, *map(str, result.environment.get("omitted", ()))})),
        environment=dict(result.environment),
        notes=result.notes or (),
        error=error,
    )


def recorded_before(reports: Path, image: ServedImage) -> ServedImage | None:
    """Return an image as the run of an earlier worker recorded it; None where the run has no result of it, or has lost
    the file. That worker may only seem to have ended, and write yet.
    """
    folder = reports / image.run
    key = TrialKey(SUITE, image.case, image.variant, image.seed)
    try:
        for result in iter_results(folder, lambda one: one == key):
            lost = result.image is not None and image_problem(folder, result.image)
            return None if lost else served_image(image, result)
    except (HarnessError, OSError):
        return None
    return None


def _error(result: TrialResult, came: Generated | Failed | None) -> JobError | None:
    billed = bool(result.possibly_billed)
    if isinstance(came, Failed):
        return JobError(came.fault.code, str(came.fault), came.fault.hint, billed)
    if result.image is not None or result.answer is not None:
        return None
    reason = result.outcome.reasons[0]
    data = dict(reason.data)
    return JobError(str(reason.code), str(data.get("problem", reason.code)), str(data.get("hint", "")), billed)
