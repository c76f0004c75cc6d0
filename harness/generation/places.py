"""Where one image at a time is generated: each place holds the providers that were asked there, and has one user."""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence

from harness.errors import GenerationCancelledError, GenerationError
from harness.provider import Capabilities, Job, LineProvider, ProviderDefinition, is_cancelled

LOOK = 0.25
"""Seconds between two looks for a free place."""


class Place(ABC):
    """A worker process, a slot of a cluster. ``name`` is recorded with each image that was generated there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._open: dict[str, LineProvider] = {}

    def provider(self, spec: ProviderDefinition, capabilities: Capabilities) -> LineProvider:
        """Return the provider here, built where it is not or has ended. Raises what building it raises."""
        found = self._open.get(spec.name)
        if found is None or not found.is_open:
            found = self._open[spec.name] = self.build(spec, capabilities)
        return found

    @abstractmethod
    def build(self, spec: ProviderDefinition, capabilities: Capabilities) -> LineProvider:
        """Build a provider here. Raises GenerationError, WorkerVersionError."""

    def close(self) -> None:
        """End every provider here."""
        for one in list(self._open.values()):
            one.close()


class Places:
    """The places there are, free or in use. A subclass may have them come and go (:meth:`look`)."""

    may_grow = False
    """Whether a place may come where there is none."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._all = list(places)
        self._free = deque(self._all)
        self._changed = threading.Condition()
        self._closed = False
        self.why_none = ""
        """Why there is no place, where there is none."""

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> tuple[Place, ...]:
        """Return the places there are now."""
        with self._changed:
            return tuple(self._all)

    def look(self) -> None:
        """See which places came and went, by :meth:`add` and :meth:`remove`."""

    def add(self, place: Place) -> None:
        """Have a further place."""
        with self._changed:
            self._all.append(place)
            self._free.append(place)
            self._changed.notify()

    def remove(self, place: Place, why: str) -> None:
        """Use a place no more."""
        with self._changed:
            self.why_none = why
            if place in self._all:
                self._all.remove(place)
            if place in self._free:
                self._free.remove(place)

    def take(self, name: str, jobs: Sequence[Job]) -> Place:
        """Wait for a free place. Raises GenerationError of the provider ``name`` when there is none at all for the time
        of the jobs, GenerationCancelledError."""
        seconds = sum(job.timeout for job in jobs)
        until = time.monotonic() + seconds
        while True:
            self.look()
            with self._changed:
                if self._closed:
                    raise GenerationError(name, "its workers have ended", "generate before it is closed")
                if is_cancelled(jobs):
                    raise GenerationCancelledError(name)
                if self._free:
                    return self._free.popleft()
                if self._all:
                    until = time.monotonic() + seconds
                elif time.monotonic() > until or not self.may_grow:
                    raise GenerationError(name, f"there is no worker: {self.why_none}")
                self._changed.wait(LOOK)

    def give(self, place: Place) -> None:
        """Have a place that was taken free again; one that was removed is closed."""
        with self._changed:
            stays = place in self._all and not self._closed
            if stays:
                self._free.append(place)
                self._changed.notify()
        if not stays:
            place.close()

    def close(self) -> None:
        """Close every place, also those in use."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            places = list(self._all)
        # each may take seconds to end
        threads = [threading.Thread(target=place.close) for place in places]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
