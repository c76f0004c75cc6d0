"""A provider that generates in places: a job waits for a free one, and goes to another when its place is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from harness.errors import GenerationError, HarnessError, warn
from harness.generation.places import Place, Places
from harness.provider import (
    Capabilities,
    IsolatedProvider,
    Job,
    LineProvider,
    Output,
    Provider,
    ProviderDefinition,
    WorkerEndedError,
    capabilities_of,
)
from harness.records import WORKER

ATTEMPTS = 3
"""Most places that one trial is tried at: a trial that ends each of its workers (by its memory) is given up."""

Generate = Callable[[LineProvider, Sequence[Job]], Sequence[Output]]


class PlacedProvider:
    """Each image is generated in one of ``places``; ``own`` ones are closed with it. ``here`` builds the provider in
    this process.

    What a job costs is announced once, before it is first handed to a place: a free one whose place is lost is tried
    again, one that may have cost money has failed, possibly billed. The places keep to the time of a job themselves,
    and the time that it waits is not its own.
    """

    reports_sending = True

    def __init__(self, spec: ProviderDefinition, places: Places, here: Callable[[], Provider], *, own: bool) -> None:
        self.name, self.kind = spec.name, spec.kind
        self._spec, self._places, self._here, self._own = spec, places, here, own
        self._capabilities = capabilities_of(spec)
        self._lost: Counter[str] = Counter()
        self._guard = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, one image at a time in each of the places that there are now."""
        count = max(1, len(self._places))
        return replace(self._capabilities, concurrency=count, workers=count)

    def ready(self) -> None:
        """Have the provider built in one place. Raises what building it raises."""
        with self._place((), strict=True):
            pass

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises what the provider there raises, WorkerEndedError where no place lasted."""
        return self._placed([job], lambda provider, jobs: [provider.generate(jobs[0])])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output]:
        """Generate several images in one place, in order, like :meth:`generate`."""
        return self._placed(jobs, lambda provider, given: provider.generate_batch(given))

    @contextmanager
    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Iterator[Provider]:
        """Yield the provider in a fresh process of this machine. Raises GenerationError where it offers none."""
        provider = self._here()
        try:
            if not isinstance(provider, IsolatedProvider):
                raise GenerationError(self.name, "it offers no fresh process to generate in", "generate in this one")
            with provider.isolated(threads=threads, environment=environment) as fresh:
                yield fresh
        finally:
            provider.close()

    def unused(self) -> str:
        """Return a note on the workers that were lost."""
        lost = ", ".join(f"{name} ({times} times)" if times > 1 else name for name, times in sorted(self._lost.items()))
        return f"provider `{self.name}`: workers ended before they answered: {lost}" if lost else ""

    def close(self) -> None:
        """Close the places, where they are its own."""
        if self._own:
            self._places.close()

    def _placed(self, jobs: Sequence[Job], generate: Generate) -> list[Output]:
        announced, attempts = False, 0
        while True:
            asked = False
            try:
                with self._place(jobs) as (place, provider):
                    for job in () if announced else jobs:
                        if job.sending is not None:
                            job.sending()
                    announced = asked = True
                    outputs = generate(provider, jobs)
                    return [replace(one, environment={**one.environment, WORKER: place.name}) for one in outputs]
            except WorkerEndedError as ended:
                attempts += 1
                if asked and self._capabilities.price != 0:
                    hint = "whether it was billed is not known; --resume --rerun failed generates it again"
                    raise WorkerEndedError(self.name, ended.problem, hint, possibly_billed=True) from None
                if attempts == ATTEMPTS:
                    raise

    @contextmanager
    def _place(self, jobs: Sequence[Job], *, strict: bool = False) -> Iterator[tuple[Place, LineProvider]]:
        """Yield a free place with its provider. One where it cannot be built is removed and the next one taken;
        ``strict``: that is raised."""
        while True:
            place = self._places.take(self.name, jobs)
            try:
                try:
                    provider = place.provider(self._spec, self._capabilities)
                except HarnessError as fault:
                    if isinstance(fault, WorkerEndedError):
                        # of places that come and go one may be gone, and that is not known yet
                        if not self._places.may_grow:
                            raise
                    elif strict:
                        raise
                    else:
                        warn(f"worker {place.name} is not used: {fault}")
                    self._places.remove(place, str(fault))
                    continue
                yield place, provider
                return
            except WorkerEndedError:
                with self._guard:
                    self._lost[place.name] += 1
                raise
            finally:
                self._places.give(place)
