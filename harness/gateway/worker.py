"""The worker of a gateway: takes jobs, generates their images through one Session, records them in an ordinary run."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from harness import __version__
from harness.errors import GenerationCancelledError, HarnessError
from harness.gateway.bus import Bus
from harness.gateway.catalog import Catalog
from harness.gateway.errors import UnavailableError
from harness.gateway.faults import InjectedFaultError
from harness.gateway.faulty_images import blank, marked
from harness.gateway.job_status import job_error
from harness.gateway.job_store import JobStore
from harness.gateway.recipes import SUITE, prepare
from harness.gateway.records import Job, JobError, JobEvent, ServedImage
from harness.gateway.served import recorded_before, served_image
from harness.gateway.trial_names import TrialNames
from harness.generation import Failed, Feed, Generated, Limits, Session, Sources, Watch
from harness.ledger import timestamp
from harness.provider import Cancellation
from harness.records import Reason, Recipe, RunRecord, Trial, TrialKey
from harness.runner import Examiner, run_environment
from harness.vocabulary import Code, FaultKind, ImageState, JobEventKind, JobState, StudyKind

R = TypeVar("R")
LOG = logging.getLogger("harness.gateway")
LEASE = 15.0
"""Seconds that a job is a worker's without a sign of life."""
LOOK = 0.5
"""Most seconds between looks for jobs that other processes submitted."""
END = 5.0
"""Seconds that cancelled generations have to end on shutdown."""
MOST_ATTEMPTS = 10
"""Workers that take a job: one that ends each of them is given up."""
PATIENCE = 60.0
"""Seconds that a worker waits for a database that fails, before it ends."""
RETRY = 0.5
"""Seconds between its attempts."""
AHEAD = 2
"""Jobs taken for each image that can be generated at a time."""


@dataclass(slots=True)
class Running:
    """A job that this worker has. ``open`` are the indexes of its images that are not final."""

    job: Job
    cancellation: Cancellation = field(default_factory=Cancellation)
    is_cancelled: bool = False
    """Whether it was cancelled, not only cut off by a shutdown."""
    open: set[int] = field(default_factory=set)
    images: dict[int, ServedImage] = field(default_factory=dict)
    error: JobError | None = None


class Worker:
    """Generates what is in the job store until it is stopped; in threads of its own.

    ``on_image`` is called with each image that is final.
    """

    def __init__(
        self,
        store: JobStore,
        catalog: Catalog,
        bus: Bus,
        sources: Sources,
        reports: Path,
        *,
        limits: Limits | None = None,
        timeout: float = 300.0,
        lease: float = LEASE,
        on_image: Callable[[ServedImage], None] = lambda _: None,
    ) -> None:
        self.on_image = on_image
        self.id = uuid.uuid4().hex
        self.store, self.catalog, self.bus, self.reports = store, catalog, bus, reports
        self.timeout, self.lease = timeout, lease
        self.limits = limits or Limits()
        self.limits.on_intent = self._sending
        self.fault: BaseException | None = None
        """What ended it; None while all is well."""
        self._feed = Feed()
        self._running: dict[str, Running] = {}
        self._trials: dict[TrialKey, tuple[str, int]] = {}
        self._names = TrialNames()
        self._guard = threading.RLock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        """Nothing more is taken."""
        self._ended = threading.Event()
        """Nothing more is generated: leases are not renewed."""
        self._requeues = False
        self.session = Session.open(sources, _record(), reports, limits=self.limits, share=True)
        self._examiner = Examiner(
            self.session.ledger, None, why_not=Reason(Code.BASELINE_NOT_COMPARED, {"study": StudyKind.SERVE})
        )
        self._capacity = AHEAD * sum(max(1, one.capabilities.concurrency) for one in self.session.providers.values())
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"gateway {work.__name__}", daemon=True)
            for work in (self._take, self._generate, self._look_after)
        ]

    @property
    def run(self) -> str:
        """The name of the run that it records."""
        return self.session.ledger.record.run

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for jobs now."""
        self._wake.set()

    def cancel(self, job_id: str) -> None:
        """End the generation of a job, where it is here; its state is already stored."""
        with self._guard:
            running = self._running.get(job_id)
        if running is not None:
            running.is_cancelled = True
            running.cancellation.cancel()

    def stop(self, drain: float = 30.0) -> None:
        """Take nothing more, wait up to ``drain`` seconds for what is being generated, and close the run; what is not
        finished by then goes back into the queue."""
        self._stopping.set()
        self._wake.set()
        taking, generating, _ = self._threads
        taking.join()
        self._feed.close()
        generating.join(drain)
        if generating.is_alive():
            self._requeues = True
            self.limits.stop.set()
            with self._guard:
                left = list(self._running.values())
            for running in left:
                running.cancellation.cancel()
            generating.join(END)
        self._ended.set()
        try:
            # by now another worker may have what this one lost
            self.store.release(self.id)
        finally:
            try:
                self.session.finish()
            finally:
                self.session.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # whatever ends a worker is reported by readiness, never lost in a thread
            self.fault = error
            LOG.exception("the worker ended")
            self._stopping.set()
            self._wake.set()
            if work == self._generate:
                self._ended.set()

    def _stored(self, call: Callable[[], R], *, until: threading.Event | None = None) -> R:
        """Return what a call of the job store gives, which is made again while the database fails. Raises
        UnavailableError where it does so for long, or when ``until`` (the end of the worker) is set."""
        until = until or self._ended
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return call()
            except UnavailableError as fault:
                if until.is_set() or time.monotonic() >= end:
                    raise
                LOG.warning("the worker waits: %s", fault)
                time.sleep(RETRY)

    def _take(self) -> None:
        """Take jobs as there is room for them."""
        while not self._stopping.is_set():
            with self._guard:
                mine = set(self._running)
                room = self._capacity - sum(len(running.open) for running in self._running.values())
            jobs = self._stored(partial(self.store.claim, self.id, room, self.lease, but=mine), until=self._stopping)
            for job in jobs:
                self._begin(job)
            if not jobs or room <= len(jobs):
                self._wake.wait(LOOK)
                self._wake.clear()

    def _begin(self, job: Job) -> None:
        """Hand the images of a job to the Session that are not final yet."""
        self.bus.publish(JobEvent(job.id, 0, JobEventKind.STARTED, time.time()))
        running = Running(job)
        if job.attempts > MOST_ATTEMPTS:
            problem = f"{MOST_ATTEMPTS} workers took the job and ended before it"
            error = JobError("attempts-exhausted", problem, "see the logs of the gateways: it may be what ended them")
            self._final(running, JobState.FAILED, error)
            return
        try:
            prepared = prepare(job.request, self.catalog.named(job.request.model))
        except HarnessError as fault:
            self._final(running, JobState.FAILED, job_error(fault))
            return
        trials: list[tuple[int, Trial]] = []
        for image, recipe in zip(job.images, prepared.recipes, strict=True):
            known = self._known(job, image)
            if known is not None:
                running.images[image.index] = known
                running.error = running.error or known.error
                continue
            trial = self._names.of_image(
                job, replace(recipe, request=replace(recipe.request, seed=image.seed)), self._seconds_left(job)
            )
            begun = replace(
                image,
                state=ImageState.PENDING,
                run=self.run,
                case=trial.key.case,
                variant=trial.key.variant,
                not_honored=prepared.not_honored,
            )
            running.images[image.index] = begun
            running.open.add(image.index)
            trials.append((image.index, trial))
        if not trials:
            self._settle(running)
            return
        with self._guard:
            self._running[job.id] = running
            for index, trial in trials:
                self._trials[trial.key] = job.id, index
        if job.cancel_requested or _is_late(job):
            self.cancel(job.id)
        for index, trial in trials:
            if job.fault == FaultKind.BLANK:
                self._record(blank(trial))
                continue
            self._feed.put(trial, Watch(self.bus.progress_of(job.id, index), running.cancellation))

    def _known(self, job: Job, image: ServedImage) -> ServedImage | None:
        """Return what is final of an image of a job that another worker had; None where it is to be generated."""
        if image.state in (ImageState.DONE, ImageState.FAILED):
            return image
        if not image.run:
            return None
        found = recorded_before(self.reports, image)
        if found is None and image.state is ImageState.SENT:
            error = JobError(
                "possibly-billed",
                "the worker ended after it sent the call: whether it was billed is not known",
                "ask the provider; send the request again to have another image",
                possibly_billed=True,
            )
            found = replace(image, state=ImageState.FAILED, error=error)
        if found is not None:
            self._stored(partial(self.store.image, job.id, found, owner=self.id))
        return found

    def record_fault(self, recipes: Sequence[Recipe], fault: FaultKind) -> None:
        """Record that images were not generated because of a fault on demand; from any thread."""
        for recipe in recipes:
            trial = self._names.of_recipe(recipe, self.timeout, fault)
            self.session.ledger.append(self._examiner.examine(Failed(trial, InjectedFaultError(fault), 0.0)))

    def _seconds_left(self, job: Job) -> float:
        """Return the seconds that an image of a job may take."""
        return self.timeout if job.expires is None else max(0.1, min(self.timeout, job.expires - time.time()))

    def _sending(self, trial: Trial, price: float | None) -> None:
        """Store that a call that may cost money is about to be sent.

        Raises UnavailableError, and GenerationCancelledError where another worker has the job: it is not sent then.
        """
        del price
        with self._guard:
            job_id, index = self._trials[trial.key]
            running = self._running[job_id]
            sent = replace(running.images[index], state=ImageState.SENT)
        if not self._stored(partial(self.store.image, job_id, sent, owner=self.id)):
            raise GenerationCancelledError(trial.recipe.subject.provider)
        with self._guard:
            running.images[index] = sent

    def _generate(self) -> None:
        """Record what the Session generates."""
        for came in self.session.serve(self._feed):
            self._record(came)
            self._wake.set()

    def _record(self, came: Generated | Failed) -> None:
        with self._guard:
            job_id, index = self._trials.pop(came.trial.key)
            running = self._running[job_id]
        if running.job.fault == FaultKind.WRONG_SEED and isinstance(came, Generated):
            came = marked(came, FaultKind.WRONG_SEED)
        result = self.session.ledger.append(self._examiner.examine(came))
        if self._requeues and isinstance(came, Failed) and _was_cancelled(came):
            if running.images[index].state is ImageState.SENT:
                # it was not billed: the next worker sends it
                self.store.image(job_id, ServedImage(index, seed=running.images[index].seed), owner=self.id)
            return
        image = served_image(running.images[index], result, came)
        self.on_image(image)
        with self._guard:
            running.images[index] = image
            running.error = running.error or image.error
            running.open.discard(index)
            over = not running.open
        if over:
            self._settle(running, image)
            with self._guard:
                del self._running[job_id]
            return
        self._stored(partial(self.store.image, job_id, image, owner=self.id))
        self.bus.publish(JobEvent(job_id, 0, JobEventKind.IMAGE, time.time()))

    def _settle(self, running: Running, last: ServedImage | None = None) -> None:
        """End a job whose images are all final, with its ``last`` one, which is not stored yet. It failed when one of
        them did, and has the others all the same."""
        job = running.job
        failed = any(image.state is ImageState.FAILED for image in running.images.values())
        # the time of a generation ends with the job's: it may fail by that before it is cancelled
        late = _is_late(job)
        if failed and (late or running.is_cancelled):
            self._final(running, JobState.EXPIRED if late else JobState.CANCELLED, None, last)
        elif failed:
            self._final(running, JobState.FAILED, running.error, last)
        else:
            self._final(running, JobState.COMPLETED, None, last)

    def _final(
        self, running: Running, state: JobState, error: JobError | None, last: ServedImage | None = None
    ) -> None:
        job = self._stored(partial(self.store.settle, self.id, running.job.id, state, error, last))
        if job is not None:
            self.bus.publish(JobEvent(job.id, 0, JobEventKind(job.state), time.time()))

    def _look_after(self) -> None:
        """Renew leases, end what is cancelled or late, and drop what another worker has taken over."""
        while not self._ended.wait(min(LOOK, self.lease / 3)):
            with self._guard:
                mine = set(self._running)
            still = self._stored(partial(self.store.renew, self.id, mine, self.lease))
            for job_id in (mine - still) | self._stored(partial(self.store.to_cancel, still)):
                self.cancel(job_id)
            for job_id in self._stored(self.store.expire):
                self.bus.publish(JobEvent(job_id, 0, JobEventKind.EXPIRED, time.time()))


def _is_late(job: Job) -> bool:
    return job.expires is not None and time.time() >= job.expires


def _was_cancelled(failed: Failed) -> bool:
    """Return whether a generation ended because it was cancelled, and cost nothing."""
    return isinstance(failed.fault, GenerationCancelledError) and not failed.fault.possibly_billed


def _record() -> RunRecord:
    return RunRecord(
        run="",
        suites=(SUITE,),
        started=timestamp(),
        version=__version__,
        arguments={"study": StudyKind.SERVE},
        environment=run_environment(),
    )
