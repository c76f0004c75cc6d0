"""Equal recipes in flight: one is generated, the others take its image.

Only seeded recipes are shared, and only first generations: a repeat is there to be generated. Followers get what the
leader generated, with ``source: cache``. A leader's refusal on content grounds is theirs too: it concerns the same
words and seed, and a refusal is never asked again. Any other fault is the leader's own (a lost connection, a timeout),
and the next follower is generated.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from harness.errors import GenerationRefusedError
from harness.generation.task import Failed, Generated, Work
from harness.records import FIRST, Trial
from harness.vocabulary import Source


def is_shared(trial: Trial) -> bool:
    """Return whether the image of a trial may be another's: seeded, and no repeat."""
    return trial.attempt == FIRST and trial.recipe.request.seed is not None


class Sharing:
    """The recipes being generated and who else waits for them. Holds no image: one lives as long as it is handed on."""

    def __init__(self) -> None:
        self._followers: dict[str, deque[Work]] = {}
        self.waiting = 0

    def follows(self, work: Work) -> bool:
        """Put a work behind an equal one that is being generated; False when there is none."""
        followers = self._followers.get(work.trial.recipe.digest) if is_shared(work.trial) else None
        if followers is None:
            return False
        followers.append(work)
        self.waiting += 1
        return True

    def leads(self, work: Work) -> None:
        """Note that this work is being generated now; those already waiting for its recipe wait on."""
        if is_shared(work.trial):
            self._followers.setdefault(work.trial.recipe.digest, deque())

    def finished(
        self, work: Work, result: Generated | Failed
    ) -> tuple[Iterator[tuple[Work, Generated | Failed]], Work | None]:
        """Return what the followers of a finished work get, and the follower that is to be generated in its place."""
        digest = work.trial.recipe.digest
        followers = self._followers.get(digest) if is_shared(work.trial) else None
        if not followers:
            if followers is not None:
                del self._followers[digest]
            return iter(()), None
        if isinstance(result, Failed) and not isinstance(result.fault, GenerationRefusedError):
            self.waiting -= 1
            return iter(()), followers.popleft()
        del self._followers[digest]
        self.waiting -= len(followers)
        return ((follower, _same(result, follower.trial)) for follower in followers), None


def _same(result: Generated | Failed, trial: Trial) -> Generated | Failed:
    if isinstance(result, Failed):
        return Failed(trial, result.fault, 0.0)
    return Generated(trial, replace(result.generated, source=Source.CACHE, seconds=0.0, cost=0.0), 0.0)
