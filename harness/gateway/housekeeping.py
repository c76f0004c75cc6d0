"""What is deleted in time: final jobs, and images of clients that no job refers to."""

import logging
import threading
import time

from harness.errors import HarnessError
from harness.gateway.inputs import Inputs
from harness.gateway.job_store import JobStore

LOG = logging.getLogger("harness.gateway")
EVERY = 600.0
"""Most seconds between two rounds."""
YOUNG = 3600.0
"""Seconds that an image is stored whether or not a job refers to it: its job may be about to be made."""


class Housekeeping:
    """Deletes, in a thread of its own, until it is stopped."""

    def __init__(self, store: JobStore, inputs: Inputs, retention: float) -> None:
        """``retention`` are the seconds that a final job can be read."""
        self._store, self._inputs, self._retention = store, inputs, retention
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gateway housekeeping", daemon=True)

    def start(self) -> None:
        """Begin, with a first round now."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is in progress."""
        self._stopping.set()
        self._thread.join(30.0)

    def round(self, *, young: float = YOUNG) -> tuple[int, int]:
        """Delete once; returns how many jobs and images. ``young``: images of so many seconds stay."""
        jobs = self._store.purge(time.time() - self._retention)
        # what is stored after this look is young
        before = time.time() - young
        return jobs, self._inputs.purge(self._store.input_digests(), before)

    def _work(self) -> None:
        while True:
            try:
                jobs, images = self.round()
                if jobs or images:
                    LOG.info("deleted %d jobs and %d images of clients", jobs, images)
            except (HarnessError, OSError) as fault:
                LOG.warning("nothing is deleted: %s", fault)
            if self._stopping.wait(min(EVERY, max(1.0, self._retention / 4))):
                return
