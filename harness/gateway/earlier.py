"""What an earlier worker had recorded of an image before it ended."""

from pathlib import Path

from harness.errors import HarnessError
from harness.gateway.recipes import SUITE
from harness.gateway.records import ServedImage
from harness.gateway.served import served_image
from harness.ledger import image_problem, iter_results
from harness.records import TrialKey


def recorded_before(reports: Path, image: ServedImage) -> ServedImage | None:
    """Return an image as its run recorded it; None where the run has no result of it, or has lost the file.

    The run may be being written by a worker that only seems to have ended.
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
