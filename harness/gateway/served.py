"""From the recorded result of a trial to the image of a job."""

from dataclasses import replace

from harness.gateway.records import JobError, ServedImage
from harness.generation import Failed, Generated
from harness.records import TrialResult
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


def _error(result: TrialResult, came: Generated | Failed | None) -> JobError | None:
    billed = bool(result.possibly_billed)
    if isinstance(came, Failed):
        return JobError(came.fault.code, str(came.fault), came.fault.hint, billed)
    if result.image is not None or result.answer is not None:
        return None
    reason = result.outcome.reasons[0]
    data = dict(reason.data)
    return JobError(str(reason.code), str(data.get("problem", reason.code)), str(data.get("hint", "")), billed)
