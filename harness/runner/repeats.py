"""Repeated generations of one recipe within a run: each is compared with the first that came."""

from dataclasses import dataclass

from harness.records import Finding, ImageRef, TrialKey


@dataclass(frozen=True, slots=True)
class Seen:
    """The first finished generation of a key: its image and what the checks said."""

    image: ImageRef
    findings: tuple[Finding, ...]


class Repeats:
    """Keeps the first generation of each key until its repeats are done, so memory stays with what is under way."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._first: dict[TrialKey, tuple[Seen | None, int]] = {}

    def first(self, key: TrialKey) -> Seen | None:
        """Return the first generation of this key, if there is one."""
        return self._first.get(key, (None, 0))[0]

    def forget(self, key: TrialKey) -> None:
        """Compare what comes next of this key with nothing that came before."""
        self._first.pop(key, None)

    def finished(self, key: TrialKey, image: ImageRef | None, findings: tuple[Finding, ...]) -> None:
        """Note a finished repeat; ``image`` is None when it was not generated."""
        if self.count < 2:
            return
        seen, done = self._first.get(key, (None, 0))
        if seen is None and image is not None:
            seen = Seen(image, findings)
        if done + 1 >= self.count:
            self._first.pop(key, None)
        else:
            self._first[key] = (seen, done + 1)
