"""Repeated drawings of one recipe within a run: each is held against the first that came."""

from dataclasses import dataclass

from harness.records import Finding, PictureRef, TrialKey


@dataclass(frozen=True, slots=True)
class Seen:
    """The first finished drawing of a key: its picture and what the checks said."""

    picture: PictureRef
    findings: tuple[Finding, ...]


class Repeats:
    """Remembers one drawing a key until all its repeats are done, so memory stays with what is under way."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._first: dict[TrialKey, tuple[Seen | None, int]] = {}

    def first(self, key: TrialKey) -> Seen | None:
        """The first drawing of this key, if there is one."""
        return self._first.get(key, (None, 0))[0]

    def finished(self, key: TrialKey, picture: PictureRef | None, findings: tuple[Finding, ...]) -> None:
        """Note a finished repeat; ``picture`` is None when it was not drawn."""
        if self.count < 2:
            return
        seen, done = self._first.get(key, (None, 0))
        if seen is None and picture is not None:
            seen = Seen(picture, findings)
        if done + 1 >= self.count:
            self._first.pop(key, None)
        else:
            self._first[key] = (seen, done + 1)
