"""Partial images of a job, for those who listen."""

import time
from collections.abc import Callable

from harness.gateway.bus import Bus
from harness.gateway.records import JobEvent
from harness.provider import Progress
from harness.vocabulary import JobEventKind


def progress_of(bus: Bus, job: str, index: int) -> Progress:
    """Return what publishes the steps of an image; its partial image is only made where it is listened for."""

    def report(step: int, steps: int, image: Callable[[], bytes]) -> None:
        if step < steps and bus.has_partial_listener(job):
            data = {"index": index, "step": step, "steps": steps}
            bus.publish(JobEvent(job, 0, JobEventKind.PARTIAL, time.time(), data, image()))

    return report
