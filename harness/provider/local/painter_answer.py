"""Questions about an image that the painter's provider is asked: the viewer of its images answers them."""

import time

from harness.image import read_file
from harness.provider.protocol import Job, Output
from harness.vision import Answer, answer


def answered(job: Job) -> Output:
    """Return the answer to a job's question: ``cannot tell`` with the reason in the environment where it has none.

    Raises HarnessError for an image that cannot be decoded.
    """
    begun, request = time.perf_counter(), job.recipe.request
    if request.input_image is None:
        given = Answer(None, "there is no image")
    else:
        given = answer(read_file(request.input_image.path).pixels, request.ask or "")
    environment = {"viewer": "shapes", "answer": {"reason": given.reason, "boxes": [list(box) for box in given.boxes]}}
    return Output(environment=environment, seconds=time.perf_counter() - begun, cost=0.0, answer=given.text)
