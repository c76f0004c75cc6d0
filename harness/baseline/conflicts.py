"""Whether what a person looked at is still so: the image of the run, and what is accepted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from harness.baseline.deciding import of_its_profile
from harness.baseline.log import Decision, with_undone
from harness.baseline.manifest import Manifest
from harness.baseline.marks import Mark
from harness.baseline.names import entry_name
from harness.records import ImageRef, TrialKey, TrialResult

Latest = Callable[[TrialKey], Decision | None]
"""Gives the latest decision that changed a trial and was not undone since."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A mark on something that has changed: ``image`` is the run's, ``accepted`` what is accepted now, ``state`` the
    digest of that; ``last`` the decision that changed it, where one did."""

    key: TrialKey
    problem: str
    image: ImageRef | None
    accepted: Sequence[ImageRef]
    state: str
    last: Decision | None = None

    def __str__(self) -> str:
        by = "" if self.last is None else f" ({self.last.action} of {self.last.when} by {self.last.who})"
        return f"{self.key}: {self.problem}{by}"


def state_of(manifest: Manifest, key: TrialKey) -> str:
    """Return the digest of the entries of a trial; empty where it has none."""
    return manifest.part([key]).digest or ""


def conflicts_of(
    manifest: Manifest, log: Callable[[], Sequence[Decision]], marks: Iterable[tuple[Mark, Sequence[TrialResult]]]
) -> list[Conflict]:
    """Return the marks, each with the results of its trial, that were made on something that is not so now. ``log``
    reads the log: only where it matters."""
    found = []

    @cache
    def lines() -> Mapping[str, Decision]:
        return {line.trial: line for line, undone in with_undone(log()) if line.changes and not undone}

    def last(key: TrialKey) -> Decision | None:
        return lines().get(entry_name(key))

    for mark, results in marks:
        key, image = results[0].key, results[0].image
        if problem := _problem(manifest, mark, results, last):
            found.append(Conflict(key, problem, image, manifest.images(key), state_of(manifest, key), last(key)))
    return found


def _problem(manifest: Manifest, mark: Mark, results: Sequence[TrialResult], last: Latest) -> str:
    first = results[0]
    image = "" if first.image is None else first.image.pixel_digest
    if not (image.startswith(mark.image) and bool(image) == bool(mark.image)):
        return "the image of the run is not the one that was looked at"
    if mark.before is not None:
        same = mark.before == state_of(manifest, first.key)
    elif first.is_set:
        # the images of a set are compared with all that are accepted: only the log says whether those changed
        line = last(first.key)
        same = line is None or line.when <= max(result.finished for result in results)
    else:
        accepted = {item.image.pixel_digest for item in of_its_profile(manifest.accepted(first.key), first)}
        compared = {result.baseline.pixel_digest for result in results if result.baseline is not None}
        same = compared <= accepted if compared else not accepted
    return "" if same else "what is accepted has changed since it was looked at"
