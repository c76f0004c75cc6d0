"""Several samples of a set by one call: each image of the reply is a sample of its own."""

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from harness.errors import GenerationError
from harness.http import Deadline, Reply
from harness.provider.protocol import Job, Output
from harness.provider.remote.base import R
from harness.provider.remote.parsed_reply import ParsedReply, finished, image_of, require_image
from harness.provider.remote.service import Service
from harness.records import Gate, Recipe

Sample = Callable[[], Output]
"""Makes the generation of one image of a reply: one that is damaged fails alone. Raises HttpError, GenerationError."""


class Sampling(Service[R]):
    """Base of the adapters of services that give several images by one call."""

    def samples_of(self, recipe: Recipe) -> int:
        """Return how many samples of a recipe one call asks for; 1 where the model or the endpoint gives one alone."""
        asked = self.options.words(recipe).get("n")
        return asked if isinstance(asked, int) and asked > 1 and self._gives_several(recipe) else 1

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output | GenerationError]:
        """Generate samples of one recipe: by one call, and those that its reply lacks by another. What a call could not
        give is the fault of each of its samples."""
        end = time.monotonic() + sum(job.timeout for job in jobs)
        came: list[Output | GenerationError] = []
        while len(came) < len(jobs):
            left = jobs[len(came) :]
            timeout = max(end - time.monotonic(), 0.001)
            job = replace(left[0], timeout=timeout, sending=_each(left))
            try:
                came += self._several(job, len(left))
            except GenerationError as fault:
                came += [fault] * len(left)
        return came

    def _several(self, job: Job, count: int) -> list[Output | GenerationError]:
        """Return what one call gives: from 1 to ``count`` samples. Raises GenerationError."""
        deadline = self._deadline(job)
        with self._as_faults(job, deadline):
            self._open()
            samples = self._samples(job, deadline, count)
        came: list[Output | GenerationError] = []
        for sample in samples:
            try:
                came.append(self._finished(sample, job, deadline))
            except GenerationError as fault:
                came.append(fault)
        return came

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        return self._samples(job, deadline, 1)[0]()

    @abstractmethod
    def _samples(self, job: Job, deadline: Deadline, count: int) -> Sequence[Sample]:
        """Return the samples of one call that asks for ``count`` images, 1 to ``count`` of them. Raises HttpError,
        GenerationError."""

    def _samples_in(
        self, parsed: ParsedReply, reply: Reply, recipe: Recipe, deadline: Deadline, asked: int, **known: Any
    ) -> list[Sample]:
        """Return the samples of a reply, ``asked`` at most; ``known`` are further arguments of :func:`finished`. Raises
        GenerationRefusedError or GenerationError for a reply without an image."""
        require_image(self.name, parsed)
        fetch, counts = self.fetched(deadline), self.counts(parsed)

        def sample(index: int) -> Output:
            data = image_of(self.name, parsed, fetch, index)
            return finished(parsed, reply, recipe, data=data, counts=counts, index=index, asked=asked, **known)

        return [partial(sample, index) for index in range(min(parsed.count, asked))]

    @abstractmethod
    def _gives_several(self, recipe: Recipe) -> bool:
        """Return whether one call may ask for several images of a recipe."""


def _each(jobs: Sequence[Job]) -> Gate | None:
    """Return the gate of a call that is made for several jobs."""
    gates = [job.sending for job in jobs if job.sending is not None]

    def announce() -> None:
        for gate in gates:
            gate()

    return announce if gates else None
